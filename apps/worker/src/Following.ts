/** Follows a run to its end, whichever command began it: bars or lines meanwhile, then its outcome and its exit code. */
import type { EngineError, RunOptions, RunReport } from "@syncline/engine"
import { Effect, Option } from "effect"
import * as Display from "./Display.ts"
import * as ExitCode from "./ExitCode.ts"
import * as Invocation from "./Invocation.ts"
import { Output } from "./Output.ts"
import { BadOutcome, ofEngine } from "./Problem.ts"
import { root } from "./Root.ts"

/** `words` are the command that goes on where a stopped one ended. */
export const follow = Effect.fn("Following.follow")(function* (
  words: ReadonlyArray<string>,
  start: (options: Required<Pick<RunOptions, "onProgress" | "onEnded">>) => Effect.Effect<RunReport, EngineError>
) {
  const output = yield* Output
  const display = yield* Display.make()
  const { config } = yield* root
  const again = Invocation.of(
    ...words,
    ...Option.match(config, { onNone: () => [], onSome: (file) => ["--config", file] })
  )
  const report = yield* start({ onProgress: display.onProgress, onEnded: display.onEnded }).pipe(
    Effect.mapError(ofEngine),
    Effect.onInterrupt(() =>
      Effect.andThen(
        display.clear,
        output.print(["Stopped. What was committed stays. Go on from there with:", `  ${again}`])
      )
    )
  )
  yield* display.close(report)
  const exitCode = ExitCode.ofRun(report)
  if (exitCode === ExitCode.completedWithErrors)
    yield* output.print(["Records failed; see them with:", "  syncline failures"])
  if (report.executions.some(({ counters }) => counters.conflicted > 0))
    yield* output.print(["Conflicts wait for you; see them with:", "  syncline conflicts list"])
  yield* output.result({ ok: exitCode === ExitCode.completed, ...report })
  if (exitCode !== ExitCode.completed) return yield* new BadOutcome({ exitCode })
})
