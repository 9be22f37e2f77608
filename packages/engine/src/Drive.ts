/** Drives a two-way pair: what is in doubt, what changed on either side, what was decided, until nothing is left to do. */
import { Cursor, type RecordId, type RecordKey, Side } from "@syncline/core"
import { Agenda, Lanes, Ledger, Waiting } from "@syncline/store"
import { Clock, Effect, Ref } from "effect"
import * as Doubt from "./Doubt.ts"
import { type Driving, type DrivingError, type DrivingServices, leaseOf } from "./Driving.ts"
import * as Find from "./Find.ts"
import * as FirstMatch from "./FirstMatch.ts"
import * as Ingest from "./Ingest.ts"
import { provide } from "./Pair.ts"
import { atSide } from "./Place.ts"
import * as Push from "./Push.ts"
import * as ReadAhead from "./ReadAhead.ts"
import * as Reconciling from "./Reconciling.ts"
import * as Sight from "./Sight.ts"
import * as Take from "./Take.ts"

/** More rounds than any chain of references or settled conflicts needs: what goes on for longer goes on in the next run. */
const maxRounds = 50

/**
 * What a run is for: everything; a plan; what a plan had decided; what webhooks claim; certain records, by their ids at each side; or
 * what both listings differ in.
 */
export type Task =
  | { readonly _tag: "Sync" }
  | { readonly _tag: "Claims" }
  | { readonly _tag: "Plan" }
  | { readonly _tag: "Apply" }
  | { readonly _tag: "Records"; readonly ids: Readonly<Record<Side.Side, ReadonlyArray<RecordId>>> }
  | Reconciling.Task

export const sync: Task = { _tag: "Sync" }

/** Ends when neither side shows anything new and nothing is ready to be sent. A plan sends nothing. */
export const drive = Effect.fn("Drive.drive")(function* (
  driving: Driving,
  cursors: FirstMatch.Cursors,
  task: Task,
  left: Agenda.OfPair
): Effect.fn.Return<void, DrivingError, DrivingServices> {
  yield* takeUp(driving, task, left)
  const isAllRead = yield* find(driving, cursors, task)
  let agenda = yield* agendaOf(driving)
  if (yield* revisit(driving, task, agenda, isAllRead)) agenda = yield* agendaOf(driving)
  for (let woken = 0; woken < maxRounds; agenda = yield* agendaOf(driving)) {
    // What waited is decided first: a write may have lost its reason meanwhile.
    if (yield* wake(driving, agenda)) woken += 1
    else if (task._tag === "Plan" || !(yield* push(driving, agenda))) return
  }
})

const agendaOf = Effect.fnUntraced(function* ({ leases, pair }: Driving) {
  const lease = leases.source ?? leases.target
  if (lease === undefined) return yield* Effect.die("a run holds a side")
  return yield* (yield* Agenda.Agenda).of(pair.key, lease.execution)
})

/** What former executions have left: writes that failed, and those of which it is not known what became of them. */
const takeUp = Effect.fnUntraced(function* (driving: Driving, task: Task, agenda: Agenda.OfPair) {
  const lanes = yield* Lanes.Lanes
  for (const side of sidesOf(driving)) {
    // Webhooks of other records may come all the time: they are no reason to try this one again.
    if (agenda[side].hasFailed && task._tag !== "Claims") yield* lanes.retryFailed(leaseOf(driving, side))
  }
  for (const side of sidesOf(driving)) {
    if (agenda[side].isDoubted && task._tag !== "Plan") yield* Doubt.resolve(driving, side)
  }
})

/** Looks at what no walk shows. Answers whether there was any. */
const revisit = Effect.fnUntraced(function* (driving: Driving, task: Task, agenda: Agenda.OfPair, isAllRead: boolean) {
  const waiting = yield* Waiting.Waiting
  const sides = sidesOf(driving)
  let isAny = false
  for (const side of isAllRead ? sides.filter((each) => isRead(driving, each)) : []) {
    const { isAwaited, isToRetry } = agenda[side]
    if (isAwaited) yield* lookForUnseen(driving, side)
    if (isToRetry) yield* retryFailed(driving, side)
    isAny ||= isAwaited || isToRetry
  }
  // Those that waited for the first match, and that no delta shows.
  if (isAllRead && task._tag === "Sync" && sides.some((side) => agenda[side].isClaimed)) {
    yield* answerClaims(driving)
    isAny = true
  }
  // Those too that wait since this very run.
  if (!isAny && !sides.some((side) => agenda[side].isWaiting)) return false
  return (yield* waiting.sweep(driving.pair.key)) > 0 || isAny
})

