/**
 * What jobs have to do, as rows. A wake is written in the transaction that makes it necessary, and stays until what it asked for is
 * done: whoever dies on the way leaves it, and one that comes while another is served outlives it.
 */
import { Execution, ExecutionId, JobName, PriorityClass, type TenantId } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import { Database, type Transaction } from "./Database.ts"
import { wakesOf } from "./Drivers.ts"
import { decode, json, msOf } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

/** A job that shall be looked at, for work of one class. */
export interface Wake {
  readonly job: JobName
  readonly class: PriorityClass.PriorityClass
  readonly trigger: Execution.Trigger
  /** From when on. Several wakes of a job and class before that are one: the earliest counts. Null: now. */
  readonly dueAtMs: number | null
}

/** A wake that is due, as a turn takes it up. */
export interface Due {
  readonly job: JobName
  readonly class: PriorityClass.PriorityClass
  readonly trigger: Execution.Trigger
  readonly dueAtMs: number
  /** How many wakes it stands for: what has grown by the end of the work asks for the work again. */
  readonly wakes: number
  /** An execution that has begun and is to be gone on with. */
  readonly execution: ExecutionId | null
  /** How often in a row the job was started again. */
  readonly retries: number
  /** Of class `webhook`: how long until the first claim of its pair is due, 0 when one is; null: none waits. */
  readonly claimedInMs: number | null
  /** The connection that is out of order; null: both are ready. */
  readonly blockedBy: Blocking | null
}

/** A connection that is out of order, and whether it is time to ask it whether it still is. */
export interface Blocking {
  readonly name: string
  readonly state: "backoff" | "blocked_auth"
  readonly probes: number
  readonly isToBeAsked: boolean
}

/** What became of a wake. */
export type Served =
  /** Done: the wake goes, unless it was woken again meanwhile. */
  | { readonly _tag: "Done" }
  /** Begun: goes on with the next turn. */
  | { readonly _tag: "Begun"; readonly execution: ExecutionId }
  /** Not now, but after this long; `retries` is how often in a row it was started again. */
  | { readonly _tag: "Later"; readonly afterMs: number; readonly retries: number }

/** A wake, and what became of it. */
export interface Serving {
  readonly due: Due
  readonly served: Served
}

/** Who was asked to look: the driver of each job that was woken. */
export interface Woken {
  readonly tenant: TenantId
  readonly driver: string
}

export class Wakes extends Context.Service<
  Wakes,
  {
    /** Wakes jobs in a transaction of its own. Answers whose turn it is; unknown jobs are passed by. */
    readonly wake: (tenant: TenantId, wakes: ReadonlyArray<Wake>) => Effect.Effect<ReadonlyArray<Woken>, SqlError>
    /**
     * What a driver has to do now, what has waited longest first: of jobs that are not paused, and neither are their connections.
     */
    readonly due: (tenant: TenantId, driver: string) => Effect.Effect<ReadonlyArray<Due>, SqlError>
    readonly serve: (tenant: TenantId, serving: Serving) => Effect.Effect<void, SqlError>
  }
>()("@syncline/store/Wakes") {}

const woken = decode(Schema.Struct({ driver: Schema.String }))

/**
 * Wakes jobs in a transaction that is open: the last rows that it locks. For what a transaction leaves to be done, such as a received
 * webhook.
 */
export const wakeIn = Effect.fnUntraced(function* (
  { nowMs, query, tenant }: Transaction,
  wakes: ReadonlyArray<Wake>
): Effect.fn.Return<ReadonlyArray<Woken>, SqlError> {
  if (wakes.length === 0) return []
  const rows = wakes.map(({ dueAtMs, ...wake }) => ({ ...wake, dueAtMs: Math.max(dueAtMs ?? nowMs, 0) }))
  const found = yield* query(waking, [tenant, json(rows)])
  return (yield* woken(found)).map(({ driver }) => ({ tenant, driver }))
})

/** Parameters: tenant, wakes. */
const waking = `
  with w as (
    select j.name as job, j.driver, d.class, min(d.trigger) as trigger, to_timestamp(min(d."dueAtMs") / 1000) as due_at
    from jsonb_to_recordset($2::text::jsonb) as d (job text, class text, trigger text, "dueAtMs" float8)
    join syncline.job j on j.tenant_id = $1 and j.name = d.job
    group by j.name, j.driver, d.class
  ), put as (
    insert into syncline.wake as k (tenant_id, job, class, trigger, due_at, wakes)
    select $1, job, class, trigger, due_at, 1 from w order by job, class
    on conflict (tenant_id, job, class) do update
    set due_at = least(k.due_at, excluded.due_at), wakes = k.wakes + 1
  ), drivers as (
    select driver, min(due_at) as due_at from w group by driver
  )
  insert into syncline.driver as d (tenant_id, name, epoch, due_at)
  select $1, driver, 0, due_at from drivers order by driver
  on conflict (tenant_id, name) do update set due_at = least(d.due_at, excluded.due_at)
  returning d.name as driver`

