/**
 * The first sync of a pair that declares match keys: both sides are enumerated into rows, rows are paired by their keys, pairs are
 * linked, and only then is anything decided. A record that no key pairs is created at the other side; one that they pair twice waits
 * for a person.
 *
 * All of it goes on after a crash: generation 1 of a side's cursor is its enumeration, and generation 2 begins when all was decided.
 */
import { Cursor, FieldMapping, FieldPath, type Fields, Fingerprint, type RecordKey, Side } from "@syncline/core"
import {
  Commit,
  Conflicts,
  type HistoryWrite,
  Matches,
  type MatchRow,
  type PairImage,
  PairLinks
} from "@syncline/store"
import { Effect, Result } from "effect"
import { type Driving, type DrivingError, type DrivingServices, leaseOf, OverwritesHeld } from "./Driving.ts"
import * as Cause from "./Cause.ts"
import * as Consequence from "./Consequence.ts"
import { idOf, provide, versionOf } from "./Pair.ts"
import { atSide } from "./Place.ts"
import * as ReadAhead from "./ReadAhead.ts"
import * as References from "./References.ts"
import type { Sight, Sighting } from "./Sight.ts"
import { nothing, take } from "./Take.ts"

/** Where each side's reading is; null: never begun. */
export type Cursors = Readonly<Record<Side.Side, Cursor.Cursor | null>>

const matched = 2
const pageSize = 500

const isMatched = (cursor: Cursor.Cursor | null): boolean => cursor !== null && cursor.generation >= matched

/** Whether records that are there on both sides have still to be paired. */
export const isDue = ({ twoWay }: Driving, cursors: Cursors): boolean =>
  twoWay.match.length > 0 && !(isMatched(cursors.source) && isMatched(cursors.target))

/** Enumerates, matches and decides. Answers where reading goes on. */
export const run = Effect.fn("FirstMatch.run")(function* (
  driving: Driving,
  cursors: Cursors,
  isPushed: boolean
): Effect.fn.Return<Cursors, DrivingError, DrivingServices> {
  driving.isMatching = true
  const source = yield* enumerate(driving, "source", cursors.source)
  const target = yield* enumerate(driving, "target", cursors.target)
  yield* catchUp(driving, { source, target })
  const matches = yield* Matches.Matches
  yield* matches.match(leaseOf(driving, "source"), driving.twoWay.match.length)
  yield* decideAll(driving)
  const held = yield* overwritesHeld(driving)
  if (held !== null) {
    // A plan shows them; the match is over when somebody has allowed them.
    if (isPushed) return yield* held
    return { source, target }
  }
  const after = { source: { ...source, generation: matched }, target: { ...target, generation: matched } }
  for (const side of Side.Side.literals) yield* advance(driving, side, after[side])
  yield* matches.forget(leaseOf(driving, "source"))
  return after
})

/** More records that both sides hold otherwise are overwritten only by somebody who has seen the plan. */
const leastOverwrites = 10
const overwrittenShare = 0.05

/** A key that is wrong for the data would overwrite one person with another: too many differences stop the run before its first write. */
const overwritesHeld = Effect.fnUntraced(function* ({ mayOverwrite, pair }: Driving) {
  if (mayOverwrite) return null
  const { live } = yield* Effect.flatMap(PairLinks.PairLinks, (links) => links.count(pair.key))
  const most = Math.max(leastOverwrites, Math.floor(live * overwrittenShare))
  // Of a pair that is matched for the first time, all conflicts that a strategy settled are such differences.
  const { entity, integration, tenant } = pair.key
  const settled = yield* Effect.flatMap(Conflicts.Conflicts, (conflicts) =>
    conflicts.list(tenant, { entity, integration, status: "resolved" }, most + 1)
  )
  if (settled.length <= most) return null
  return new OverwritesHeld({
    message: `the first match would overwrite more than ${most} of ${live} paired records, so nothing was written; look with: syncline plan ${integration}, then allow it with: syncline apply ${integration} --yes`
  })
})

