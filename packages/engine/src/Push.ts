/** Pushes what was decided to one side: intents durable before the call, one request after the other settled, what was found taken. */
import {
  Conflicted,
  type ConnectorError,
  failureClass,
  type Http,
  type Reason,
  type Sql,
  type Target
} from "@syncline/connector"
import type { Fields, RecordKey, Side } from "@syncline/core"
import { Lanes, PairLinks, type SqlError } from "@syncline/store"
import { Array as Arrays, Clock, Effect, Option, Result } from "effect"
import * as Call from "./Call.ts"
import * as Compose from "./Compose.ts"
import { count, type Driving, type DrivingError, type DrivingServices, leaseOf } from "./Driving.ts"
import * as Find from "./Find.ts"
import * as Judged from "./Judged.ts"
import * as LookFirst from "./LookFirst.ts"
import { idOf } from "./Pair.ts"
import { atSide } from "./Place.ts"
import * as References from "./References.ts"
import * as Settle from "./Settle.ts"
import * as Shown from "./Shown.ts"
import type { Sight } from "./Sight.ts"
import { take } from "./Take.ts"
import * as Taken from "./Taken.ts"
import * as WriteLog from "./WriteLog.ts"

/** Requests under way side by side; the connection's budget orders them. */
const requestsInFlight = 16

/**
 * Writes that are sent before any of them is settled: a few for each request under way. What has been sent when a process ends is in
 * doubt, and has to be found out about, one by one, before anything goes on.
 */
const roundsAtOnce = 4
const mostLanesAtOnce = 1000

const lanesAtOnce = ({ create, remove, update }: Target<Fields, Http | Sql>): number => {
  const perRequest = Math.max(...[create, update, remove].map((verb) => verb?.max ?? 1))
  return Math.min(mostLanesAtOnce, roundsAtOnce * requestsInFlight * perRequest)
}

/** A write that is about to be sent. */
export interface Sending {
  readonly intent: Lanes.Intent
  readonly request: Compose.Request
}

/** Sends the first writes of lanes that are ready, some at once. Answers whether anything was sent. */
export const push = Effect.fn("Push.push")(function* (
  driving: Driving,
  side: Side.Side
): Effect.fn.Return<boolean, DrivingError, DrivingServices> {
  const intents = yield* claim(driving, side)
  if (intents.length === 0) return false
  yield* sendAll(driving, side, intents.flatMap(sendingOf))
  yield* driving.onCommit("pushing", null)
  return true
})

/** A frozen request that does not decode was frozen by another version: then it is asked what became of it. */
export const sendingOf = (intent: Lanes.Intent): ReadonlyArray<Sending> => {
  const request = Compose.decode(intent.request)
  return Result.isSuccess(request) ? [{ intent, request: request.success }] : []
}

const claim = Effect.fnUntraced(function* (driving: Driving, side: Side.Side) {
  const { limits, pair, twoWay } = driving
  const lanes = yield* Lanes.Lanes
  const limit = lanesAtOnce(pair[side].entity.target ?? {})
  return yield* lanes.send(leaseOf(driving, side), limit, (transaction, claimed) =>
    Effect.map(
      References.load(
        (wanted) => PairLinks.resolveIn(transaction, pair.key.integration, wanted),
        claimed.flatMap(({ entry, link }) => [
          ...References.inFields(pair, Compose.valuesOf(entry.changes)),
          ...(link[side] === null ? [] : References.inRecord(pair, side, link[side].record))
        ])
      ),
      (references) => Compose.compose({ pair, twoWay, side, references, limits }, claimed)
    )
  )
})

/** Sends requests side by side, settles what came of them, then takes what was found on the way. */
export const sendAll = Effect.fnUntraced(function* (
  driving: Driving,
  side: Side.Side,
  sendings: ReadonlyArray<Sending>
): Effect.fn.Return<void, DrivingError, DrivingServices> {
  const batches = [...Map.groupBy(sendings, ({ intent }) => intent.batch).values()]
  const sent = yield* Effect.forEach(batches, (batch) => sendBatch(driving, side, batch), {
    concurrency: requestsInFlight
  })
  yield* settle(
    driving,
    side,
    sent.flatMap(({ answered }) => answered)
  )
  for (const { sightings } of sent)
    for (const sighting of sightings) yield* take(driving, side, sighting, { advance: null })
  const reread = sent.flatMap(({ reread }) => reread)
  if (reread.length > 0) {
    const sighting = yield* atSide(side, Find.get(driving.pair[side], reread))
    yield* take(driving, side, sighting, { advance: null })
  }
  const failure = sent.flatMap(({ failure }) => failure ?? []).at(0)
  if (failure !== undefined) return yield* atSide(side, Effect.fail(failure))
})

