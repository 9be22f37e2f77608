/** When a process runs the integration: again and again, after pauses that chance decides, and sooner when it is woken. */
import type { Engine, EngineError, RunReport, RunOptions } from "@syncline/engine"
import { Effect, Result } from "effect"

/**
 * What is next: a run of the whole integration or of one of its jobs, both sides unless it says which; a reconciliation; or what webhooks
 * have told of.
 */
export interface Next extends Pick<RunOptions, "sides"> {
  readonly name: string
  readonly verb: "run" | "reconcile" | "ingest"
}

export interface Options {
  readonly next: () => Next
  /** Before the next run, in milliseconds. */
  readonly pauseMs: (isRefused: boolean) => number
  readonly onRun: (outcome: Result.Result<RunReport, EngineError>, startedAtMs: number, next: Next) => void
  readonly nowMs: () => number
}

/** Never ends. What the engine answers with an error is tried again after the next pause. */
export const forever = (engine: Engine["Service"], { next, nowMs, onRun, pauseMs }: Options): Effect.Effect<void> =>
  Effect.gen(function* () {
    let isRefused = false
    while (true) {
      yield* Effect.sleep(pauseMs(isRefused))
      const startedAtMs = nowMs()
      const what = next()
      const outcome = yield* Effect.result(perform(engine, what))
      isRefused = Result.isFailure(outcome) && outcome.failure._tag === "AlreadyRunning"
      onRun(outcome, startedAtMs, what)
    }
  })

const perform = (engine: Engine["Service"], next: Next): Effect.Effect<RunReport, EngineError> => {
  switch (next.verb) {
    case "run":
      return engine.run(next.name, next)
    case "reconcile":
      return reconcile(engine, next)
    case "ingest":
      return engine.webhooks.ingest(next.name)
  }
}

/** A job whose ids were not compared to the end counts as not started. */
const reconcile = (engine: Engine["Service"], { name }: Next): Effect.Effect<RunReport, EngineError> =>
  Effect.map(engine.reconcile(name), (reports) => ({
    executions: reports.flatMap(({ execution }) => execution ?? []),
    notStarted: reports.flatMap(({ found, job }) => (found === null ? [{ job, because: job }] : []))
  }))

const did: Readonly<Record<Next["verb"], string>> = { run: "ran", reconcile: "reconciled", ingest: "followed webhooks" }

/** For a tale: what was done, and what came of it. */
export const told = ({ verb }: Next, outcome: Result.Result<RunReport, EngineError>): readonly [string, string] => [
  did[verb],
  Result.isFailure(outcome)
    ? `${outcome.failure._tag}: ${outcome.failure.message}`
    : outcome.success.executions
        .map(
          ({ counters, job, reason, status }) =>
            `${job} ${status} ${counters.processed}${reason === null ? "" : ` (${reason})`}`
        )
        .join(", ")
]
