/** All commands together. */
import { Command } from "./Cli.ts"
import { check } from "./commands/Check.ts"
import { demo } from "./commands/Demo.ts"
import { executions } from "./commands/Executions.ts"
import { failures } from "./commands/Failures.ts"
import { init } from "./commands/Init.ts"
import { run } from "./commands/Run.ts"
import { status } from "./commands/Status.ts"
import * as Output from "./Output.ts"
import { root } from "./Root.ts"

export const syncline = root.pipe(
  Command.withSubcommands([demo, init, check, run, status, executions, failures]),
  Command.provide(({ json }) => Output.layer(json))
)
