/** `syncline run <integration|job>`: runs it now and waits. */
import { Engine } from "@syncline/engine"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "../Cli.ts"
import * as Display from "../Display.ts"
import * as ExitCode from "../ExitCode.ts"
import * as Invocation from "../Invocation.ts"
import { Output } from "../Output.ts"
import { BadOutcome, ofEngine } from "../Problem.ts"
import { root } from "../Root.ts"
import * as Session from "../Session.ts"

const now = Effect.fn("run")(function* (name: string, full: boolean) {
  const engine = yield* Engine
  const output = yield* Output
  const display = yield* Display.make()
  const { config } = yield* root
  const again = Invocation.of(
    "run",
    name,
    ...Option.match(config, { onNone: () => [], onSome: (file) => ["--config", file] })
  )
  const report = yield* engine.run(name, { full, onProgress: display.onProgress, onEnded: display.onEnded }).pipe(
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
  yield* output.result({ ok: exitCode === ExitCode.completed, ...report })
  if (exitCode !== ExitCode.completed) return yield* new BadOutcome({ exitCode })
})

export const run = Command.make(
  "run",
  {
    name: Argument.String("integration-or-job").pipe(
      Argument.withDescription(
        "An integration, whose jobs run in dependency order, or one job, such as billing/customer"
      )
    ),
    full: Flag.Boolean("full").pipe(
      Flag.withDescription("List every record again, though only what changed would do"),
      Flag.withDefault(false)
    )
  },
  ({ name, full }) => Session.provide(now(name, full))
).pipe(
  Command.withShortDescription("Run an integration or a job now"),
  Command.withDescription(
    "Runs an integration's jobs in dependency order, or one job, and waits. Ctrl-C stops it; the next run goes on from there."
  ),
  Command.withExamples([
    { command: "syncline run billing", description: "Sync what changed since the last run; everything the first time" },
    { command: "syncline run billing/customer --full", description: "List every customer again" }
  ])
)
