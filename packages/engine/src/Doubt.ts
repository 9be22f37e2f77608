/** Writes whose answer was lost: found out what became of them, before anything else of their records is sent. */
import type { Fields, Side } from "@syncline/core"
import { Lanes } from "@syncline/store"
import { Array as Arrays, Clock, Effect, Option } from "effect"
import { type Driving, type DrivingError, type DrivingServices, leaseOf } from "./Driving.ts"
import * as Find from "./Find.ts"
import { idOf, provide } from "./Pair.ts"
import { atSide } from "./Place.ts"
import * as Push from "./Push.ts"
import type * as Settle from "./Settle.ts"
import * as Shown from "./Shown.ts"
import { take } from "./Take.ts"

const doubtsAtOnce = 500

/**
 * Resolves what is in doubt towards a side. A create is sent again while the provider remembers its key; else it is looked for, once
 * it would surely be visible; else a person decides. For updates and removals the record is read: they are done, or decided again.
 *
 * A create that stays in doubt is remembered: until it is known, a record that nobody has met may be what it made.
 */
export const resolve = Effect.fn("Doubt.resolve")(function* (
  driving: Driving,
  side: Side.Side
): Effect.fn.Return<void, DrivingError, DrivingServices> {
  const lanes = yield* Lanes.Lanes
  const doubts = lanes.doubts(leaseOf(driving, side), doubtsAtOnce)
  const sendings = (yield* doubts).flatMap(Push.sendingOf)
  const creates = sendings.filter(isCreate)
  driving.doubted.delete(side)
  if (creates.length > 0) {
    yield* resolveCreates(driving, side, creates)
    if ((yield* doubts).flatMap(Push.sendingOf).some(isCreate)) driving.doubted.add(side)
  }
  yield* resolveOthers(
    driving,
    side,
    sendings.filter((sending) => !isCreate(sending))
  )
})

const isCreate = ({ request }: Push.Sending): boolean => request.operation === "create"

/**
 * While a unique value forbids a second, a create may be sent again, but that it is refused says nothing of the first: so it is looked for
 * as soon as that tells.
 */
const resolveCreates = Effect.fnUntraced(function* (
  driving: Driving,
  side: Side.Side,
  creates: ReadonlyArray<Push.Sending>
) {
  const nowMs = yield* Clock.currentTimeMillis
  const create = driving.pair[side].entity.target?.create
  const repeat = create?.repeat
  const isToBeFound = ({ intent }: Push.Sending): boolean =>
    create?.find !== undefined && nowMs - intent.sentAtMs >= create.find.lagMs
  const isRepeatable = (sending: Push.Sending): boolean =>
    (repeat?._tag === "Unique" && !isToBeFound(sending)) ||
    (repeat?._tag === "Keyed" && nowMs - sending.intent.sentAtMs < repeat.keptMs - Lanes.arrivesWithinMs)
  yield* Push.sendAll(driving, side, creates.filter(isRepeatable))
  const left = creates.filter((sending) => !isRepeatable(sending))
  yield* Push.settle(driving, side, yield* lookFor(driving, side, left.filter(isToBeFound), nowMs))
})

/** Those of which it is known by now whether they were made. */
const lookFor = Effect.fnUntraced(function* (
  driving: Driving,
  side: Side.Side,
  creates: ReadonlyArray<Push.Sending>,
  nowMs: number
) {
  const at = driving.pair[side]
  const find = at.entity.target?.create?.find
  const answered: Array<Settle.Answered> = []
  if (find === undefined) return answered
  for (const some of Arrays.chunksOf(creates, find.max)) {
    const found = yield* atSide(
      side,
      provide(
        at,
        find.run(some.map(({ intent, request: { key, patch } }) => ({ key, patch, sentAtMs: intent.sentAtMs })))
      )
    )
    for (const { intent, request } of some) {
      const made = found.get(request.key)
      if (made === undefined) continue
      const answer: Settle.Answer = Option.isSome(made)
        ? { _tag: "Stored", record: made.value, isLate: true }
        : { _tag: "Released", why: "it was looked for, and was not made", afterMs: null }
      answered.push({ entry: intent.entry, request, answer, startedAtMs: nowMs })
    }
  }
  return answered
})

/** What was sent is done when the record shows it. Else it is sent again, after what the record shows was decided on. */
const resolveOthers = Effect.fnUntraced(function* (
  driving: Driving,
  side: Side.Side,
  others: ReadonlyArray<Push.Sending>
) {
  if (others.length === 0) return
  const at = driving.pair[side]
  const sighting = yield* atSide(
    side,
    Find.get(
      at,
      others.flatMap(({ request }) => request.id ?? [])
    )
  )
  const records = new Map<string, Fields | null>()
  for (const sight of sighting.seen) {
    if (sight._tag === "Gone") records.set(sight.id, null)
    if (sight._tag === "Present") records.set(idOf(at, sight.record) ?? "", sight.record)
  }
  const answered = others.flatMap(({ intent, request }): ReadonlyArray<Settle.Answered> => {
    const record = records.get(request.id ?? "")
    if (record === undefined) return []
    const isDone =
      request.operation === "delete"
        ? record === null
        : record !== null && Shown.holds(driving.pair, side, record, request.patch)
    const answer: Settle.Answer = isDone
      ? { _tag: "Stored", record }
      : { _tag: "Released", why: "the record does not show it", afterMs: null, ...(record !== null && { record }) }
    return [{ entry: intent.entry, request, answer, startedAtMs: sighting.observedAtMs }]
  })
  yield* Push.settle(driving, side, answered)
  yield* take(driving, side, sighting, { advance: null })
})
