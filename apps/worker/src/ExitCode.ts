/** The codes with which `syncline` ends. Scripts rely on them: a code keeps its meaning. */
import type { Execution } from "@syncline/core"
import type { EngineError, RunReport } from "@syncline/engine"

export const completed = 0
export const failed = 1
/** Of `plan`, so that it can gate a deployment. */
export const wouldChange = 2
export const completedWithErrors = 3
export const badInput = 4
export const unreachable = 5
export const busy = 6
export const moved = 7
/** `EX_SOFTWARE` of sysexits.h. */
export const bug = 70
/** 128 + SIGINT, as shells have it; SIGTERM ends with it too. */
export const interrupted = 130

/** What each code means, for `--help` and for the README. */
export const meanings: ReadonlyArray<readonly [code: number, meaning: string]> = [
  [completed, "done"],
  [failed, "a run failed or timed out, or what was compared differs"],
  [wouldChange, "a plan would change something"],
  [completedWithErrors, "completed, but some records failed: see `syncline failures`"],
  [badInput, "the command line or the configuration is wrong"],
  [unreachable, "the database or a provider cannot be reached or refuses the credentials"],
  [busy, "another process is running this job"],
  [moved, "what you looked at has changed since (a plan, a conflict); nothing was done: look again"],
  [bug, "a bug in Syncline"],
  [interrupted, "stopped by Ctrl-C or SIGTERM; what was committed stays"]
]

const ofStatus: Readonly<Record<Execution.Status, number>> = {
  // What an execution left queued is still under way, which is no failure.
  running: completed,
  completed,
  completed_with_errors: completedWithErrors,
  failed,
  timed_out: failed,
  cancelled: failed
}

/** The gravest of a run's executions; a job that was not started counts as failed. Who could not be asked comes before the rest. */
export const ofRun = (report: RunReport): number => {
  const codes = report.executions.map(({ status }) => ofStatus[status])
  if (report.executions.some(({ failure }) => failure === "auth" || failure === "transient")) return unreachable
  if (report.notStarted.length > 0 || codes.includes(failed)) return failed
  return codes.includes(completedWithErrors) ? completedWithErrors : completed
}

export const ofEngineError: Readonly<Record<EngineError["_tag"], number>> = {
  InvalidProject: badInput,
  UnknownName: badInput,
  AlreadyRunning: busy,
  StoreUnavailable: unreachable,
  NotFound: badInput,
  Moved: moved,
  Refused: badInput,
  ConnectionFailed: unreachable
}
