/** Deletions that reconciliation found and a person has to look at, because they were too many at once. */
import { EntityType, IntegrationName, RecordId, RecordKey, Side, type TenantId } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import type { Lease, PairKey } from "./Batch.ts"
import { type Fenced, hold } from "./Cursors.ts"
import { Database, type Transaction } from "./Database.ts"
import { decode, json, keyOf, msOf } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

/** `rejected`: the record's link stays as it is, and the deletion is not told again while the record is not listed. */
export const State = Schema.Literals(["held", "approved", "rejected"])
export type State = typeof State.Type

export interface Deletion {
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly key: RecordKey
  /** Where the record is gone, and its id there. */
  readonly side: Side.Side
  readonly id: RecordId
  readonly state: State
  readonly foundAtMs: number
  readonly decidedAtMs: number | null
  readonly decidedBy: string | null
}

export class Deletions extends Context.Service<
  Deletions,
  {
    /** What reconciliation found to be unlisted at a side, as held; what is held already stays as it is. */
    readonly hold: (lease: Lease, side: Side.Side) => Effect.Effect<number, Fenced | SqlError>
    /** By pair, side and id. */
    readonly list: (
      tenant: TenantId,
      filter: { readonly integration?: IntegrationName; readonly entity?: EntityType; readonly state?: State },
      limit: number
    ) => Effect.Effect<ReadonlyArray<Deletion>, SqlError>
    /** How many are held, by pair and side. */
    readonly counts: (
      tenant: TenantId
    ) => Effect.Effect<
      ReadonlyArray<Pick<Deletion, "integration" | "entity" | "side"> & { readonly held: number }>,
      SqlError
    >
    /** A person's word on what is held of a pair: on these ids, or on all. Answers how many. */
    readonly decide: (
      pair: PairKey,
      ids: ReadonlyArray<string> | null,
      as: Exclude<State, "held">,
      by: string
    ) => Effect.Effect<number, SqlError>
    /** Approved ones at a side, by id. */
    readonly approved: (
      pair: PairKey,
      side: Side.Side,
      page: { readonly after: RecordId | null; readonly limit: number }
    ) => Effect.Effect<ReadonlyArray<RecordId>, SqlError>
    /** They were carried out, or turned out to be none. */
    readonly settle: (
      lease: Lease,
      side: Side.Side,
      ids: ReadonlyArray<RecordId>
    ) => Effect.Effect<void, Fenced | SqlError>
  }
>()("@syncline/store/Deletions") {}

const rows = decode(
  Schema.Struct({
    integration: IntegrationName,
    entity: EntityType,
    key: RecordKey,
    side: Side.Side,
    id: RecordId,
    state: State,
    foundAtMs: Schema.Finite,
    decidedAtMs: Schema.NullOr(Schema.Finite),
    decidedBy: Schema.NullOr(Schema.String)
  })
)
const ids = decode(Schema.Struct({ id: RecordId }))
const held = decode(
  Schema.Struct({ integration: IntegrationName, entity: EntityType, side: Side.Side, held: Schema.Finite })
)

const thePair = "tenant_id = $1 and integration = $2 and entity = $3"

export const layer = Layer.effect(
  Deletions,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      hold: Effect.fn("Deletions.hold")((lease, side) =>
        database.transaction(lease.pair.tenant, (transaction) => keep(transaction, lease, side))
      ),
      list: Effect.fn("Deletions.list")(function* (tenant, { entity, integration, state }, limit) {
        const found = yield* database.transaction(tenant, ({ query }) =>
          query(
            `select integration, entity, record_key as key, side, record_id as id, state, ${msOf("found_at", "foundAtMs")},
               ${msOf("decided_at", "decidedAtMs")}, decided_by as "decidedBy"
             from syncline.deletion where tenant_id = $1 and integration = coalesce($2, integration)
               and entity = coalesce($3, entity) and state = coalesce($4, state)
             order by integration, entity, side, record_id limit $5`,
            [tenant, integration ?? null, entity ?? null, state ?? null, limit]
          )
        )
        return yield* rows(found)
      }),
      counts: Effect.fn("Deletions.counts")(function* (tenant) {
        const found = yield* database.transaction(tenant, ({ query }) =>
          query(
            `select integration, entity, side, count(*)::float8 as held from syncline.deletion
             where tenant_id = $1 and state = 'held' group by integration, entity, side order by integration, entity, side`,
            [tenant]
          )
        )
        return yield* held(found)
      }),
      decide: Effect.fn("Deletions.decide")(function* (pair, only, as, by) {
        const [row] = yield* database.transaction(pair.tenant, ({ nowMs, query }) =>
          query(
            `with decided as (
               update syncline.deletion set state = $4, decided_by = $5, decided_at = to_timestamp($6::float8 / 1000)
               where ${thePair} and state = 'held'
                 and ($7::text is null or record_id in (select json_array_elements_text($7::text::json)))
               returning 1
             ) select count(*)::int as n from decided`,
            [...keyOf(pair), as, by, nowMs, only === null ? null : json(only)]
          )
        )
        return Number(row?.["n"] ?? 0)
      }),
      approved: Effect.fn("Deletions.approved")(function* (pair, side, { after, limit }) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(
            `select record_id as id from syncline.deletion
             where ${thePair} and side = $4 and state = 'approved' and record_id > coalesce($5, '')
             order by record_id limit $6`,
            [...keyOf(pair), side, after, limit]
          )
        )
        return (yield* ids(found)).map(({ id }) => id)
      }),
      settle: Effect.fn("Deletions.settle")((lease, side, these) =>
        database.transaction(lease.pair.tenant, (transaction) =>
          Effect.andThen(
            hold(transaction, lease),
            transaction.query(
              `delete from syncline.deletion
               where ${thePair} and side = $4 and record_id in (select json_array_elements_text($5::text::json))`,
              [...keyOf(lease.pair), side, json(these)]
            )
          )
        )
      )
    }
  })
)

const keep = Effect.fnUntraced(function* (transaction: Transaction, lease: Lease, side: Side.Side) {
  yield* hold(transaction, lease)
  yield* transaction.query(
    `insert into syncline.deletion (tenant_id, integration, entity, record_key, side, record_id, state, found_at)
     select tenant_id, integration, entity, record_key, side, record_id, 'held', to_timestamp($5::float8 / 1000)
     from syncline.difference where ${thePair} and side = $4 and kind = 'unlisted' and record_key is not null
     order by record_id on conflict do nothing`,
    [...keyOf(lease.pair), side, transaction.nowMs]
  )
  const [row] = yield* transaction.query(
    `select count(*)::int as n from syncline.deletion where ${thePair} and side = $4 and state = 'held'`,
    [...keyOf(lease.pair), side]
  )
  return Number(row?.["n"] ?? 0)
})