/** The target's writes first: what it answers may be written back to the source in the same round. */
const push = Effect.fnUntraced(function* (driving: Driving, agenda: Agenda.OfPair) {
  let hasSent = false
  for (const side of sidesOf(driving).toReversed()) {
    if (agenda[side].isToSend) hasSent = (yield* Push.push(driving, side)) || hasSent
  }
  return hasSent
})

const sidesOf = ({ leases }: Driving): ReadonlyArray<Side.Side> =>
  Side.Side.literals.filter((side) => leases[side] !== undefined)

/** Answers whether each side was read to its end. */
const find = Effect.fnUntraced(function* (driving: Driving, cursors: FirstMatch.Cursors, task: Task) {
  const sides = sidesOf(driving)
  switch (task._tag) {
    case "Sync":
    case "Plan": {
      const isDue = FirstMatch.isDue(driving, cursors)
      if (isDue && sides.length < 2) {
        yield* note(driving, waitsForMatch)
        return false
      }
      const found = isDue ? yield* FirstMatch.run(driving, cursors, task._tag !== "Plan") : cursors
      for (const side of sides) if (isRead(driving, side)) yield* follow(driving, side, found[side])
      return true
    }
    case "Claims":
      yield* FirstMatch.isDue(driving, cursors) ? note(driving, webhooksWait) : answerClaims(driving)
      return false
    case "Records":
      for (const side of sides) yield* look(driving, side, task.ids[side])
      return false
    case "Reconcile":
      yield* Reconciling.twoWay(driving, task)
      return false
    case "Apply":
      if (FirstMatch.isDue(driving, cursors) && sides.length === 2) yield* FirstMatch.run(driving, cursors, true)
      return false
  }
})

const waitsForMatch = "nothing was read: records of both sides have to be paired first, by a run that has both"

const webhooksWait = "nothing was read: what webhooks tell waits until the records of both sides are paired"

const note = ({ notes }: Driving, text: string) => Ref.update(notes, (before) => [...before, text])

/** Reads what webhooks claim, each record once, and decides. */
const answerClaims = (driving: Driving) =>
  Ingest.answer(driving.pair, sidesOf(driving), {
    take: (side, sighting) => Take.take(driving, side, sighting, { advance: null }),
    onTaken: driving.onCommit("following", null)
  })

const ledgerPage = 500

/** Records that could not be decided on in earlier executions, and were not seen by this one. */
const retryFailed = Effect.fnUntraced(function* (driving: Driving, side: Side.Side) {
  const ledger = yield* Ledger.Ledger
  let after: RecordKey | null = null
  while (true) {
    const waiting: ReadonlyArray<Ledger.Waiting> = yield* ledger.waiting(leaseOf(driving, side), {
      after,
      limit: ledgerPage
    })
    const last = waiting.at(-1)
    if (last === undefined) return
    yield* look(
      driving,
      side,
      waiting.flatMap(({ id }) => id ?? [])
    )
    after = last.key
  }
})

/** Whether changes of a side travel. */
const isRead = ({ pair }: Driving, side: Side.Side): boolean =>
  pair.job.direction === "bidirectional" ||
  pair.job.direction === (side === "source" ? "source_to_target" : "target_to_source")

/** Reads what a side shows from where it stopped: the rest of a listing, then what changed since it began. */
const follow = Effect.fnUntraced(function* (driving: Driving, side: Side.Side, cursor: Cursor.Cursor | null) {
  const begun = Cursor.opening(cursor, driving.mode) === "resume" ? cursor : null
  yield* walk(driving, side, begun ?? (yield* atSide(side, begin(driving, side, cursor)))).pipe(
    Effect.catchReason("ConnectorError", "PositionExpired", ({ detail }) =>
      Effect.gen(function* () {
        yield* Ref.update(driving.notes, (notes) => [
          ...notes,
          `the ${side} no longer knows where the last run stopped (${detail}), so everything was listed again; records deleted in between are found by reconciliation`
        ])
        yield* walk(driving, side, yield* begin(driving, side, cursor))
      })
    ),
    (effect) => atSide(side, effect)
  )
})

