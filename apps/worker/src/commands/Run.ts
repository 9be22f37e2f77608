/** `syncline run <integration|job>`: runs it now and waits. */
import { Engine } from "@syncline/engine"
import { Effect } from "effect"
import { Argument, Command, Flag } from "../Cli.ts"
import * as Following from "../Following.ts"
import * as Session from "../Session.ts"

const now = Effect.fn("run")(function* (name: string, full: boolean) {
  const engine = yield* Engine
  yield* Following.follow(["run", name], (options) => engine.run(name, { ...options, full }))
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
