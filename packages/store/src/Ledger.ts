/** Records that failed by their own fault and wait to be tried again. The third execution that tries one in vain makes it dead. */
import { EntityType, ExecutionId, IntegrationName, Link, type RecordId, RecordKey, type TenantId } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import type { Lease, RecordFailure } from "./Batch.ts"
import { Database } from "./Database.ts"
import { decode, keyOf } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

/** Executions that may try a record in vain before it is dead. */
export const maxAttempts = 3

export const State = Schema.Literals(["waiting", "dead"])
export type State = typeof State.Type

export interface Entry extends RecordFailure {
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly state: State
  /** Executions that tried it and failed by its own fault. */
  readonly attempts: number
  readonly lastExecution: ExecutionId
  readonly firstFailedAtMs: number
  readonly lastFailedAtMs: number
}

/** A record to be read again. */
export interface Waiting {
  readonly key: RecordKey
  /** Its id at the side where it failed. */
  readonly id: RecordId
}

export interface CauseGroup {
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly class: RecordFailure["class"]
  readonly cause: string
  readonly waiting: number
  readonly dead: number
  /** One of the group, to show. */
  readonly example: { readonly key: RecordKey; readonly message: string; readonly payload: Schema.Json }
}

export interface Filter {
  readonly integration?: IntegrationName
  readonly entity?: EntityType
  readonly state?: State
  readonly cause?: string
}

export class Ledger extends Context.Service<
  Ledger,
  {
    /**
     * Records that failed at the lease's side and that its execution has not tried yet, in key order, after `after`. Not those whose
     * write towards that side is what failed: they come back by `Lanes.retryFailed`.
     */
    readonly waiting: (
      lease: Lease,
      page: { readonly after: RecordKey | null; readonly limit: number }
    ) => Effect.Effect<ReadonlyArray<Waiting>, SqlError>
    /** Newest failure first. */
    readonly list: (tenant: TenantId, filter: Filter, limit: number) => Effect.Effect<ReadonlyArray<Entry>, SqlError>
    /** One line per cause, largest first. */
    readonly causes: (tenant: TenantId, filter: Filter) => Effect.Effect<ReadonlyArray<CauseGroup>, SqlError>
  }
>()("@syncline/store/Ledger") {}

const Class = Schema.Literals(["validation", "conflict"])

const keys = decode(Schema.Struct({ key: RecordKey }))

const entries = decode(
  Schema.Struct({
    integration: IntegrationName,
    entity: EntityType,
    key: RecordKey,
    class: Class,
    cause: Schema.String,
    message: Schema.String,
    payload: Schema.Json,
    state: State,
    attempts: Schema.Int,
    lastExecution: ExecutionId,
    firstFailedAtMs: Schema.Finite,
    lastFailedAtMs: Schema.Finite
  })
)

const groups = decode(
  Schema.Struct({
    integration: IntegrationName,
    entity: EntityType,
    class: Class,
    cause: Schema.String,
    waiting: Schema.Finite,
    dead: Schema.Finite,
    key: RecordKey,
    message: Schema.String,
    payload: Schema.Json
  })
)

const matches = `tenant_id = $1 and integration = coalesce($2, integration) and entity = coalesce($3, entity)
  and state = coalesce($4, state) and cause = coalesce($5, cause)`

const paramsOf = (tenant: TenantId, { cause, entity, integration, state }: Filter) => [
  tenant,
  integration ?? null,
  entity ?? null,
  state ?? null,
  cause ?? null
]

export const layer = Layer.effect(
  Ledger,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      waiting: Effect.fn("Ledger.waiting")(function* ({ execution, pair }, { after, limit }) {
        const found = yield* database.transaction(pair.tenant, (transaction) =>
          transaction.query(
            `select record_id as key from syncline.retry_ledger
             where tenant_id = $1 and integration = $2 and entity = $3 and state = 'waiting' and execution_id <> $4
               and record_id > coalesce($5, '')
             order by record_id limit $6`,
            [...keyOf(pair), execution, after, limit]
          )
        )
        return (yield* keys(found)).map(({ key }) => ({ key, id: Link.parseKey(key).id }))
      }),
      list: Effect.fn("Ledger.list")(function* (tenant, filter, limit) {
        const found = yield* database.transaction(tenant, (transaction) =>
          transaction.query(
            `select integration, entity, record_id as "key", class, cause, message, payload, state, attempts,
               execution_id as "lastExecution", (extract(epoch from first_failed_at) * 1000)::float8 as "firstFailedAtMs",
               (extract(epoch from last_failed_at) * 1000)::float8 as "lastFailedAtMs"
             from syncline.retry_ledger where ${matches}
             order by last_failed_at desc, integration, entity, record_id limit $6`,
            [...paramsOf(tenant, filter), limit]
          )
        )
        return yield* entries(found)
      }),
      causes: Effect.fn("Ledger.causes")(function* (tenant, filter) {
        const found = yield* database.transaction(tenant, (transaction) =>
          transaction.query(
            `select distinct on (integration, entity, class, cause) integration, entity, class, cause,
               count(*) filter (where state = 'waiting') over w::float8 as waiting,
               count(*) filter (where state = 'dead') over w::float8 as dead,
               record_id as "key", message, payload
             from syncline.retry_ledger where ${matches}
             window w as (partition by integration, entity, class, cause)
             order by integration, entity, class, cause, record_id`,
            paramsOf(tenant, filter)
          )
        )
        return (yield* groups(found))
          .map(({ message, payload, key, ...group }): CauseGroup => ({
            ...group,
            example: { key, message, payload }
          }))
          .toSorted((a, b) => b.waiting + b.dead - a.waiting - a.dead)
      })
    }
  })
)
