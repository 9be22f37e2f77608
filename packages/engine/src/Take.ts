/** Takes what a reading showed at one side: decides on each record and commits, until nothing moved under a decision. */
import { Counters, type Cursor, type RecordId, type RecordKey, type Side } from "@syncline/core"
import {
  type Batch,
  type Commit,
  LinkCache,
  type Performed,
  PairLinks,
  type RecordSituation,
  type WaitingWrite
} from "@syncline/store"
import { Effect, Option } from "effect"
import { count, type Driving, type DrivingError, leaseOf } from "./Driving.ts"
import * as References from "./References.ts"
import * as Sight from "./Sight.ts"
import * as Taken from "./Taken.ts"
import * as Verdict from "./Verdict.ts"

export interface Options {
  /** Where the walk goes on once all of this is committed. */
  readonly advance: Cursor.Cursor | null
  /**
   * Records that were read because they had waited, by the keys under which they did: what they wait for now takes the place of what was
   * said before. One that has been linked meanwhile has another key by now.
   */
  readonly waited?: ReadonlyArray<{ readonly id: RecordId; readonly key: RecordKey }>
}

interface Judged {
  readonly references: NonNullable<Batch["references"]>
  readonly verdicts: ReadonlyArray<Verdict.Verdict>
}

/** What a reading showed, with what was decided on each record. */
export interface Prepared {
  readonly sights: ReadonlyMap<RecordId, Sight.Sight>
  readonly observedAtMs: number
  /** Shown by a page, which may tell what was true some time ago; else read by their ids. */
  readonly isOfPage: boolean
  readonly judged: Judged
}

/**
 * Decides by what is stored now. Whatever has moved by the time of the commit is decided again there, but for a record that was not
 * linked and for which nothing is to be done.
 */
export const prepare = Effect.fn("Take.prepare")(function* (
  driving: Driving,
  side: Side.Side,
  sighting: Sight.Sighting,
  isOfPage: boolean
): Effect.fn.Return<Prepared, DrivingError, LinkCache.LinkCache | PairLinks.PairLinks> {
  const shown = { sights: Sight.byId(driving.pair[side], sighting), observedAtMs: sighting.observedAtMs, isOfPage }
  return { ...shown, judged: yield* judge(driving, side, shown, false) }
})

/** Decides again, by what is stored by now. */
export const anew = Effect.fn("Take.anew")(function* (driving: Driving, side: Side.Side, prepared: Prepared) {
  const again: Prepared = { ...prepared, judged: yield* judge(driving, side, prepared, true) }
  return again
})

/** Decides, and commits. */
export const take = Effect.fn("Take.take")(function* (
  driving: Driving,
  side: Side.Side,
  sighting: Sight.Sighting,
  options: Options
): Effect.fn.Return<void, DrivingError, Commit.Commit | LinkCache.LinkCache | PairLinks.PairLinks> {
  yield* commit(driving, side, yield* prepare(driving, side, sighting, false), options)
})

/** Commits what follows from a sighting, and with the last of it the cursor. */
export const commit = Effect.fn("Take.commit")(function* (
  driving: Driving,
  side: Side.Side,
  prepared: Prepared,
  options: Options
): Effect.fn.Return<void, DrivingError, Commit.Commit | LinkCache.LinkCache | PairLinks.PairLinks> {
  const waited = new Map((options.waited ?? []).map(({ id, key }) => [id, key]))
  const taken: Taken.Taken = new Map()
  let left = prepared
  while (true) {
    const verdicts = left.judged.verdicts.map((verdict) => {
      const why = taken.get(verdict.read.key)
      return why === undefined ? verdict : Verdict.refused(verdict, side, why)
    })
    const batch = {
      lease: leaseOf(driving, side),
      reads: verdicts.map(({ read }) => read),
      references: left.judged.references,
      advance: options.advance
    }
    const committed = yield* Taken.commit(taken, batch, (moved) => performed(verdicts, moved, side, waited))
    if (Option.isSome(committed)) {
      const moved = committed.value
      yield* count(driving, performed(verdicts, moved, side, waited).counters)
      if (moved.size === 0) return
      const again = new Set(verdicts.filter(({ read }) => moved.has(read.key)).map(({ id }) => id))
      left = { ...left, sights: new Map([...left.sights].filter(([id]) => again.has(id))) }
    }
    left = yield* anew(driving, side, left)
  }
})

