/** The drivers of a tenant: what each has taken from the fleet is given back here. */
import type { TenantId } from "@syncline/core"
import { Context, Effect, Layer } from "effect"
import { Database, type Transaction } from "./Database.ts"
import type { SqlError } from "./SqlError.ts"

/** The right to drive some connections, until it is given back or its worker is taken for dead. */
export interface Driven {
  readonly tenant: TenantId
  /** The driver's name: of its connections the first. */
  readonly driver: string
  readonly worker: string
  readonly epoch: number
}

export class Drivers extends Context.Service<
  Drivers,
  {
    /** Whether it is still ours. */
    readonly holds: (driven: Driven) => Effect.Effect<boolean, SqlError>
    /** Gives it back, due again when its next wake is. False when another worker has it already. */
    readonly release: (driven: Driven) => Effect.Effect<boolean, SqlError>
    /** The same, unless a wake of it is due by now: true when that is so, and it is still ours. */
    readonly holdsMore: (driven: Driven) => Effect.Effect<boolean, SqlError>
  }
>()("@syncline/store/Drivers") {}

const ours = "tenant_id = $1 and name = $2 and epoch = $3 and worker = $4"

/**
 * The wakes `k` of the jobs `j` of a driver, with their integrations `i`: of those that are not paused, and neither are their
 * connections. Each is looked up by its key, whatever the server knows of the tables: plans of this outlive what they were made for.
 */
export const wakesOf = (tenant: string, driver: string) => `
  (select tenant_id, name, integration, entity, retries from syncline.job
    where tenant_id = ${tenant} and driver = ${driver} and paused_at is null offset 0) as j
  cross join lateral (
    select class, trigger, due_at, wakes, execution_id from syncline.wake where tenant_id = j.tenant_id and job = j.name offset 0) as k
  cross join lateral (
    select source, target from syncline.integration where tenant_id = j.tenant_id and name = j.integration offset 0) as i
  where not exists (
    select from syncline.connection c
    where c.tenant_id = j.tenant_id and c.name in (i.source, i.target) and c.paused_at is not null offset 0)`

/** When the first wake of a driver can be served: not before a connection that is out of order is asked again, and never while paused. */
export const nextDue = (driver: string) => `(
  select min(greatest(k.due_at, (
    select max(c.probe_at) from syncline.connection c
    where c.tenant_id = j.tenant_id and c.name in (i.source, i.target) and c.state <> 'ready')))
  from ${wakesOf(`${driver}.tenant_id`, `${driver}.name`)})`

/** Looks again when drivers are due, after what a person or a breaker has changed. Parameters of `names`: the tenant, then `params`. */
export const reconsider = Effect.fnUntraced(function* (
  { query, tenant }: Transaction,
  names: string,
  params: ReadonlyArray<unknown>
) {
  const which = `d.tenant_id = $1 and d.name in (${names})`
  // Locked first: see `release`.
  yield* query(`select from syncline.driver d where ${which} order by d.name for update`, [tenant, ...params])
  yield* query(`update syncline.driver d set due_at = ${nextDue("d")} where ${which}`, [tenant, ...params])
})

const paramsOf = ({ driver, epoch, tenant, worker }: Driven) => [tenant, driver, epoch, worker]

/** Gives it back if it is ours and, where `unlessDueAtMs` is a time, nothing of it is due by then. */
const giveBack = Effect.fnUntraced(function* ({ query }: Transaction, driven: Driven, unlessDueAtMs: number | null) {
  // Locked first: a wake that has been written by now is seen by the next statement, one that comes later finds the row free.
  const [held, given] = yield* Effect.all(
    [
      query(`select from syncline.driver where ${ours} for update`, paramsOf(driven)),
      query(
        `update syncline.driver d set worker = null, taken_at = null, due_at = n.due_at
         from (select ${nextDue("o")} as due_at from syncline.driver o where ${ours} offset 0) as n
         where ${ours} and ($5::float8 is null or n.due_at is null or n.due_at > to_timestamp($5::float8 / 1000)) returning 1`,
        [...paramsOf(driven), unlessDueAtMs]
      )
    ],
    { concurrency: "unbounded" }
  )
  return { held: held.length > 0, given: given.length > 0 }
})

export const layer = Layer.effect(
  Drivers,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      holds: Effect.fn("Drivers.holds")(function* (driven) {
        const found = yield* database.byKey(driven.tenant, ({ last }) =>
          last(`select from syncline.driver where ${ours}`, paramsOf(driven))
        )
        return found.length > 0
      }),
      release: Effect.fn("Drivers.release")((driven) =>
        database.byKey(driven.tenant, (transaction) =>
          Effect.map(giveBack(transaction, driven, null), ({ held }) => held)
        )
      ),
      holdsMore: Effect.fn("Drivers.holdsMore")((driven) =>
        database.byKey(driven.tenant, (transaction) =>
          Effect.map(giveBack(transaction, driven, transaction.nowMs), ({ given, held }) => held && !given)
        )
      )
    }
  })
)
