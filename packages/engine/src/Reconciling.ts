/** The part of a reconciliation that decides and writes, under the pair's leases: of a pair whose sides both change, and of a mirror. */
import { type RecordId, Side } from "@syncline/core"
import { Reconciliations } from "@syncline/store"
import { Effect, Ref } from "effect"
import * as Compared from "./Compared.ts"
import { type Driving, type DrivingError, type DrivingServices, leaseOf } from "./Driving.ts"
import * as Find from "./Find.ts"
import type { Pair } from "./Pair.ts"
import { type PullError, type Pulling, takeOne } from "./Pull.ts"
import type { RunServices } from "./Run.ts"
import { take } from "./Take.ts"

/** `isCompared`: both sides were listed to their end; else only the deletions that a person has approved are carried out. */
export interface Task {
  readonly _tag: "Reconcile"
  readonly isCompared: boolean
}

export const twoWay = Effect.fn("Reconciling.twoWay")(function* (
  driving: Driving,
  task: Task
): Effect.fn.Return<void, DrivingError, DrivingServices> {
  yield* carryOut<DrivingError, DrivingServices>(
    {
      pair: driving.pair,
      lease: (side) => leaseOf(driving, side),
      take: (side, sighting) =>
        Effect.andThen(take(driving, side, sighting, { advance: null }), driving.onCommit("reconciling", null)),
      note: noteTo(driving)
    },
    task
  )
})

export const mirror = Effect.fn("Reconciling.mirror")(function* (
  pulling: Pulling,
  task: Task
): Effect.fn.Return<void, PullError, RunServices> {
  yield* carryOut<PullError, RunServices>(
    {
      pair: pulling.pair,
      lease: () => pulling.lease,
      take: (_, sighting) => takeOne(pulling, sighting, "reconciling"),
      mend: Effect.fnUntraced(function* (ids: ReadonlyArray<RecordId>) {
        const { sighting } = yield* Find.ask(pulling.pair.source, ids)
        // What is gone at the source too is a deletion there, and told as one.
        const present = sighting.seen.filter(({ _tag }) => _tag === "Present")
        yield* takeOne(pulling, { ...sighting, seen: present }, "reconciling", true)
      }),
      note: noteTo(pulling)
    },
    task
  )
})

const noteTo =
  ({ notes }: Pick<Driving, "notes">) =>
  (text: string) =>
    Ref.update(notes, (before) => [...before, text])

const carryOut = Effect.fnUntraced(function* <E, R>(taking: Compared.Taking<E, R>, { isCompared }: Task) {
  yield* Compared.carryOutApproved(taking)
  if (!isCompared) return
  const store = yield* Reconciliations.Reconciliations
  const { pair } = taking
  const compared = yield* store.compare(pair.key, {
    source: tellsAt(pair, "source"),
    target: tellsAt(pair, "target")
  })
  const { found, isTrusted } = yield* Compared.carryOut(taking, compared)
  yield* isTrusted ? store.finish(taking.lease("source"), found) : store.forget(pair.key)
})

/** Records that nobody has linked are of interest where they travel from, and where they can be made at the other side. */
export const tellsAt = ({ job, twoWay }: Pair, side: Side.Side) => {
  const travels = job.direction === "bidirectional" || job.direction === directionFrom[side]
  const canCreate = twoWay === null || twoWay.policy.verbs[Side.other(side)].create
  return { tellsMissed: travels && canCreate, tellsBack: travels }
}

const directionFrom = { source: "source_to_target", target: "target_to_source" } as const
