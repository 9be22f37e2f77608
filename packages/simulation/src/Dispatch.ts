/** When a process runs the integration: again and again, after pauses that chance decides, and sooner when it is woken. */
import type { Engine, EngineError, RunReport, RunOptions } from "@syncline/engine"
import { Effect, type Result } from "effect"

/** What a run is of: the whole integration or one of its jobs, both sides unless it says which. */
export interface Next extends Pick<RunOptions, "sides"> {
  readonly name: string
}

export interface Options {
  readonly next: () => Next
  /** Before the next run, in milliseconds. */
  readonly pauseMs: () => number
  readonly onRun: (outcome: Result.Result<RunReport, EngineError>, startedAtMs: number) => void
  readonly nowMs: () => number
}

/** Never ends. What the engine answers with an error is tried again after the next pause. */
export const forever = (engine: Engine["Service"], { next, nowMs, onRun, pauseMs }: Options): Effect.Effect<void> =>
  Effect.gen(function* () {
    while (true) {
      yield* Effect.sleep(pauseMs())
      const startedAtMs = nowMs()
      const { name, ...sides } = next()
      const outcome = yield* Effect.result(engine.run(name, sides))
      onRun(outcome, startedAtMs)
    }
  })