const enumerate = Effect.fnUntraced(function* (driving: Driving, side: Side.Side, before: Cursor.Cursor | null) {
  if (before !== null && before._tag !== "Listing") return before
  const at = driving.pair[side]
  const { changes, list } = at.entity.source
  const began =
    before ??
    Cursor.list(null, {
      since: changes === undefined ? null : yield* atSide(side, provide(at, changes.start)),
      list: yield* atSide(side, provide(at, list.start))
    })
  let cursor: Cursor.Cursor = began
  yield* ReadAhead.each(at, list, began.position, ReadAhead.unprepared, (sightings, next) => {
    cursor = Cursor.afterListPage(began, next)
    return enumerated(driving, side, sightings, cursor)
  })
  return cursor
})

/**
 * What moves to another page while a side is listed may have been on none, and is matched too: it is among what has changed since. That is
 * read again, and decided on, once all is matched. Once anything is linked, what is new may be what was made for it.
 */
const catchUp = Effect.fnUntraced(function* (driving: Driving, listed: Readonly<Record<Side.Side, Cursor.Cursor>>) {
  const { pair } = driving
  const { live } = yield* Effect.flatMap(PairLinks.PairLinks, (links) => links.count(pair.key))
  for (const side of live > 0 ? [] : Side.Side.literals) {
    const { changes } = pair[side].entity.source
    const from = listed[side]
    if (from._tag !== "Following" || changes === undefined) continue
    yield* ReadAhead.each(pair[side], changes, from.position, ReadAhead.unprepared, (sightings) =>
      enumerated(driving, side, sightings, null)
    ).pipe(
      Effect.catchReason("ConnectorError", "PositionExpired", () => Effect.void),
      (effect) => atSide(side, effect)
    )
  }
})

const enumerated = Effect.fnUntraced(function* (
  driving: Driving,
  side: Side.Side,
  sightings: ReadonlyArray<Sighting>,
  advance: Cursor.Cursor | null
) {
  const matchRows = sightings.flatMap(({ observedAtMs, seen }) =>
    seen.flatMap((sight) => rowOf(driving, side, sight, observedAtMs) ?? [])
  )
  const reviewed = sightings.flatMap(({ seen }) =>
    seen.flatMap((sight) => (sight._tag === "Gone" ? [{ side, id: sight.id }] : []))
  )
  const { commit } = yield* Commit.Commit
  yield* commit({ lease: leaseOf(driving, side), reads: [], advance }, () =>
    Effect.succeed({ ...nothing, matchRows, reviewed })
  ).pipe(Effect.catchTag("IdTaken", Effect.die))
  yield* driving.onCommit("matching", null)
})

const rowOf = ({ pair, twoWay }: Driving, side: Side.Side, sight: Sight, observedAtMs: number): MatchRow | null => {
  if (sight._tag !== "Present") return null
  const id = idOf(pair[side], sight.record)
  if (id === null) return null
  return {
    side,
    id,
    record: sight.record,
    observedAtMs,
    keys: twoWay.match.map((key) => keyIn(sight.record, key[side]))
  }
}

/** A key as it is compared: people write addresses and numbers with other cases and spaces. */
const keyIn = (record: Fields, field: string): string | null => {
  const path = FieldPath.parse(field)
  const value = Result.isSuccess(path) ? FieldPath.valueAt(record, path.success) : undefined
  if (typeof value !== "string" && typeof value !== "number") return null
  const text = String(value).normalize("NFC").trim().toLowerCase()
  return text === "" ? null : text
}

const decideAll = Effect.fnUntraced(function* (driving: Driving) {
  const matches = yield* Matches.Matches
  let after: Matches.After = null
  do {
    const page: { readonly matches: ReadonlyArray<Matches.Match>; readonly after: Matches.After } = yield* matches.page(
      driving.pair.key,
      after,
      pageSize
    )
    yield* link(driving, page.matches)
    yield* decide(driving, page.matches)
    yield* driving.onCommit("matching", null)
    after = page.after
  } while (after !== null)
})

