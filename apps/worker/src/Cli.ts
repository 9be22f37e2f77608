/** The one place that knows Effect's command line module, which may still change between minor versions. */
import { Effect } from "effect"
import { Argument, CliConfig, CliError, CliOutput, Command, Flag, GlobalFlag } from "effect/cli"

export { Argument, Command, Flag }

/** How many cells of a terminal a text takes: two for most of Han, kana, Hangul and emoji, none for colours. */
export const textWidth = CliOutput.displayWidth

/** How a command line that could not be understood ended: help was printed, with what is wrong if anything was. */
export type Misread = "help" | "error"

/** What a failure of the parser means, or null when the failure is not the parser's. */
export const misread = (error: unknown): Misread | null => {
  if (!CliError.isCliError(error)) return null
  return error._tag === "ShowHelp" && error.errors.length === 0 ? "help" : "error"
}

/** Without a wizard and without a log level: there is nothing that they would ask or show. */
const config = CliConfig.make({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })

/** Runs `command` with the words that follow the program's name. */
export const run = <const Name extends string, Input, E, R, ContextInput>(
  command: Command.Command<Name, Input, ContextInput, E, R>,
  options: { readonly version: string; readonly words: ReadonlyArray<string> }
) =>
  Effect.provideService(
    Command.runWith(command, { version: options.version })(options.words),
    CliConfig.CliConfig,
    config
  )