interface Sent {
  readonly answered: ReadonlyArray<Settle.Answered>
  /** Records that were read before they were written, and were other than believed. */
  readonly sightings: ReadonlyArray<{ readonly seen: ReadonlyArray<Sight>; readonly observedAtMs: number }>
  /** Records to read and decide again. */
  readonly reread: ReadonlyArray<NonNullable<Compose.Request["id"]>>
  /** What concerns the connection and not one record. */
  readonly failure: ConnectorError | null
}

const sendBatch = Effect.fnUntraced(function* (
  driving: Driving,
  side: Side.Side,
  batch: ReadonlyArray<Sending>
): Effect.fn.Return<Sent, DrivingError, DrivingServices> {
  const startedAtMs = yield* Clock.currentTimeMillis
  const at = driving.pair[side]
  const answer = (sending: Sending, told: Settle.Answer): Settle.Answered => {
    const why = stillInDoubt(driving, side, sending, told)
    return {
      entry: sending.intent.entry,
      request: sending.request,
      answer: why === null ? told : { _tag: "InDoubt", why },
      startedAtMs
    }
  }
  const endless = tooOften(driving, batch)
  const known =
    batch[0]?.request.operation === "create" ? yield* atSide(side, LookFirst.look(driving, side, batch)) : endless
  const { moved, ops, sightings } = yield* bases(
    driving,
    side,
    batch.filter((sending) => !known.has(sending))
  )
  const key = batch[0]?.intent.batch
  const writes = ops.map(({ sending }) => sending.intent.entry)
  if (ops.length > 0) yield* WriteLog.sent(driving, side, writes)
  const outcomes =
    ops.length === 0 || key === undefined
      ? Result.succeed<Call.Answers>(new Map())
      : yield* Effect.result(
          Call.send(
            at,
            ops.map(({ base, sending }) => ({ base, request: sending.request })),
            key,
            driving.pair.key.integration
          )
        )
  const released = moved.map(({ isGone, sending }) =>
    answer(sending, {
      _tag: "Released",
      why: "the record had changed there",
      afterMs: restMs(driving, sending),
      isGone
    })
  )
  const told = ops.map(({ sending }) => ({
    sending,
    verdict: Judged.of(driving, side, sending, ops.length, outcomes)
  }))
  yield* WriteLog.answered(
    driving,
    side,
    told.map(({ sending, verdict }) => ({ entry: sending.intent.entry, answer: verdict.answer._tag }))
  )
  return {
    sightings,
    answered: [
      ...[...known].map(([sending, each]) => answer(sending, each)),
      ...released,
      ...told.map(({ sending, verdict }) => answer(sending, verdict.answer))
    ],
    reread: told.flatMap(({ sending, verdict }) =>
      verdict.isReread && sending.request.id !== null ? [sending.request.id] : []
    ),
    failure: Result.isFailure(outcomes) && concernsConnection(outcomes.failure.reason) ? outcomes.failure : null
  }
})

/**
 * A write that was in doubt when it was sent again stays so until its provider says what became of it: nothing else may be sent. That a
 * create is refused now tells of the first attempt only where the provider remembers its key; else it will be looked for.
 */
const stillInDoubt = (
  { pair }: Driving,
  side: Side.Side,
  { intent, request }: Sending,
  answer: Settle.Answer
): string | null => {
  if (intent.entry.state !== "in_doubt") return null
  if (answer._tag === "Released") return answer.why
  const create = pair[side].entity.target?.create
  const isOpen = request.operation === "create" && create?.repeat._tag === "Unique" && create.find !== undefined
  return answer._tag === "Refused" && isOpen ? answer.reason._tag : null
}

const concernsConnection = ({ _tag }: Reason): boolean =>
  _tag !== "OutcomeUnknown" && _tag !== "PositionExpired" && ["transient", "auth"].includes(failureClass[_tag])

/** More writes of one record than an edit, its normalisation and a few conflicts can need. */
const maxWrites = 12

/** Counts the writes of each record; answers those that go round in circles. */
const tooOften = ({ writesByKey }: Driving, batch: ReadonlyArray<Sending>): ReadonlyMap<Sending, Settle.Answer> =>
  new Map(
    batch.flatMap((sending): ReadonlyArray<readonly [Sending, Settle.Answer]> => {
      const { key } = sending.intent.entry
      const writes = (writesByKey.get(key) ?? 0) + 1
      writesByKey.set(key, writes)
      return writes <= maxWrites ? [] : [[sending, { _tag: "Refused", reason: circle }]]
    })
  )

/** Writes of a record in one run until one that is taken back, since the record is another by then, rests. Mostly it is decided anew first. */
const maxMoved = 3
/** It may not be, before something else is: until then it would be taken back again. */
const undecidedMs = 5000

const restMs = ({ writesByKey }: Driving, { intent }: Sending): number | null =>
  (writesByKey.get(intent.entry.key) ?? 0) < maxMoved ? null : undecidedMs

