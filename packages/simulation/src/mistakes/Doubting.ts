/** Mistakes about writes of which it is not known what became of them. */
import { at, type Mistake, mistake } from "../Mistake.ts"

const push = "packages/engine/src/Push.ts"
const doubt = "packages/engine/src/Doubt.ts"
const resolvingOthers = `  yield* resolveOthers(
    driving,
    side,
    sendings.filter((sending) => !isCreate(sending))
  )`

export const doubting: ReadonlyArray<Mistake> = [
  mistake(
    "create-again",
    "S1-5, S3-D12",
    "A create whose answer was lost is sent again, whatever the provider makes of it.",
    at(doubt, `(repeat?._tag === "Unique" && !isToBeFound(sending)) ||`, "repeat !== undefined ||")
  ),
  mistake(
    "forgotten-key",
    "S3-D5",
    "A create is sent again under its key, however long ago the provider forgot it.",
    at(
      doubt,
      "nowMs - sending.intent.sentAtMs < repeat.keptMs - Lanes.arrivesWithinMs",
      "nowMs >= sending.intent.sentAtMs"
    )
  ),
  mistake(
    "looked-for-too-early",
    "S0-1",
    "That a search does not find a record yet is taken for proof that it was not made.",
    at(doubt, "nowMs - intent.sentAtMs >= create.find.lagMs", "nowMs >= intent.sentAtMs")
  ),
  mistake(
    "lost-answer-is-failure",
    "S3-D12",
    "A write whose answer was lost counts as one that did not happen.",
    at(
      "packages/engine/src/Judged.ts",
      `return settled({ _tag: "InDoubt", why: reason.detail })`,
      `return settled({ _tag: "Released", why: reason.detail, afterMs: null })`
    )
  ),
  mistake(
    "doubt-last",
    "architecture: in doubt, resolved before anything else of that record is sent",
    "What became of updates and removals whose answer was lost is looked at when a run ends, not when it begins.",
    at(
      doubt,
      `${resolvingOthers}
})`,
      `})

export const atLast = Effect.fnUntraced(function* (driving, side) {
  const lanes = yield* Lanes.Lanes
  const sendings = (yield* lanes.doubts(leaseOf(driving, side), doubtsAtOnce)).flatMap(Push.sendingOf)
  yield* resolveOthers(
    driving,
    side,
    sendings.filter((sending) => !isCreate(sending))
  )
})`
    ),
    at(
      "packages/engine/src/Drive.ts",
      `!(yield* push(driving, agenda))) return\n`,
      `!(yield* push(driving, agenda)))
      return yield* Effect.forEach(task._tag === "Plan" ? [] : sidesOf(driving), (side) => Doubt.atLast(driving, side), { discard: true })\n`
    )
  ),
  mistake(
    "guessed-id",
    "I-22",
    "While a create is in doubt its record is linked with the id that it has at the other side.",
    at(
      "packages/engine/src/Settle.ts",
      `{ ...unchanged(link, version), status: "in_doubt" }`,
      `{ ...unchanged(link, version), sourceId: link.sourceId ?? link.targetId, targetId: link.targetId ?? link.sourceId, status: "in_doubt" }`
    )
  ),
  mistake(
    "never-reclaimed",
    "S3-D1",
    "What a process that died had sent stays in flight for ever.",
    at(
      "packages/store/src/Cursors.ts",
      "and state = 'in_flight' and epoch < $5 returning record_key",
      "and state = 'in_flight' and epoch < $5 and false returning record_key"
    )
  ),
  mistake(
    "lane-goes-on",
    "S3-D3, I-8",
    "Now and then an update is sent without waiting for its answer, and the next one before it is known what became of it.",
    at(
      push,
      `    ops.length === 0 || key === undefined
      ? Result.succeed<Call.Answers>(new Map())`,
      `    ops.length > 0 && batch[0].request.operation === "update" && startedAtMs % 2 === 0
      ? (yield* Effect.forkDetach(
          Effect.ignore(
            Call.send(at, ops.map(({ base, sending }) => ({ base, request: sending.request })), key, driving.pair.key.integration)
          )
        ),
        Result.succeed(new Map()))
      : ops.length === 0 || key === undefined
      ? Result.succeed<Call.Answers>(new Map())`
    ),
    at(
      "packages/store/src/internal/LaneRows.ts",
      "and w.next in ('in_doubt', 'failed', 'dead') then w.next",
      "and w.next in ('failed', 'dead') then w.next"
    ),
    at(
      doubt,
      resolvingOthers,
      `  const beforeMs = (yield* Clock.currentTimeMillis) - 60_000
  yield* resolveOthers(
    driving,
    side,
    sendings.filter((sending) => !isCreate(sending) && sending.intent.sentAtMs < beforeMs)
  )`
    ),
    // The tables forbid it too.
    at(
      "packages/simulation/src/BackendPool.ts",
      "[...set, ...prepared].join",
      "[...set, 'drop index if exists syncline.outbox_sent', ...prepared].join"
    )
  )
]
