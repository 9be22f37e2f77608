/** Reconciliation's listings, page by page, and where they differ from the links: rows, so that memory does not grow with the ids. */
import { type Cursor, ExecutionId, RecordId, RecordKey, Side } from "@syncline/core"
import { Context, Effect, Layer, Option, Schema } from "effect"
import type { Lease, PairKey } from "./Batch.ts"
import { type Fenced, hold } from "./Cursors.ts"
import { Database, type Transaction } from "./Database.ts"
import * as Comparing from "./internal/Comparing.ts"
import { decode, json, keyOf, msOf } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

/** What a listing's marks are compared with. */
export const MarkedBy = Schema.Literals(["version", "fingerprint"])
export type MarkedBy = typeof MarkedBy.Type

/** How far the listing of a side's ids is. */
export interface Enumeration {
  /** By the earlier of the store's and the process's clock, since links are stamped by one and images by the other. */
  readonly startedAtMs: number
  /** Null: nothing was read yet. */
  readonly position: Cursor.Position | null
  readonly pages: number
  readonly ids: number
  readonly isComplete: boolean
}

export interface ListedPage {
  readonly ids: ReadonlyArray<RecordId>
  /** Of each id its mark, in the same order; null: the listing has none. */
  readonly marks: ReadonlyArray<string | null> | null
  readonly markedBy: MarkedBy | null
  /** Where the listing goes on; null: it is complete. */
  readonly next: Cursor.Position | null
}

export const Kind = Schema.Literals(["unlisted", "missed", "drifted", "back"])
export type Kind = typeof Kind.Type

export interface Difference {
  readonly id: RecordId
  /** Null: no link knows it. */
  readonly key: RecordKey | null
}

export type Counts = Readonly<Record<Kind, number>>
export type Compared = Readonly<Record<Side.Side, Counts>> & {
  /** Live links of the pair. */
  readonly mapped: number
}

/** The last one that came to its end. */
export interface Last {
  readonly checkedAtMs: number
  readonly finishedAtMs: number
  readonly execution: ExecutionId
  readonly found: Schema.Json
}

/** Another process reconciles the pair. Leave it to that one. */
export class Overtaken extends Schema.TaggedError<Overtaken>()("Overtaken", { message: Schema.String }) {}

/** A listing that was begun longer ago is begun again: what it showed first is too old to be compared. */
export const enumerationKeptMs = 86_400_000

export class Reconciliations extends Context.Service<
  Reconciliations,
  {
    /** Goes on with the listing of a side where it was left, or begins one. */
    readonly begin: (
      pair: PairKey,
      side: Side.Side,
      at: { readonly nowMs: number; readonly isNew?: boolean }
    ) => Effect.Effect<Enumeration, SqlError>
    /** Adds a page and moves on. `page` is how many were there before it. */
    readonly append: (
      pair: PairKey,
      side: Side.Side,
      page: number,
      listed: ListedPage
    ) => Effect.Effect<void, Overtaken | SqlError>
    /** Finds the differences of both complete listings, anew each time. `tellsMissed`, `tellsBack`: at which sides such are wanted. */
    readonly compare: (
      pair: PairKey,
      wanted: Readonly<Record<Side.Side, { readonly tellsMissed: boolean; readonly tellsBack: boolean }>>
    ) => Effect.Effect<Compared, SqlError>
    /** By id, after `after`. */
    readonly differences: (
      pair: PairKey,
      of: { readonly side: Side.Side; readonly kind: Kind; readonly after: RecordId | null; readonly limit: number }
    ) => Effect.Effect<ReadonlyArray<Difference>, SqlError>
    /** Forgets listings and differences; with `found` this reconciliation is the last that came to its end. */
    readonly finish: (lease: Lease, found: Schema.Json) => Effect.Effect<void, Fenced | SqlError>
    readonly forget: (pair: PairKey) => Effect.Effect<void, SqlError>
    readonly last: (pair: PairKey) => Effect.Effect<Option.Option<Last>, SqlError>
  }
>()("@syncline/store/Reconciliations") {}