/** Takes the start of the changes *before* that of the listing, so nothing falls between. */
const begin = Effect.fnUntraced(function* ({ pair }: Driving, side: Side.Side, before: Cursor.Cursor | null) {
  const { changes, list } = pair[side].entity.source
  const since = changes === undefined ? null : yield* provide(pair[side], changes.start)
  return Cursor.list(before, { since, list: yield* provide(pair[side], list.start) })
})

const walk = Effect.fnUntraced(function* (driving: Driving, side: Side.Side, begun: Cursor.Cursor) {
  const at = driving.pair[side]
  const { changes, list } = at.entity.source
  const decide = (sightings: ReadonlyArray<Sight.Sighting>) =>
    Effect.forEach(sightings.length === 0 ? [Sight.nothing] : sightings, (each) =>
      Take.prepare(driving, side, each, true)
    )
  let before: ReadonlySet<RecordId> = new Set()
  // The cursor goes with the last sighting of a step, so that a crash before it repeats the step.
  const taken = Effect.fnUntraced(function* (
    cursor: Cursor.Cursor,
    stage: "listing" | "following",
    all: ReadonlyArray<Take.Prepared>
  ) {
    before = yield* ReadAhead.inOrder(
      all,
      before,
      (prepared) => Take.anew(driving, side, prepared),
      (prepared, isLast) => Take.commit(driving, side, prepared, { advance: isLast ? cursor : null })
    )
    yield* driving.onCommit(stage, null)
  })
  let cursor: Cursor.Cursor = begun
  if (begun._tag === "Listing") {
    yield* ReadAhead.each(at, list, begun.position, decide, (prepared, next) => {
      cursor = Cursor.afterListPage(begun, next)
      return taken(cursor, "listing", prepared)
    })
  }
  const listed: Cursor.Cursor = cursor
  if (listed._tag === "Following" && changes !== undefined) {
    yield* ReadAhead.each(at, changes, listed.position, decide, (prepared, next) =>
      taken(Cursor.afterChangesPage(listed, next), "following", prepared)
    )
  }
})

const unseenAtOnce = 500

/**
 * Whom others refer to and nobody has seen, though everything was read: who is gone there is known to be gone from now on, so nobody
 * waits for it. Who is there is for the listing to show.
 */
const lookForUnseen = Effect.fnUntraced(function* (driving: Driving, side: Side.Side) {
  const { pair } = driving
  const waiting = yield* Waiting.Waiting
  const lagMs = pair[side].entity.source.changes?.lagMs ?? 0
  const beforeMs = (yield* Clock.currentTimeMillis) - lagMs
  const ids = yield* waiting.unseen(pair.key, side, beforeMs, unseenAtOnce)
  if (ids.length === 0) return
  const { sighting } = yield* atSide(side, Find.ask(pair[side], ids))
  const seen = sighting.seen.filter(({ _tag }) => _tag === "Gone")
  if (seen.length > 0) yield* Take.take(driving, side, { ...sighting, seen }, { advance: null })
})

const wakeAtOnce = 500

/** Reads again the records that waited for something that has happened. Answers whether there was any. */
const wake = Effect.fnUntraced(function* (driving: Driving, agenda: Agenda.OfPair) {
  const waiting = yield* Waiting.Waiting
  // What is decided at the one side may release what waits at the other.
  const isAny = sidesOf(driving).some((side) => agenda[side].isReady)
  let hasWoken = false
  for (const side of isAny ? sidesOf(driving) : []) {
    const ready = yield* waiting.ready(driving.pair.key, side, wakeAtOnce)
    if (ready.length === 0) continue
    const ids = ready.map(({ id }) => id)
    yield* look(driving, side, ids, ready)
    hasWoken = true
  }
  return hasWoken
})

/** Reads records as they are now, and decides. */
const look = Effect.fnUntraced(function* (
  driving: Driving,
  side: Side.Side,
  ids: ReadonlyArray<RecordId>,
  waited: Take.Options["waited"] = []
) {
  if (ids.length === 0) return
  const sighting = yield* atSide(side, Find.get(driving.pair[side], ids))
  yield* Take.take(driving, side, sighting, { advance: null, waited })
  yield* driving.onCommit("retrying", null)
})