const imageOf = (driving: Driving, side: Side.Side, { observedAtMs, record }: Matches.Enumerated): PairImage => ({
  record,
  fingerprint: Fingerprint.of(record),
  version: versionOf(driving.pair[side], record),
  observedAtMs
})

/** Links the pairs of a page, with the source's record as seen and the target's still to be looked at. */
const link = Effect.fnUntraced(function* (driving: Driving, page: ReadonlyArray<Matches.Match>) {
  const { pair, twoWay } = driving
  const pairs = page.flatMap((each) => (each._tag === "Pair" ? [each] : []))
  if (pairs.length === 0) return
  const links = yield* PairLinks.PairLinks
  const situations = yield* links.situations(pair.key, { side: "source", ids: pairs.map(({ source }) => source.id) })
  const fresh = situations.flatMap((situation, index) => {
    const match = pairs[index]
    return match === undefined || (situation.link?.source ?? null) !== null ? [] : [{ match, situation }]
  })
  const references = yield* References.load(
    (wanted) => links.resolveReferences(pair.key.tenant, pair.key.integration, wanted),
    fresh.flatMap(({ match }) => References.inRecord(pair, "source", match.source.record))
  )
  const { commit } = yield* Commit.Commit
  yield* commit(
    {
      lease: leaseOf(driving, "source"),
      reads: fresh.map(({ situation: { key, version } }) => ({ key, version })),
      advance: null
    },
    (_, moved) =>
      Effect.succeed({
        ...nothing,
        pairLinks: fresh
          .filter(({ situation }) => !moved.has(situation.key))
          .map(({ match, situation }) => ({
            key: situation.key,
            readVersion: situation.version,
            sourceId: match.source.id,
            targetId: match.target.id,
            status: "mapped" as const,
            isDeleted: false,
            source: imageOf(driving, "source", match.source),
            target: null
          })),
        history: fresh
          .filter(({ situation }) => !moved.has(situation.key))
          .flatMap(({ match, situation: { key } }): ReadonlyArray<HistoryWrite> => [
            found(driving, key, match.source, references),
            {
              key,
              side: "target",
              operation: "update",
              fields: {},
              cause: Cause.encode({ _tag: "Matched", by: twoWay.match[match.by]?.source ?? "" })
            }
          ])
      })
  ).pipe(Effect.catchTag("IdTaken", Effect.die))
})

/** What the source's record is when it is first met; the target's is told of when it is decided on. */
const found = (
  { pair }: Driving,
  key: RecordKey,
  { observedAtMs, record }: Matches.Enumerated,
  references: References.References
): HistoryWrite => {
  const atMs = pair.source.entity.changedAt?.(record) ?? null
  const fields = Result.getOrElse(FieldMapping.lift(pair.mapping, "source", record, references), () => ({}))
  return {
    key,
    side: "source",
    operation: "create",
    fields: Consequence.differences({}, fields),
    cause: Cause.encode({ _tag: "Found", atMs: atMs ?? observedAtMs, settled: {}, isEstimated: atMs === null })
  }
}

/** The target's records of pairs, and the records that no key has paired. */
const decide = Effect.fnUntraced(function* (driving: Driving, page: ReadonlyArray<Matches.Match>) {
  for (const side of Side.Side.literals) {
    const records = page.flatMap((each) => {
      if (each._tag === "Pair") return side === "target" ? [each.target] : []
      return each.side === side ? [each.record] : []
    })
    if (records.length === 0) continue
    const observedAtMs = Math.min(...records.map((each) => each.observedAtMs))
    const seen = records.map(({ record }): Sight => ({ _tag: "Present", record }))
    yield* take(driving, side, { seen, observedAtMs }, { advance: null })
  }
})

const advance = Effect.fnUntraced(function* (driving: Driving, side: Side.Side, cursor: Cursor.Cursor) {
  const { commit } = yield* Commit.Commit
  yield* commit({ lease: leaseOf(driving, side), reads: [], advance: cursor }, () => Effect.succeed(nothing)).pipe(
    Effect.catchTag("IdTaken", Effect.die)
  )
})