const judge = Effect.fnUntraced(function* (
  driving: Driving,
  side: Side.Side,
  { isOfPage, observedAtMs, sights }: Omit<Prepared, "judged">,
  isAgain: boolean
): Effect.fn.Return<Judged, DrivingError, LinkCache.LinkCache | PairLinks.PairLinks> {
  const { doubted, pair, twoWay } = driving
  const links = yield* PairLinks.PairLinks
  const cache = yield* LinkCache.LinkCache
  const ids = [...sights.keys()]
  const inOrder = [...sights.values()]
  const situations = ids.length === 0 ? [] : yield* links.situations(pair.key, { side, ids })
  const wantedByKey = new Map(
    situations.map((situation, index) => [
      situation.key,
      [...wantedBy(pair, side, inOrder[index]), ...References.inSituation(pair, situation)]
    ])
  )
  const references = yield* References.load(
    (wanted) => cache.resolveReferences(pair.key.tenant, pair.key.integration, wanted, isAgain),
    [...wantedByKey.values()].flat()
  )
  const court: Verdict.Court = {
    pair,
    twoWay,
    side,
    observedAtMs,
    isOfPage,
    references,
    execution: leaseOf(driving, side).execution,
    isDoubted: doubted.has(side)
  }
  const verdicts = ids.flatMap((id, index) => {
    const sight = sights.get(id)
    const situation: RecordSituation | undefined = situations[index]
    if (sight === undefined || situation === undefined) return []
    return [Verdict.of(court, id, sight, situation)]
  })
  return { references: References.readOf(references, wantedByKey), verdicts }
})

const wantedBy = (
  pair: Driving["pair"],
  side: Side.Side,
  sight: Sight.Sight | undefined
): ReadonlyArray<PairLinks.Wanted> => (sight?._tag === "Present" ? References.inRecord(pair, side, sight.record) : [])

/** The rows of all verdicts but those that moved. */
const performed = (
  verdicts: ReadonlyArray<Verdict.Verdict>,
  moved: ReadonlySet<RecordKey>,
  side: Side.Side,
  waited: ReadonlyMap<RecordId, RecordKey>
): Performed => {
  const kept = verdicts.filter(({ read }) => !moved.has(read.key))
  return {
    ...nothing,
    history: kept.flatMap(({ history }) => history ?? []),
    failures: kept.flatMap(({ failure }) => failure ?? []),
    resolved: kept.filter(({ failure }) => failure === null).map(({ read }) => read.key),
    counters: kept.reduce((sum, { counters }) => Counters.add(sum, counters), Counters.zero),
    pairLinks: kept.flatMap(({ link }) => link ?? []),
    formerIds: kept.flatMap(({ formerIds }) => formerIds),
    entries: kept.flatMap(({ entries }) => entries),
    conflicts: kept.flatMap(({ conflict }) => conflict ?? []),
    waiting: kept.flatMap((verdict) => waitingOf(verdict, side, waited.get(verdict.id)))
  }
}

/** What a record waits for now, and nothing more under the keys that it may have waited with. */
const waitingOf = (
  { id, read: { key }, waiting }: Verdict.Verdict,
  side: Side.Side,
  waitedAs: RecordKey | undefined
): ReadonlyArray<WaitingWrite> => {
  const now = waiting === null ? [] : [waiting]
  if (waitedAs === undefined) return now
  const over = [...new Set([waitedAs, key])].filter((each) => each !== waiting?.key)
  return [...over.map((each) => ({ key: each, side, id, on: [] })), ...now]
}

/** What a commit leaves that decides nothing. */
export const nothing: Performed = { links: [], history: [], failures: [], resolved: [], counters: Counters.zero }