const enumerations = decode(
  Schema.Struct({
    startedAtMs: Schema.Finite,
    position: Schema.NullOr(Schema.Json),
    pages: Schema.Int,
    ids: Schema.Finite,
    isComplete: Schema.Boolean
  })
)
const differences = decode(Schema.Struct({ id: RecordId, key: Schema.NullOr(RecordKey) }))
const counted = decode(Schema.Struct({ side: Side.Side, kind: Kind, n: Schema.Finite }))
const numbers = decode(Schema.Struct({ n: Schema.Finite }))
const starts = decode(Schema.Struct({ side: Side.Side, startedAtMs: Schema.Finite, markedBy: Schema.NullOr(MarkedBy) }))
const lasts = decode(
  Schema.Struct({
    checkedAtMs: Schema.Finite,
    finishedAtMs: Schema.Finite,
    execution: ExecutionId,
    found: Schema.Json
  })
)

const thePair = "tenant_id = $1 and integration = $2 and entity = $3"
const columns = `${msOf("started_at", "startedAtMs")}, position, pages, ids::float8, is_complete as "isComplete"`

export const layer = Layer.effect(
  Reconciliations,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      begin: Effect.fn("Reconciliations.begin")((pair, side, at) =>
        database.transaction(pair.tenant, (transaction) => begin(transaction, pair, side, at))
      ),
      append: Effect.fn("Reconciliations.append")((pair, side, page, listed) =>
        database.transaction(pair.tenant, (transaction) => append(transaction, pair, side, page, listed))
      ),
      compare: Effect.fn("Reconciliations.compare")((pair, wanted) =>
        database.transaction(pair.tenant, (transaction) => compare(transaction, pair, wanted))
      ),
      differences: Effect.fn("Reconciliations.differences")(function* (pair, { after, kind, limit, side }) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(
            `select record_id as id, record_key as key from syncline.difference
             where ${thePair} and side = $4 and kind = $5 and record_id > coalesce($6, '') order by record_id limit $7`,
            [...keyOf(pair), side, kind, after, limit]
          )
        )
        return yield* differences(found)
      }),
      finish: Effect.fn("Reconciliations.finish")((lease, found) =>
        database.transaction(lease.pair.tenant, (transaction) => finish(transaction, lease, found))
      ),
      forget: Effect.fn("Reconciliations.forget")((pair) =>
        database.transaction(pair.tenant, (transaction) => forget(transaction, pair))
      ),
      last: Effect.fn("Reconciliations.last")(function* (pair) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(
            `select ${msOf("checked_at", "checkedAtMs")}, ${msOf("finished_at", "finishedAtMs")}, execution_id as execution, found
             from syncline.reconciliation where ${thePair}`,
            keyOf(pair)
          )
        )
        const [row] = yield* lasts(found)
        return Option.fromNullishOr(row)
      })
    }
  })
)

const begin = Effect.fnUntraced(function* (
  { nowMs: storeMs, query }: Transaction,
  pair: PairKey,
  side: Side.Side,
  { isNew = false, nowMs }: { readonly nowMs: number; readonly isNew?: boolean }
) {
  const here = [...keyOf(pair), side]
  const [found] = yield* enumerations(
    yield* query(`select ${columns} from syncline.enumeration where ${thePair} and side = $4 for update`, here)
  )
  const isKept = found !== undefined && !isNew && storeMs - found.startedAtMs < enumerationKeptMs
  if (isKept) return found
  yield* query(`delete from syncline.enumeration_page where ${thePair} and side = $4`, here)
  const [begun] = yield* enumerations(
    yield* query(
      `insert into syncline.enumeration (tenant_id, integration, entity, side, started_at, pages, is_complete)
       values ($1, $2, $3, $4, to_timestamp($5::float8 / 1000), 0, false)
       on conflict (tenant_id, integration, entity, side) do update
       set started_at = excluded.started_at, position = null, pages = 0, ids = 0, is_complete = false, marked_by = null
       returning ${columns}`,
      [...here, Math.floor(Math.min(storeMs, nowMs))]
    )
  )
  return begun ?? (yield* Effect.die("an insert answers its row"))
})

