/** Records that cannot be decided yet, and what they wait for. `Commit` writes and releases them. */
import { EntityType, RecordId, RecordKey, Side } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import type { PairKey, WaitOn } from "./Batch.ts"
import { Database } from "./Database.ts"
import { byKey, decode, keyOf, msOf } from "./internal/Row.ts"
import { hasHappened } from "./internal/WaitRows.ts"
import type { SqlError } from "./SqlError.ts"

export interface WaitingRecord {
  readonly key: RecordKey
  readonly side: Side.Side
  /** Its id at that side, by which it is read again. */
  readonly id: RecordId
  readonly sinceMs: number
}

export class Waiting extends Context.Service<
  Waiting,
  {
    /**
     * Records seen at `side` of which something that they waited for has happened: read them again and decide. They stay listed until a
     * commit says (`Performed.waiting`) what they wait for now. Oldest first.
     */
    readonly ready: (
      pair: PairKey,
      side: Side.Side,
      limit: number
    ) => Effect.Effect<ReadonlyArray<WaitingRecord>, SqlError>
    /** All that wait, with what for. Oldest first. */
    readonly list: (
      pair: PairKey,
      limit: number
    ) => Effect.Effect<ReadonlyArray<WaitingRecord & { readonly on: ReadonlyArray<WaitOn> }>, SqlError>
    /**
     * Ids at `side` of this pair's records that others have waited for since before then, and that no link has. Those that wait
     * themselves are left out. The longest awaited first.
     */
    readonly unseen: (
      pair: PairKey,
      side: Side.Side,
      beforeMs: number,
      limit: number
    ) => Effect.Effect<ReadonlyArray<RecordId>, SqlError>
    /** Releases what should have been released and was not. Each minute. Answers how many records. */
    readonly sweep: (pair: PairKey) => Effect.Effect<number, SqlError>
  }
>()("@syncline/store/Waiting") {}

const Ready = { key: RecordKey, side: Side.Side, id: RecordId, sinceMs: Schema.Finite }

const readyRows = decode(Schema.Struct(Ready))

const unseenRows = decode(Schema.Struct({ id: RecordId }))

const listed = decode(
  Schema.Struct({
    ...Ready,
    reason: Schema.Literals(["reference", "unlinked", "unsettled", "doubted"]),
    onEntity: EntityType,
    onKey: Schema.String,
    onSide: Schema.String
  })
)

const thePair = "w.tenant_id = $1 and w.integration = $2 and w.entity = $3"

const columns = `w.record_key as key, w.side, w.record_id as id, ${msOf("w.since", "sinceMs")}`

export const layer = Layer.effect(
  Waiting,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      ready: Effect.fn("Waiting.ready")(function* (pair, side, limit) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(
            `select * from (
               select distinct on (w.record_key) ${columns}, w.ready_at from syncline.waiting w
               where ${thePair} and w.side = $4 and w.waiter = 'record' and w.ready_at is not null
               order by w.record_key, w.since
             ) as w order by ready_at, key limit $5`,
            [...keyOf(pair), side, limit]
          )
        )
        return yield* readyRows(found)
      }),
      list: Effect.fn("Waiting.list")(function* (pair, limit) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(
            `select ${columns}, w.reason, w.on_entity as "onEntity", w.on_key as "onKey", w.on_side as "onSide" from syncline.waiting w
             where ${thePair} and w.waiter = 'record' and w.ready_at is null
             order by w.since, w.record_key, w.side, w.reason, w.on_entity, w.on_key limit $4`,
            [...keyOf(pair), limit]
          )
        )
        const records = Map.groupBy(yield* listed(found), ({ key, side }) => `${side} ${key}`)
        return [...records.values()].flatMap((rows) => {
          const [first] = rows
          return first === undefined
            ? []
            : [{ key: first.key, side: first.side, id: first.id, sinceMs: first.sinceMs, on: rows.map(onOf) }]
        })
      }),
      unseen: Effect.fn("Waiting.unseen")(function* (pair, side, beforeMs, limit) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(
            `select w.on_key as id from syncline.waiting w
             where w.tenant_id = $1 and w.integration = $2 and w.on_entity = $3 and w.on_side = $4 and w.reason = 'unlinked'
               and w.ready_at is null and w.since < to_timestamp($5::float8 / 1000) and not exists (
                 select from syncline.waiting o
                 where o.tenant_id = $1 and o.integration = $2 and o.entity = $3 and o.side = $4 and o.record_id = w.on_key)
             group by w.on_key order by min(w.since), w.on_key limit $6`,
            [...keyOf(pair), side, beforeMs, limit]
          )
        )
        return (yield* unseenRows(found)).map(({ id }) => id)
      }),
      sweep: Effect.fn("Waiting.sweep")(function* (pair) {
        const [row] = yield* database.transaction(pair.tenant, ({ nowMs, query }) =>
          Effect.andThen(
            query(byKey),
            query(
              `with released as (
                 update syncline.waiting w set ready_at = to_timestamp($4::float8 / 1000)
                 where ${thePair} and w.ready_at is null and ${hasHappened} returning w.record_key
               )
               select count(distinct record_key)::int as n from released`,
              [...keyOf(pair), nowMs]
            )
          )
        )
        return Number(row?.["n"] ?? 0)
      })
    }
  })
)

const onOf = ({ onEntity, onKey, onSide, reason }: Effect.Success<ReturnType<typeof listed>>[number]): WaitOn => {
  const side = onSide === "target" ? "target" : "source"
  switch (reason) {
    case "reference":
      return { _tag: "Reference", entity: onEntity, key: RecordKey.make(onKey) }
    case "unlinked":
      return { _tag: "Unlinked", entity: onEntity, side, id: RecordId.make(onKey) }
    case "unsettled":
      return { _tag: "Unsettled", side }
    case "doubted":
      return { _tag: "Doubted", side }
  }
}
