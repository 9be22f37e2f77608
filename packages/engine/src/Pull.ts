/** Runs one pair: the listing from where it stopped, then what changed since it began, then the records that had failed before. */
import type { CaughtUp, Change, Complete, ConnectorError, Http, More, Position, Sql, Walk } from "@syncline/connector"
import { Counters, Cursor, type Fields, OpKey, type RecordId, type RecordKey } from "@syncline/core"
import { type Agenda, type Claims, type Commit, type Cursors, Ledger, type Links, type SqlError } from "@syncline/store"
import { Effect, Ref } from "effect"
import * as Apply from "./Apply.ts"
import * as Breaker from "./Breaker.ts"
import * as Sight from "./Sight.ts"
import * as Find from "./Find.ts"
import * as Ingest from "./Ingest.ts"
import { provide } from "./Pair.ts"
import type { TargetFailed, Writing } from "./Place.ts"
import * as ReadAhead from "./ReadAhead.ts"
import type { Progress } from "./Report.ts"
import type { Yielded } from "./Yielded.ts"

export type PullError = ConnectorError | TargetFailed | Cursors.Fenced | SqlError | Breaker.Halted | Yielded

/** One run of a pair, and what it knows of itself while it runs. */
export interface Pulling extends Writing {
  readonly mode: "full" | "incremental"
  readonly counters: Ref.Ref<Counters.Counters>
  readonly notes: Ref.Ref<ReadonlyArray<string>>
  readonly breaker: Breaker.Breaker
  /** Told after each commit. `fraction` is how much of the walk is done, 0 to 1, where its connector can tell. */
  readonly onCommit: (stage: Progress["stage"], fraction: number | null) => Effect.Effect<void, Yielded>
}

/**
 * Ends when the source shows nothing newer than this run. Each commit on the way is a place from which another run goes on.
 *
 * A position that the source no longer knows means listing again, once a run. `left` is what former runs have left to be done.
 */
export const pull = Effect.fn("Pull.pull")(function* (
  pulling: Pulling,
  found: Cursor.Cursor | null,
  left: Agenda.AtSide
): Effect.fn.Return<void, PullError, Claims.Claims | Commit.Commit | Links.Links | Ledger.Ledger> {
  const begun = Cursor.opening(found, pulling.mode) === "resume" ? found : null
  yield* walk(pulling, begun ?? (yield* begin(pulling, found))).pipe(
    Effect.catchReason("ConnectorError", "PositionExpired", ({ detail }) =>
      Effect.gen(function* () {
        yield* Ref.update(pulling.notes, (notes) => [
          ...notes,
          `the source no longer knows where the last run stopped (${detail}), so everything was listed again; records deleted in between are found by reconciliation`
        ])
        yield* walk(pulling, yield* begin(pulling, found))
      })
    )
  )
  // What is claimed or given another chance meanwhile wakes the job.
  if (left.isToRetry) yield* retryFailed(pulling)
  if (left.isClaimed) yield* answerClaims(pulling)
})

/** Reads what webhooks claim, each record once, and brings the target to it. */
export const answerClaims = (pulling: Pulling) =>
  Ingest.answer(pulling.pair, ["source"], {
    take: (_, sighting) =>
      Effect.flatMap(Apply.prepare(pulling.pair, sighting), (prepared) =>
        applyAll(pulling, [prepared], new Set(), null)
      ),
    onTaken: pulling.onCommit("following", null)
  })

/**
 * Takes the start of the changes *before* that of the listing, so nothing falls between. Stored with the first step: a crash before
 * that begins again.
 */
const begin = Effect.fnUntraced(function* (pulling: Pulling, before: Cursor.Cursor | null) {
  const { source } = pulling.pair
  const { changes, list } = source.entity.source
  const since = changes === undefined ? null : yield* provide(source, changes.start)
  return Cursor.list(before, { since, list: yield* provide(source, list.start) })
})