/** The count of pages is the fence: of two who read on at once, one finds that his page is no longer the next. */
const append = Effect.fnUntraced(function* (
  { query }: Transaction,
  pair: PairKey,
  side: Side.Side,
  page: number,
  { ids, markedBy, marks, next }: ListedPage
) {
  const [moved] = yield* Effect.all(
    [
      query(
        `update syncline.enumeration set pages = pages + 1, ids = ids + $6, position = $7::text::jsonb, is_complete = $8,
           marked_by = coalesce($9, marked_by)
         where ${thePair} and side = $4 and pages = $5 and not is_complete returning 1`,
        [...keyOf(pair), side, page, ids.length, json(next), next === null, markedBy]
      ),
      ids.length === 0
        ? Effect.void
        : query(
            `insert into syncline.enumeration_page (tenant_id, integration, entity, side, page, ids, marks)
             values ($1, $2, $3, $4, $5, $6::text::json, $7::text::json)`,
            [...keyOf(pair), side, page, json(ids), marks === null ? null : json(marks)]
          ).pipe(
            Effect.catchIf(
              ({ constraint }) => constraint === "enumeration_page_pk",
              () => overtaken(pair)
            )
          )
    ],
    { concurrency: "unbounded" }
  )
  if (moved.length === 0) return yield* overtaken(pair)
})

const overtaken = ({ entity, integration }: PairKey) =>
  Effect.fail(
    new Overtaken({ message: `another process is reconciling ${integration}/${entity}; leave it to that one` })
  )

const none: Counts = { unlisted: 0, missed: 0, drifted: 0, back: 0 }

const compare = Effect.fnUntraced(function* (
  { query }: Transaction,
  pair: PairKey,
  wanted: Readonly<Record<Side.Side, { readonly tellsMissed: boolean; readonly tellsBack: boolean }>>
) {
  const key = keyOf(pair)
  const begun = yield* starts(
    yield* query(
      `select side, ${msOf("started_at", "startedAtMs")}, marked_by as "markedBy" from syncline.enumeration
       where ${thePair} and is_complete order by side for update`,
      key
    )
  )
  yield* query(`delete from syncline.difference where ${thePair}`, key)
  yield* query(Comparing.settings)
  for (const { markedBy, side, startedAtMs } of begun) {
    const { tellsBack, tellsMissed } = wanted[side]
    yield* query(Comparing.compare(side), [...key, startedAtMs, markedBy, tellsMissed, tellsBack])
  }
  const [live] = yield* numbers(yield* query(Comparing.mapped, key))
  yield* query(Comparing.backToUsual)
  for (const { side } of begun) {
    yield* query(Comparing.lift(side), key)
    yield* query(Comparing.exceptions(side), key)
  }
  const compared: Record<Side.Side, Counts> = { source: none, target: none }
  for (const { kind, n, side } of yield* counted(yield* query(Comparing.counts, key)))
    compared[side] = { ...compared[side], [kind]: n }
  return { ...compared, mapped: live?.n ?? 0 }
})

const finish = Effect.fnUntraced(function* (transaction: Transaction, lease: Lease, found: Schema.Json) {
  const { nowMs, query } = transaction
  yield* hold(transaction, lease)
  yield* query(
    `insert into syncline.reconciliation (tenant_id, integration, entity, checked_at, finished_at, execution_id, found)
     select $1, $2, $3, coalesce(min(started_at), to_timestamp($4::float8 / 1000)), to_timestamp($4::float8 / 1000), $5,
       $6::text::jsonb
     from syncline.enumeration where ${thePair}
     on conflict (tenant_id, integration, entity) do update
     set checked_at = excluded.checked_at, finished_at = excluded.finished_at, execution_id = excluded.execution_id,
       found = excluded.found`,
    [...keyOf(lease.pair), nowMs, lease.execution, json(found)]
  )
  yield* forget(transaction, lease.pair)
})

const forget = ({ query }: Transaction, pair: PairKey) =>
  Effect.forEach(
    ["enumeration", "enumeration_page", "difference"],
    (table) => query(`delete from syncline.${table} where ${thePair}`, keyOf(pair)),
    { discard: true }
  )