const circle = new Conflicted({
  detail: `each write of this record was answered by another change of it, ${maxWrites} times in one run; something at one of the sides (a trigger, another integration) undoes what is written`
})

/** What each op is sent against; a record that is found to be other than its image is not written but decided again. */
const bases = Effect.fnUntraced(function* (driving: Driving, side: Side.Side, batch: ReadonlyArray<Sending>) {
  const at = driving.pair[side]
  const operation = batch[0]?.request.operation
  const asSeen = batch.map((sending) => ({ sending, base: sending.intent.link[side]?.record ?? null }))
  const isGuarded =
    operation === "create" || (operation === "update" && at.entity.target?.update?.refusesStale === true)
  const none: ReadonlyArray<{ readonly sending: Sending; readonly isGone: boolean }> = []
  if (isGuarded || at.connection.database._tag !== "None") return { ops: asSeen, moved: none, sightings: [] }
  const sighting = yield* atSide(
    side,
    Find.get(
      at,
      batch.flatMap(({ request }) => request.id ?? [])
    )
  )
  const current = new Map(
    sighting.seen.map((sight) => [sight._tag === "Present" ? idOf(at, sight.record) : sight.id, sight])
  )
  const judgedOps = asSeen.map(({ base, sending }) => {
    const sight = current.get(sending.request.id)
    const isSame = sight?._tag === "Present" && base !== null && Shown.isSame(driving.pair, side, sight.record, base)
    return { sending, sight, base: sight?._tag === "Present" ? sight.record : base, isSame }
  })
  const others = judgedOps.filter(({ isSame }) => !isSame)
  return {
    ops: judgedOps.filter(({ isSame }) => isSame),
    moved: others.map(({ sending, sight }) => ({ sending, isGone: sight?._tag === "Gone" })),
    sightings:
      others.length === 0
        ? []
        : [{ seen: others.flatMap(({ sight }) => sight ?? []), observedAtMs: sighting.observedAtMs }]
  }
})

const maxSettled = 1000

/** One transaction for what was answered; a record that moved meanwhile is settled on what it is now. */
export const settle = Effect.fn("Push.settle")(function* (
  driving: Driving,
  side: Side.Side,
  answered: ReadonlyArray<Settle.Answered>
): Effect.fn.Return<void, DrivingError | SqlError, DrivingServices> {
  for (const some of Arrays.chunksOf(answered, maxSettled)) yield* settleSome(driving, side, some)
})

const settleSome = Effect.fnUntraced(function* (
  driving: Driving,
  side: Side.Side,
  answered: ReadonlyArray<Settle.Answered>
) {
  const { pair } = driving
  const links = yield* PairLinks.PairLinks
  const byKey = new Map(answered.map((each) => [each.entry.key, each]))
  const taken: Taken.Taken = new Map()
  let left: ReadonlyArray<RecordKey> = [...byKey.keys()]
  while (left.length > 0) {
    const situations = yield* links.situations(pair.key, { keys: left })
    const records = [...byKey.values()].flatMap(({ answer }) =>
      answer._tag === "Stored" && answer.record !== null ? [answer.record] : []
    )
    const references = yield* References.load(
      (wanted) => links.resolveReferences(pair.key.tenant, pair.key.integration, wanted),
      [
        ...records.flatMap((record) => References.inRecord(pair, side, record)),
        ...situations.flatMap((each) => References.inSituation(pair, each))
      ]
    )
    const settling = { pair, side, references, execution: leaseOf(driving, side).execution }
    const settlements = situations.flatMap((situation) => {
      const each = byKey.get(situation.key)
      const why = taken.get(situation.key)
      if (each === undefined) return []
      const answer: Settle.Answer =
        why === undefined ? each.answer : { _tag: "Refused", reason: new Conflicted({ detail: why }) }
      return [Settle.settle(settling, { ...each, answer }, situation)]
    })
    const batch = { lease: leaseOf(driving, side), reads: settlements.map(({ read }) => read), advance: null }
    const committed = yield* Taken.commit(taken, batch, (moved) => Settle.performed(settlements, moved))
    if (Option.isNone(committed)) continue
    const moved = committed.value
    const kept = settlements.filter(({ key }) => !moved.has(key))
    yield* WriteLog.settled(
      driving,
      side,
      kept.flatMap(({ key }) => byKey.get(key)?.entry ?? [])
    )
    yield* count(driving, Settle.performed(settlements, moved).counters)
    // Those of one request were begun at one moment, so they are one sighting.
    const found = Map.groupBy(
      kept.filter((each) => each.found !== null),
      ({ key }) => byKey.get(key)?.startedAtMs ?? 0
    )
    for (const [observedAtMs, some] of found) {
      const seen = some.flatMap(({ found }): ReadonlyArray<Sight> =>
        found === null ? [] : [{ _tag: "Present", record: found }]
      )
      yield* take(driving, side, { seen, observedAtMs }, { advance: null })
    }
    left = [...moved]
  }
})