const walk = Effect.fnUntraced(function* (pulling: Pulling, begun: Cursor.Cursor) {
  const { changes, list } = pulling.pair.source.entity.source
  const listed =
    begun._tag === "Listing"
      ? yield* drain(pulling, "listing", list, begun, (next) => Cursor.afterListPage(begun, next))
      : begun
  if (listed._tag === "Following" && changes !== undefined) {
    yield* drain({ ...pulling, hasListed: begun._tag === "Listing" }, "following", changes, listed, (next) =>
      Cursor.afterChangesPage(listed, next)
    )
  }
})

/**
 * Reads a walk to its end. A step is read and decided on while the one before is committed; each step's effects and its position
 * are one commit. Answers where it ended.
 */
const drain = Effect.fnUntraced(function* <Ending extends Complete | CaughtUp>(
  pulling: Pulling,
  stage: Progress["stage"],
  walk: Walk.Walk<Change<Fields>, Ending, Http | Sql>,
  start: Cursor.Cursor & { readonly position: Position },
  cursorAfter: (next: More | Ending) => Cursor.Cursor
) {
  let cursor: Cursor.Cursor = start
  let before: ReadonlySet<RecordId> = new Set()
  yield* ReadAhead.each(
    pulling.pair.source,
    walk,
    start.position,
    (sightings) => Effect.forEach(sightings, (each) => Apply.prepare(pulling.pair, each)),
    (prepared, next) =>
      Effect.gen(function* () {
        cursor = cursorAfter(next)
        before = yield* applyAll(pulling, prepared, before, cursor)
        yield* pulling.onCommit(stage, next._tag === "More" ? (walk.progress?.(next.position) ?? null) : 1)
      })
  )
  return cursor
})

/**
 * The cursor goes with the last batch, so that a crash before it repeats the step. `before` are the ids that were written since
 * the batches were prepared; answers the ids of these.
 */
const applyAll = Effect.fnUntraced(function* (
  pulling: Pulling,
  prepared: ReadonlyArray<Apply.Prepared>,
  before: ReadonlySet<RecordId>,
  cursor: Cursor.Cursor | null
) {
  const batches = prepared.length === 0 ? [yield* Apply.prepare(pulling.pair, Sight.nothing)] : prepared
  return yield* ReadAhead.inOrder(
    batches,
    before,
    ({ sighting }) => Apply.prepare(pulling.pair, sighting),
    Effect.fnUntraced(function* (ready, isLast) {
      const batch = OpKey.make(`${pulling.lease.execution}/${(yield* Ref.get(pulling.counters)).processed}`)
      const applied = yield* Apply.apply(pulling, ready, isLast ? cursor : null, batch)
      yield* Ref.update(pulling.counters, (counters) => Counters.add(counters, applied.counters))
      yield* Breaker.observe(pulling.breaker, applied.observations)
    })
  )
})

const ledgerPage = 500

/** Records that failed in earlier executions and were not seen by this one. Those that come through leave the ledger. */
const retryFailed = Effect.fnUntraced(function* (pulling: Pulling) {
  const ledger = yield* Ledger.Ledger
  let after: RecordKey | null = null
  while (true) {
    const waiting: ReadonlyArray<Ledger.Waiting> = yield* ledger.waiting(pulling.lease, { after, limit: ledgerPage })
    const last = waiting.at(-1)
    if (last === undefined) return
    yield* look(
      pulling,
      waiting.map(({ id }) => id)
    )
    after = last.key
  }
})

/** Reads records as they are now, and brings the target to them. */
export const look = Effect.fn("Pull.look")(function* (
  pulling: Pulling,
  ids: ReadonlyArray<RecordId>
): Effect.fn.Return<void, PullError, Commit.Commit | Links.Links | Ledger.Ledger> {
  yield* takeOne(pulling, yield* Find.get(pulling.pair.source, ids), "retrying")
})

/** Brings the target to what a reading showed. Forced, the target is looked at although the source is as it was. */
export const takeOne = Effect.fn("Pull.takeOne")(function* (
  pulling: Pulling,
  sighting: Sight.Sighting,
  stage: Progress["stage"],
  isForced = false
): Effect.fn.Return<void, PullError, Commit.Commit | Links.Links> {
  yield* applyAll(pulling, [yield* Apply.prepare(pulling.pair, sighting, isForced)], new Set(), null)
  yield* pulling.onCommit(stage, null)
})
