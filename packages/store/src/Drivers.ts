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
  }
>()("@syncline/store/Drivers") {}

const ours = "tenant_id = $1 and name = $2 and epoch = $3 and worker = $4"

/** When the first wake of a driver can be served: not before a connection that is out of order is asked again, and never while paused. */
export const nextDue = (driver: string) => `(
  select min(greatest(k.due_at, (
    select max(c.probe_at) from syncline.connection c
    where c.tenant_id = i.tenant_id and c.name in (i.source, i.target) and c.state <> 'ready')))
  from syncline.wake k join syncline.job j on j.tenant_id = k.tenant_id and j.name = k.job
  join syncline.integration i on i.tenant_id = j.tenant_id and i.name = j.integration
  where j.tenant_id = ${driver}.tenant_id and j.driver = ${driver}.name and j.paused_at is null and not exists (
    select from syncline.connection c
    where c.tenant_id = i.tenant_id and c.name in (i.source, i.target) and c.paused_at is not null))`

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

export const layer = Layer.effect(
  Drivers,
  Effect.gen(function* () {
    const database = yield* Database
    const paramsOf = ({ driver, epoch, tenant, worker }: Driven) => [tenant, driver, epoch, worker]
    return {
      holds: Effect.fn("Drivers.holds")(function* (driven) {
        const found = yield* database.transaction(driven.tenant, ({ query }) =>
          query(`select from syncline.driver where ${ours}`, paramsOf(driven))
        )
        return found.length > 0
      }),
      release: Effect.fn("Drivers.release")(function* (driven) {
        return yield* database.transaction(driven.tenant, ({ query }) =>
          Effect.gen(function* () {
            // Locked first: a wake that has been written by now is seen by the next statement, one that comes later finds the row free.
            const held = yield* query(`select from syncline.driver where ${ours} for update`, paramsOf(driven))
            if (held.length === 0) return false
            yield* query(
              `update syncline.driver d set worker = null, taken_at = null, due_at = ${nextDue("d")} where ${ours}`,
              paramsOf(driven)
            )
            return true
          })
        )
      })
    }
  })
)