const dues = decode(
  Schema.Struct({
    job: JobName,
    class: PriorityClass.PriorityClass,
    trigger: Execution.Trigger,
    dueAtMs: Schema.Finite,
    wakes: Schema.Finite,
    execution: Schema.NullOr(ExecutionId),
    retries: Schema.Finite,
    claimedInMs: Schema.NullOr(Schema.Finite),
    blockedBy: Schema.NullOr(
      Schema.Struct({
        name: Schema.String,
        state: Schema.Literals(["backoff", "blocked_auth"]),
        probes: Schema.Finite,
        isToBeAsked: Schema.Boolean
      })
    )
  })
)

export const layer = Layer.effect(
  Wakes,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      wake: Effect.fn("Wakes.wake")((tenant, wakes) =>
        database.transaction(tenant, (transaction) => wakeIn(transaction, wakes))
      ),
      due: Effect.fn("Wakes.due")(function* (tenant, driver) {
        const found = yield* database.byKey(tenant, ({ last, nowMs }) =>
          last(
            `select j.name as job, k.class, k.trigger, ${msOf("k.due_at", "dueAtMs")}, k.wakes::float8, k.execution_id as execution,
               j.retries::float8, case when k.class = 'webhook' then (
                 select greatest(0, extract(epoch from m.due_at) * 1000 - $3::float8)::float8 from syncline.claim m
                 where m.tenant_id = j.tenant_id and m.integration = j.integration and m.entity = j.entity and m.is_pending
                 order by m.due_at limit 1) end as "claimedInMs", (
                 select json_build_object('name', c.name, 'state', c.state, 'probes', c.probes,
                   'isToBeAsked', coalesce(c.probe_at <= to_timestamp($3::float8 / 1000), true))
                 from syncline.connection c where c.tenant_id = j.tenant_id and c.name in (i.source, i.target) and c.state <> 'ready'
                 order by c.probe_at desc, c.name limit 1) as "blockedBy"
             from ${wakesOf("$1", "$2")} and k.due_at <= to_timestamp($3::float8 / 1000)
             order by k.due_at, j.name, k.class`,
            [tenant, driver, nowMs]
          )
        )
        return yield* dues(found)
      }),
      serve: Effect.fn("Wakes.serve")((tenant, serving) =>
        database.byKey(tenant, (transaction) => serveIn(transaction, serving))
      )
    }
  })
)

/** In a transaction that is open, whose last it is. */
export const serveIn = Effect.fnUntraced(function* (
  { last, nowMs, query, tenant }: Transaction,
  { due: { class: of, execution, job, retries, wakes }, served }: Serving
) {
  const key = [tenant, job, of]
  // The job before its wake, as whatever fires jobs locks them.
  const retried = (times: number) =>
    query("update syncline.job set retries = $3 where tenant_id = $1 and name = $2 and retries <> $3", [
      tenant,
      job,
      times
    ])
  switch (served._tag) {
    case "Begun":
      yield* last("update syncline.wake set execution_id = $4 where tenant_id = $1 and job = $2 and class = $3", [
        ...key,
        served.execution
      ])
      return
    case "Later":
      yield* retried(served.retries)
      // A wake that came meanwhile asks for now.
      yield* last(
        `update syncline.wake set execution_id = null,
           due_at = case when wakes > $4 then least(to_timestamp($5::float8 / 1000), to_timestamp($6::float8 / 1000))
             else to_timestamp($5::float8 / 1000) end
         where tenant_id = $1 and job = $2 and class = $3`,
        [...key, wakes, nowMs + served.afterMs, nowMs]
      )
      return
    case "Done":
      // A job that was not started again, and a wake that nothing had begun for, are as they should be.
      if (retries > 0) yield* retried(0)
      if (execution !== null)
        yield* query(
          `update syncline.wake set execution_id = null, due_at = least(due_at, to_timestamp($5::float8 / 1000))
           where tenant_id = $1 and job = $2 and class = $3 and wakes > $4 and execution_id is not null`,
          [...key, wakes, nowMs]
        )
      yield* last("delete from syncline.wake where tenant_id = $1 and job = $2 and class = $3 and wakes <= $4", [
        ...key,
        wakes
      ])
  }
})
