/** Runs of jobs: what each found and did, how it ended and which records failed in it. */
import {
  type Counters,
  EntityType,
  Execution as Run,
  ExecutionId,
  IntegrationName,
  JobName,
  RecordKey,
  Side,
  type TenantId
} from "@syncline/core"
import { Context, Effect, Layer, Option, Schema } from "effect"
import type { PairKey, RecordFailure } from "./Batch.ts"
import { Database, type Transaction } from "./Database.ts"
import * as Id from "./internal/Id.ts"
import { decode, keyOf, plain } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

export type Status = Run.Status
export type Ended = Exclude<Status, "running">
export type Trigger = Run.Trigger
export const Mode = Schema.Literals(["full", "incremental", "reconcile"])
export type Mode = typeof Mode.Type

export interface Execution {
  readonly id: ExecutionId
  readonly tenant: TenantId
  readonly job: JobName
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly trigger: Trigger
  readonly mode: Mode
  readonly status: Status
  /** Why it ended as it did; null while running and when there is nothing to say. */
  readonly reason: string | null
  readonly startedAtMs: number
  readonly endedAtMs: number | null
  readonly counters: Counters.Counters
  /** Requests made to the source's provider, as the engine said at the end. */
  readonly apiCalls: number
}

export interface Failure extends Omit<RecordFailure, "payload"> {
  readonly failedAtMs: number
}

export const Written = Schema.Struct({
  side: Side.Side,
  operation: Schema.Literals(["create", "update", "delete"]),
  records: Schema.Finite
})
export type Written = typeof Written.Type

export const Unsettled = Schema.Struct({ side: Side.Side, state: Schema.String, records: Schema.Finite })
export type Unsettled = typeof Unsettled.Type

