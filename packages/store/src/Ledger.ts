/** Records that failed by their own fault and wait to be tried again. The third execution that tries one in vain makes it dead. */
import {
  EntityType,
  ExecutionId,
  IntegrationName,
  Link,
  RecordId,
  RecordKey,
  Side,
  type TenantId
} from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import type { Lease, PairKey, RecordFailure } from "./Batch.ts"
import { Database } from "./Database.ts"
import { decode, keyOf, msOf, plain } from "./internal/Row.ts"
import type { GivingUp } from "./Lanes.ts"
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

/** What a person gave up, and why. */
export interface GivenUp extends GivingUp {
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly key: RecordKey
  /** Null: the record could not be decided on, and no write was made of it. */
  readonly side: Side.Side | null
  readonly operation: string | null
  /** The values that were to be written, or the record that was read; null where there is nothing to show. */
  readonly payload: Schema.Json
  readonly cause: string
  readonly atMs: number
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
    /** Lets the next execution try a dead record as if it had failed once. False when it is not dead any more. */
    readonly retry: (pair: PairKey, key: RecordKey) => Effect.Effect<boolean, SqlError>
    /** The same of all that died of a cause. `Lanes.retryCause` goes first: it is about those whose write is what died. Answers which. */
    readonly retryCause: (pair: PairKey, cause: string) => Effect.Effect<ReadonlyArray<RecordKey>, SqlError>
    /** Forgets that a dead record failed, and writes down by whose word. False when it is not dead any more. */
    readonly discard: (pair: PairKey, key: RecordKey, givingUp: GivingUp) => Effect.Effect<boolean, SqlError>
    /** What was given up, the latest first. */
    readonly givenUp: (
      tenant: TenantId,
      filter: Filter,
      limit: number
    ) => Effect.Effect<ReadonlyArray<GivenUp>, SqlError>
  }
>()("@syncline/store/Ledger") {}

const Class = Schema.Literals(["validation", "conflict"])

const Tried = Schema.Struct({
  key: RecordKey,
  isMirror: Schema.NullOr(Schema.Boolean),
  id: Schema.NullOr(RecordId)
})
const keys = decode(Tried)
const recordKeys = decode(Schema.Struct({ key: RecordKey }))

/** A record whose id at the side is not known cannot be read there. */
const waitingOf = ({ id, isMirror, key }: typeof Tried.Type, side: Side.Side): ReadonlyArray<Waiting> => {
  const born = Link.parseKey(key)
  const known = id ?? (isMirror === true || born.side === side ? born.id : null)
  return known === null ? [] : [{ key, id: known }]
}

const entries = decode(
  Schema.Struct({
    integration: IntegrationName,
    entity: EntityType,
    key: RecordKey,
    side: Side.Side,
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

const givenUps = decode(
  Schema.Struct({
    integration: IntegrationName,
    entity: EntityType,
    key: RecordKey,
    side: Schema.NullOr(Side.Side),
    operation: Schema.NullOr(Schema.String),
    payload: Schema.Json,
    cause: Schema.String,
    by: Schema.String,
    why: Schema.String,
    atMs: Schema.Finite
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
    const dead = "tenant_id = $1 and integration = $2 and entity = $3 and record_key = $4 and state = 'dead'"
    return {
      retry: Effect.fn("Ledger.retry")(function* (pair, key) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(`update syncline.retry_ledger set state = 'waiting', attempts = 1 where ${dead} returning record_key`, [
            ...keyOf(pair),
            key
          ])
        )
        return found.length > 0
      }),
      retryCause: Effect.fn("Ledger.retryCause")(function* (pair, cause) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(
            `with w as (
               update syncline.retry_ledger set state = 'waiting', attempts = 1
               where tenant_id = $1 and integration = $2 and entity = $3 and cause = $4 and state = 'dead' returning record_key
             )
             select record_key as key from w order by record_key`,
            [...keyOf(pair), cause]
          )
        )
        return (yield* recordKeys(found)).map(({ key }) => key)
      }),
      discard: Effect.fn("Ledger.discard")(function* (pair, key, { by, why }) {
        const found = yield* database.transaction(pair.tenant, ({ nowMs, query }) =>
          query(
            `with w as (
               delete from syncline.retry_ledger where ${dead}
               returning tenant_id, integration, entity, record_key, payload, message
             )
             insert into syncline.given_up
               (tenant_id, integration, entity, record_key, side, operation, payload, cause, given_up_by, why, given_up_at)
             select tenant_id, integration, entity, record_key, null, null, payload, message, $5, $6, to_timestamp($7::float8 / 1000)
             from w returning record_key`,
            [...keyOf(pair), key, plain(by), plain(why), nowMs]
          )
        )
        return found.length > 0
      }),
      givenUp: Effect.fn("Ledger.givenUp")(function* (tenant, { entity, integration }, limit) {
        const found = yield* database.transaction(tenant, ({ query }) =>
          query(
            `select integration, entity, record_key as key, side, operation, payload, cause, given_up_by as by, why,
               ${msOf("given_up_at", "atMs")}
             from syncline.given_up
             where tenant_id = $1 and integration = coalesce($2, integration) and entity = coalesce($3, entity)
             order by given_up_at desc, integration, entity, record_key limit $4`,
            [tenant, integration ?? null, entity ?? null, limit]
          )
        )
        return yield* givenUps(found)
      }),
      waiting: Effect.fn("Ledger.waiting")(function* ({ execution, pair, side }, { after, limit }) {
        const found = yield* database.transaction(pair.tenant, (transaction) =>
          transaction.query(
            `select l.record_key as key, k.kind = 'mirror' as "isMirror",
               case l.side when 'source' then k.source_id else k.target_id end as id
             from syncline.retry_ledger l left join syncline.link k using (tenant_id, integration, entity, record_key)
             where l.tenant_id = $1 and l.integration = $2 and l.entity = $3 and l.side = $4 and l.state = 'waiting'
               and l.execution_id <> $5 and l.record_key > coalesce($6, '') and not exists (
                 select from syncline.outbox o
                 where o.tenant_id = $1 and o.integration = $2 and o.entity = $3 and o.record_key = l.record_key and o.side = $4
                   and o.state in ('pending', 'failed', 'dead') and not o.is_appended)
             order by l.record_key limit $7`,
            [...keyOf(pair), side, execution, after, limit]
          )
        )
        return (yield* keys(found)).flatMap((row) => waitingOf(row, side))
      }),
      list: Effect.fn("Ledger.list")(function* (tenant, filter, limit) {
        const found = yield* database.transaction(tenant, (transaction) =>
          transaction.query(
            `select integration, entity, record_key as "key", side, class, cause, message, payload, state, attempts,
               execution_id as "lastExecution", (extract(epoch from first_failed_at) * 1000)::float8 as "firstFailedAtMs",
               (extract(epoch from last_failed_at) * 1000)::float8 as "lastFailedAtMs"
             from syncline.retry_ledger where ${matches}
             order by last_failed_at desc, integration, entity, record_key, side limit $6`,
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
               record_key as "key", side, message, payload
             from syncline.retry_ledger where ${matches}
             window w as (partition by integration, entity, class, cause)
             order by integration, entity, class, cause, record_key, side`,
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
