/** When a process runs the integration: again and again, after pauses that chance decides, and sooner when it is woken. */
import type { Engine, EngineError, RunReport, RunOptions } from "@syncline/engine"
import { Effect, type Result } from "effect"

export interface Options {
  readonly integration: string
  readonly sides: RunOptions["sides"]
  /** Before the next run, in milliseconds. */
  readonly pauseMs: () => number
  readonly onRun: (outcome: Result.Result<RunReport, EngineError>, startedAtMs: number) => void
  readonly nowMs: () => number
}

/** Never ends. What the engine answers with an error is tried again after the next pause. */
export const forever = (
  engine: Engine["Service"],
  { integration, nowMs, onRun, pauseMs, sides }: Options
): Effect.Effect<void> =>
  Effect.gen(function* () {
    while (true) {
      yield* Effect.sleep(pauseMs())
      const startedAtMs = nowMs()
      const outcome = yield* Effect.result(engine.run(integration, sides === undefined ? {} : { sides }))
      onRun(outcome, startedAtMs)
    }
  })