export class Executions extends Context.Service<
  Executions,
  {
    /** Writes a running execution that takes no side. Ids sort by their start. */
    readonly start: (pair: PairKey, run: Beginning) => Effect.Effect<ExecutionId, SqlError>
    /** Ends a running execution. False when it had already ended: its status stays. */
    readonly finish: (
      tenant: TenantId,
      id: ExecutionId,
      end: { readonly status: Ended; readonly reason: string | null; readonly apiCalls: number }
    ) => Effect.Effect<boolean, SqlError>
    /** Ends it as cancelled: from now on none of its batches commits. False when it had already ended. */
    readonly cancel: (tenant: TenantId, id: ExecutionId, reason: string) => Effect.Effect<boolean, SqlError>
    /** Ends it as timed out: from now on none of its batches commits. False when it had already ended. */
    readonly timeOut: (tenant: TenantId, id: ExecutionId, reason: string) => Effect.Effect<boolean, SqlError>
    readonly get: (tenant: TenantId, id: ExecutionId) => Effect.Effect<Option.Option<Execution>, SqlError>
    /** Newest first. */
    readonly list: (
      tenant: TenantId,
      filter: { readonly job?: JobName; readonly integration?: IntegrationName; readonly status?: Status },
      limit: number
    ) => Effect.Effect<ReadonlyArray<Execution>, SqlError>
    /** The records that failed in it, by record id. */
    readonly failures: (
      tenant: TenantId,
      id: ExecutionId,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Failure>, SqlError>
    /** What it has written so far, by side and operation; and its writes that are not settled, by their state. */
    readonly writes: (
      tenant: TenantId,
      id: ExecutionId
    ) => Effect.Effect<
      { readonly written: ReadonlyArray<Written>; readonly unsettled: ReadonlyArray<Unsettled> },
      SqlError
    >
    /** How many records failed by each cause, most first. */
    readonly causes: (
      tenant: TenantId,
      id: ExecutionId
    ) => Effect.Effect<
      ReadonlyArray<{
        readonly cause: string
        readonly records: number
        readonly example: RecordKey
        readonly message: string
      }>,
      SqlError
    >
  }
>()("@syncline/store/Executions") {}

const Row = Schema.Struct({
  id: ExecutionId,
  job: JobName,
  integration: IntegrationName,
  entity: EntityType,
  trigger: Run.Trigger,
  mode: Mode,
  status: Run.Status,
  reason: Schema.NullOr(Schema.String),
  startedAtMs: Schema.Finite,
  endedAtMs: Schema.NullOr(Schema.Finite),
  processed: Schema.Finite,
  created: Schema.Finite,
  updated: Schema.Finite,
  deleted: Schema.Finite,
  skipped: Schema.Finite,
  conflicted: Schema.Finite,
  failed: Schema.Finite,
  queued: Schema.Finite,
  apiCalls: Schema.Finite
})

const rows = decode(Row)

const columns = `execution_id as id, job, integration, entity, trigger, mode, status, reason,
  (extract(epoch from started_at) * 1000)::float8 as "startedAtMs", (extract(epoch from ended_at) * 1000)::float8 as "endedAtMs",
  processed::float8, created::float8, updated::float8, deleted::float8, skipped::float8, conflicted::float8, failed::float8,
  queued::float8, api_calls::float8 as "apiCalls"`

const executionOf = (tenant: TenantId, row: typeof Row.Type): Execution => {
  const { conflicted, created, deleted, failed, processed, queued, skipped, updated, ...rest } = row
  return { ...rest, tenant, counters: { processed, created, updated, deleted, skipped, conflicted, failed, queued } }
}

/** What an execution is to be. */
export interface Beginning {
  readonly job: JobName
  readonly trigger: Trigger
  readonly mode: Mode
}

export const freshId = ({ nowMs }: Transaction) =>
  Effect.map(Id.make(nowMs, 1), ([made]) => ExecutionId.make(made ?? ""))

export const startIn = (
  { nowMs, query }: Transaction,
  pair: PairKey,
  id: ExecutionId,
  { job, mode, trigger }: Beginning
) => {
  const writing = query(
    `insert into syncline.execution (tenant_id, integration, entity, execution_id, job, trigger, mode, status, started_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'running', to_timestamp($8::float8 / 1000))`,
    [...keyOf(pair), id, job, trigger, mode, nowMs]
  )
  const noting = query(
    `update syncline.job set last_execution = $3, last_started_at = to_timestamp($4::float8 / 1000)
     where tenant_id = $1 and name = $2`,
    [pair.tenant, job, id, nowMs]
  )
  return Effect.all([writing, noting], { concurrency: "unbounded", discard: true })
}

const minuteMs = 60_000

/** Parameters: tenant, job, the first id of the minute. */
const reopening = `
  update syncline.execution set status = 'running', ended_at = null, reason = null
  where tenant_id = $1 and status in ('completed', 'completed_with_errors') and execution_id = (
    select execution_id from syncline.execution
    where tenant_id = $1 and execution_id >= $3 and job = $2 and trigger = 'webhook' order by execution_id desc limit 1)
  returning ${columns}`

/**
 * The execution to go on with: one that an earlier turn has begun, unless somebody has ended it meanwhile; of webhooks the one of this
 * minute, so that however many share one. Until its minute is over the end of such an execution is provisional. None: a new one starts.
 */
export const resumeIn = Effect.fnUntraced(function* (
  { nowMs, query, tenant }: Transaction,
  { job, trigger }: Beginning,
  begun: ExecutionId | null
) {
  const found =
    begun !== null
      ? yield* query(
          `select ${columns} from syncline.execution where tenant_id = $1 and execution_id = $2 and status = 'running'`,
          [tenant, begun]
        )
      : trigger === "webhook"
        ? yield* query(reopening, [tenant, job, Id.firstOf(Math.floor(nowMs / minuteMs) * minuteMs)])
        : []
  const [row] = yield* rows(found)
  return Option.map(Option.fromNullishOr(row), (each) => executionOf(tenant, each))
})

/** How an execution ends; `apiCalls` null: as it was said before. */
export interface Ending {
  readonly status: Ended
  readonly reason: string | null
  readonly apiCalls: number | null
}

/** False when it had already ended: its status stays. */
export const endIn = Effect.fnUntraced(function* (
  { nowMs, query, tenant }: Transaction,
  id: ExecutionId,
  { apiCalls, reason, status }: Ending
) {
  const ended = yield* query(
    `update syncline.execution
     set status = $3, reason = $4, api_calls = coalesce($5::bigint, api_calls), ended_at = to_timestamp($6::float8 / 1000)
     where tenant_id = $1 and execution_id = $2 and status = 'running' returning 1`,
    [tenant, id, status, reason === null ? null : plain(reason), apiCalls, nowMs]
  )
  return ended.length > 0
})

const failures = decode(
  Schema.Struct({
    key: RecordKey,
    side: Side.Side,
    class: Schema.Literals(["validation", "conflict"]),
    cause: Schema.String,
    message: Schema.String,
    failedAtMs: Schema.Finite
  })
)

const causes = decode(
  Schema.Struct({
    cause: Schema.String,
    records: Schema.Finite,
    example: RecordKey,
    message: Schema.String
  })
)

const writtens = decode(Written)
const unsettleds = decode(Unsettled)

export const layer = Layer.effect(
  Executions,
  Effect.gen(function* () {
    const database = yield* Database

    const end = (tenant: TenantId, id: ExecutionId, ending: Ending) =>
      database.transaction(tenant, (transaction) => endIn(transaction, id, ending))

    const find = Effect.fnUntraced(function* (
      tenant: TenantId,
      where: {
        readonly id?: ExecutionId
        readonly job?: JobName
        readonly integration?: IntegrationName
        readonly status?: Status
      },
      limit: number
    ) {
      const found = yield* database.transaction(tenant, (transaction) =>
        transaction.query(
          `select ${columns} from syncline.execution
           where tenant_id = $1 and execution_id = coalesce($2, execution_id) and job = coalesce($3, job)
             and integration = coalesce($4, integration) and status = coalesce($5, status)
           order by execution_id desc limit $6`,
          [tenant, where.id ?? null, where.job ?? null, where.integration ?? null, where.status ?? null, limit]
        )
      )
      return (yield* rows(found)).map((row) => executionOf(tenant, row))
    })

    return {
      start: Effect.fn("Executions.start")((pair, run) =>
        database.transaction(pair.tenant, (transaction) =>
          Effect.tap(freshId(transaction), (id) => startIn(transaction, pair, id, run))
        )
      ),
      finish: Effect.fn("Executions.finish")((tenant, id, ending) => end(tenant, id, ending)),
      cancel: Effect.fn("Executions.cancel")((tenant, id, reason) =>
        end(tenant, id, { status: "cancelled", reason, apiCalls: null })
      ),
      timeOut: Effect.fn("Executions.timeOut")((tenant, id, reason) =>
        end(tenant, id, { status: "timed_out", reason, apiCalls: null })
      ),
      get: Effect.fn("Executions.get")(function* (tenant, id) {
        const [execution] = yield* find(tenant, { id }, 1)
        return Option.fromNullishOr(execution)
      }),
      list: Effect.fn("Executions.list")((tenant, filter, limit) => find(tenant, filter, limit)),
      failures: Effect.fn("Executions.failures")(function* (tenant, id, limit) {
        const found = yield* database.transaction(tenant, (transaction) =>
          transaction.query(
            `select record_key as "key", side, class, cause, message, (extract(epoch from failed_at) * 1000)::float8 as "failedAtMs"
             from syncline.execution_failure where tenant_id = $1 and execution_id = $2 order by record_key, side limit $3`,
            [tenant, id, limit]
          )
        )
        return yield* failures(found)
      }),
      writes: Effect.fn("Executions.writes")(function* (tenant, id) {
        return yield* database.transaction(tenant, ({ query }) =>
          Effect.gen(function* () {
            const written = yield* query(
              `select side, operation, count(*)::float8 as records from syncline.history
               where tenant_id = $1 and execution_id = $2 group by side, operation order by side, operation`,
              [tenant, id]
            )
            const unsettled = yield* query(
              `select side, state, count(*)::float8 as records from syncline.outbox
               where tenant_id = $1 and execution_id = $2 group by side, state order by side, state`,
              [tenant, id]
            )
            return { written: yield* writtens(written), unsettled: yield* unsettleds(unsettled) }
          })
        )
      }),
      causes: Effect.fn("Executions.causes")(function* (tenant, id) {
        const found = yield* database.transaction(tenant, (transaction) =>
          transaction.query(
            `select distinct on (cause) cause, count(*) over (partition by cause)::float8 as records, record_key as example, message
             from syncline.execution_failure where tenant_id = $1 and execution_id = $2 order by cause, record_key`,
            [tenant, id]
          )
        )
        return (yield* causes(found)).toSorted((a, b) => b.records - a.records)
      })
    }
  })
)
