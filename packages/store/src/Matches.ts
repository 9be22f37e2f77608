/** The first match of a pair: the records of both sides, enumerated into rows, and which of them are the same by the declared keys. */
import { type Fields, RecordId, Side } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import type { Lease, PairKey } from "./Batch.ts"
import { type Fenced, hold } from "./Cursors.ts"
import { Database, type Transaction } from "./Database.ts"
import * as Matching from "./internal/Matching.ts"
import * as MatchRows from "./internal/MatchRows.ts"
import { decode, keyOf } from "./internal/Row.ts"
import { Record } from "./internal/Stored.ts"
import type { SqlError } from "./SqlError.ts"

export interface Enumerated {
  readonly id: RecordId
  readonly record: Fields
  readonly observedAtMs: number
}

/** `Pair`: the one hits the other and nothing else, by the key of that place. `Lone`: no key of it is found at the other side. */
export type Match =
  | {
      readonly _tag: "Pair"
      readonly source: Enumerated
      readonly target: Enumerated
      /** Index of the first declared key in which they agree. */
      readonly by: number
    }
  | { readonly _tag: "Lone"; readonly side: Side.Side; readonly record: Enumerated }

/** A record that is not linked and not created before a person said what it is. */
export interface Review {
  readonly side: Side.Side
  readonly record: Enumerated
  /** `ambiguous`: one of its keys is found in several records. `disagree`: its keys hit different records. */
  readonly why: "ambiguous" | "disagree"
  /** Ids at the other side that share a key with it; at most ten. */
  readonly candidates: ReadonlyArray<RecordId>
}

/** Where a paging over matches goes on: opaque, and storable in a cursor. */
export type After = string | null

export class Matches extends Context.Service<
  Matches,
  {
    /**
     * Matches what `Performed.matchRows` has enumerated: sets every row's fate by the first `keys` declared keys. May be run again.
     */
    readonly match: (
      lease: Lease,
      keys: number
    ) => Effect.Effect<
      {
        readonly pairs: number
        readonly lone: { readonly source: number; readonly target: number }
        readonly review: number
      },
      Fenced | SqlError
    >
    /** Pairs and lone records, a page at a time. `after` of the page before; null: the first. Ends with `after` null. */
    readonly page: (
      pair: PairKey,
      after: After,
      limit: number
    ) => Effect.Effect<{ readonly matches: ReadonlyArray<Match>; readonly after: After }, SqlError>
    /** What waits for a person, by side and id. */
    readonly review: (pair: PairKey, limit: number) => Effect.Effect<ReadonlyArray<Review>, SqlError>
    /** Enumerated records, by side. */
    readonly count: (pair: PairKey) => Effect.Effect<{ readonly source: number; readonly target: number }, SqlError>
    /** Forgets the rows that no person has to look at; or these, on which a person has decided. */
    readonly forget: (
      lease: Lease,
      which?: ReadonlyArray<{ readonly side: Side.Side; readonly id: RecordId }>
    ) => Effect.Effect<void, Fenced | SqlError>
  }
>()("@syncline/store/Matches") {}

const counts = decode(Schema.Struct({ source: Schema.Finite, target: Schema.Finite }))

const paired = decode(
  Schema.Struct({
    side: Side.Side,
    id: RecordId,
    record: Record,
    observedAtMs: Schema.Finite,
    by: Schema.NullOr(Schema.Int),
    partnerId: Schema.NullOr(RecordId),
    partnerRecord: Schema.NullOr(Record),
    partnerObservedAtMs: Schema.NullOr(Schema.Finite)
  })
)

const reviews = decode(
  Schema.Struct({
    side: Side.Side,
    id: RecordId,
    record: Record,
    observedAtMs: Schema.Finite,
    why: Schema.Literals(["ambiguous", "disagree"]),
    candidates: Schema.Array(RecordId)
  })
)

export const layer = Layer.effect(
  Matches,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      match: Effect.fn("Matches.match")((lease, keys) =>
        database.transaction(lease.pair.tenant, (transaction) => Matching.match(transaction, lease, keys))
      ),
      page: Effect.fn("Matches.page")(function* (pair, after, limit) {
        const [side, id] = yield* placeOf(after)
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(Matching.paging, [...keyOf(pair), side, id, limit])
        )
        const rows = yield* paired(found)
        const last = rows.at(-1)
        return {
          matches: rows.map(matchOf),
          after: rows.length < limit || last === undefined ? null : JSON.stringify([last.side, last.id])
        }
      }),
      review: Effect.fn("Matches.review")(function* (pair, limit) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(Matching.reviewing, [...keyOf(pair), limit])
        )
        return (yield* reviews(found)).map(({ candidates, id, observedAtMs, record, side, why }) => ({
          side,
          record: { id, record, observedAtMs },
          why,
          candidates
        }))
      }),
      count: Effect.fn("Matches.count")(function* (pair) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(
            `select count(*) filter (where side = 'source')::float8 as source, count(*) filter (where side = 'target')::float8 as target
             from syncline.match_row m where ${Matching.thePair}`,
            keyOf(pair)
          )
        )
        const [row] = yield* counts(found)
        return row ?? { source: 0, target: 0 }
      }),
      forget: Effect.fn("Matches.forget")((lease, which) =>
        database.transaction(lease.pair.tenant, (transaction) =>
          Effect.andThen(
            which === undefined ? forgetClear(transaction, lease) : MatchRows.forget(transaction, lease.pair, which),
            // Last, so that the row stays free for heartbeats while many records are let go.
            hold(transaction, lease)
          )
        )
      )
    }
  })
)

const Place = Schema.fromJsonString(Schema.Tuple([Side.Side, Schema.String]))

const placeOf = (after: After) =>
  after === null ? Effect.succeed(["source", ""] as const) : Effect.orDie(Schema.decodeEffect(Place)(after))

const matchOf = (row: Effect.Success<ReturnType<typeof paired>>[number]): Match => {
  const { by, id, observedAtMs, partnerId, partnerObservedAtMs, partnerRecord, record, side } = row
  if (partnerId === null || partnerRecord === null) return { _tag: "Lone", side, record: { id, record, observedAtMs } }
  return {
    _tag: "Pair",
    source: { id, record, observedAtMs },
    target: { id: partnerId, record: partnerRecord, observedAtMs: partnerObservedAtMs ?? 0 },
    by: by ?? 0
  }
}

const forgetClear = ({ query }: Transaction, { pair }: Lease) =>
  Effect.andThen(
    query(
      `delete from syncline.match_row m where ${Matching.thePair} and not exists (
         select from syncline.match_fate f
         where f.tenant_id = $1 and f.integration = $2 and f.entity = $3 and f.side = m.side and f.record_id = m.record_id
           and f.fate <> 'pair' offset 0)`,
      keyOf(pair)
    ),
    query(`delete from syncline.match_fate m where ${Matching.thePair} and m.fate = 'pair'`, keyOf(pair))
  )
