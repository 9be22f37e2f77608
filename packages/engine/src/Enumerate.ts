/** Lists all ids of a side into rows, a page at a time: no record is kept, and a crash costs at most the page that was being read. */
import type { Complete, ConnectorError, Http, Listed, More, Position, Sql, Walk } from "@syncline/connector"
import { type Fields, Fingerprint, type RecordId, type Side } from "@syncline/core"
import { Reconciliations, type SqlError } from "@syncline/store"
import { Clock, Effect, Fiber, Result } from "effect"
import { idOf, isTwoWay, lift, type Pair, provide } from "./Pair.ts"
import { atSide, type TargetFailed } from "./Place.ts"

export type EnumerateError = ConnectorError | TargetFailed | Reconciliations.Overtaken | SqlError

interface Marked {
  readonly id: RecordId
  readonly mark: string | null
}

/** A side's cheapest complete listing, reduced to ids and what tells that a record has changed. */
interface Listing {
  readonly markedBy: Reconciliations.MarkedBy | null
  readonly start: Effect.Effect<Position, ConnectorError, Http | Sql>
  readonly read: (
    position: Position
  ) => Effect.Effect<
    { readonly items: ReadonlyArray<Marked>; readonly next: More | Complete },
    ConnectorError,
    Http | Sql
  >
}

const listingOf = (pair: Pair, side: Side.Side): Listing => {
  const { entity } = pair[side]
  const { ids, list } = entity.source
  if (ids === undefined) return ofRecords(pair, side, list)
  const isVersioned = entity.version !== undefined
  return {
    markedBy: isVersioned ? "version" : null,
    start: ids.start,
    read: (position) =>
      Effect.map(ids.read(position), ({ items, next }) => ({
        items: items.map(({ id, version }) => ({ id, mark: isVersioned ? (version ?? null) : null })),
        next
      }))
  }
}

/** A listing of whole records tells their content too, as fingerprint. */
const ofRecords = (pair: Pair, side: Side.Side, list: Walk.Walk<Listed<Fields>, Complete, Http | Sql>): Listing => {
  const mark = markOf(pair, side)
  return {
    markedBy: mark === null ? null : "fingerprint",
    start: list.start,
    read: (position) =>
      Effect.map(list.read(position), ({ items, next }) => ({
        items: items.flatMap((item): ReadonlyArray<Marked> => {
          if (item._tag === "Unreadable") return [{ id: item.id, mark: null }]
          const id = idOf(pair[side], item.record)
          return id === null ? [] : [{ id, mark: mark?.(item.record) ?? null }]
        }),
        next
      }))
  }
}

/** What the link of a record that is as it was has; null: the links of this side keep nothing to compare. */
const markOf = (pair: Pair, side: Side.Side): ((record: Fields) => string | null) | null => {
  if (isTwoWay(pair)) return Fingerprint.of
  if (side === "target") return null
  return (record) => Result.getOrNull(Result.map(lift(pair, record), Fingerprint.of))
}

/** Ends when the provider has said that the listing is complete. `onPage` is told how many ids were listed so far. */
export const enumerate = Effect.fn("Enumerate.enumerate")(function* (
  pair: Pair,
  side: Side.Side,
  onPage: (ids: number) => Effect.Effect<void>
): Effect.fn.Return<void, EnumerateError, Reconciliations.Reconciliations> {
  const begin = beginning(pair, side)
  yield* walk(pair, side, yield* begin(false), onPage).pipe(
    Effect.catchReason("ConnectorError", "PositionExpired", () =>
      Effect.flatMap(begin(true), (anew) => walk(pair, side, anew, onPage))
    ),
    (effect) => atSide(side, effect)
  )
})

const beginning = (pair: Pair, side: Side.Side) =>
  Effect.fnUntraced(function* (isNew: boolean) {
    const store = yield* Reconciliations.Reconciliations
    return yield* store.begin(pair.key, side, { nowMs: yield* Clock.currentTimeMillis, isNew })
  })

/** The next page is read while the one before is stored. */
const walk = Effect.fnUntraced(function* (
  pair: Pair,
  side: Side.Side,
  begun: Reconciliations.Enumeration,
  onPage: (ids: number) => Effect.Effect<void>
) {
  if (begun.isComplete) return yield* onPage(begun.ids)
  const store = yield* Reconciliations.Reconciliations
  const scope = yield* Effect.scope
  const listing = listingOf(pair, side)
  const read = (position: Position, afterMs: number) =>
    Effect.forkIn(Effect.delay(provide(pair[side], listing.read(position)), afterMs), scope)
  let { ids, pages } = begun
  let reading = yield* read(begun.position ?? (yield* provide(pair[side], listing.start)), 0)
  while (true) {
    const { items, next }: Effect.Success<ReturnType<Listing["read"]>> = yield* Fiber.join(reading)
    if (next._tag === "More") reading = yield* read(next.position, next.afterMs ?? 0)
    yield* store.append(pair.key, side, pages, {
      ids: items.map(({ id }) => id),
      marks: listing.markedBy === null ? null : items.map(({ mark }) => mark),
      markedBy: listing.markedBy,
      next: next._tag === "More" ? next.position : null
    })
    pages++
    ids += items.length
    yield* onPage(ids)
    if (next._tag === "Complete") return
  }
}, Effect.scoped)
