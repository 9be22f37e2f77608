/** What a driver does for each priority class of a job. One line per class: another way of finding changes is another line. */
import { type PriorityClass, Side } from "@syncline/core"
import type { SqlError, Wakes } from "@syncline/store"
import { Effect } from "effect"
import * as Drive from "./Drive.ts"
import type { AlreadyRunning } from "./EngineError.ts"
import type { Pair } from "./Pair.ts"
import type { ExecutionReport } from "./Report.ts"
import * as Reconcile from "./Reconcile.ts"
import * as Run from "./Run.ts"

/** A wake, and the pair that it is about. */
export interface Errand {
  readonly pair: Pair
  readonly due: Wakes.Due
  /** Asked after each commit: whether the turn belongs to something else now. Then the work ends, to be gone on with. */
  readonly mustYield: Effect.Effect<boolean>
  /** How its run ends: what becomes of the wake is stored with it where it is known by then. */
  readonly end: NonNullable<Run.TurnOfRun["end"]>
}

/** Null: there was nothing to do, and no execution. A report whose status is `running` is gone on with in another turn. */
export type Work = (errand: Errand) => Effect.Effect<ExecutionReport | null, AlreadyRunning | SqlError, Run.RunServices>

const run =
  (task: Drive.Task, isFull: boolean): Work =>
  ({ due, end, mustYield, pair }) =>
    Run.run(pair, {
      isFull,
      task,
      mayOverwrite: false,
      sides: Side.Side.literals,
      onProgress: () => Effect.void,
      turn: { trigger: due.trigger, resumes: due.execution, mustYield, end }
    })

/** What a minute's webhooks claim is one execution, however often the job is woken for them. */
const answerClaims: Work = (errand) =>
  errand.due.claimedInMs === 0
    ? run({ _tag: "Claims" }, false)({ ...errand, due: { ...errand.due, trigger: "webhook" } })
    : Effect.succeed(null)

export const works: Readonly<Record<PriorityClass.PriorityClass, Work>> = {
  webhook: answerClaims,
  edit: run({ _tag: "Apply" }, false),
  // By the job's own mode; until everything was listed once its calls are a backfill's.
  delta: run(Drive.sync, false),
  backfill: run(Drive.sync, true),
  reconcile: ({ due, end, mustYield, pair }) =>
    Effect.map(
      Reconcile.run(pair, {
        isDry: false,
        onProgress: () => Effect.void,
        turn: { trigger: due.trigger, resumes: due.execution, mustYield, end }
      }),
      ({ execution }) => execution
    )
}
