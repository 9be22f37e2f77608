/** The one place that knows Effect's command line module, which may still change between minor versions. */
import { Effect } from "effect"
import { Argument, CliConfig, CliError, CliOutput, Command, Flag, GlobalFlag } from "effect/cli"

export { Argument, Command, Flag }

/** How many cells of a terminal a text takes: two for most of Han, kana, Hangul and emoji, none for colours. */
export const textWidth = CliOutput.displayWidth

/** A command line that was no order to do something: help was asked for, or it could not be understood. */
export type Misread =
  | { readonly _tag: "Help" }
  | { readonly _tag: "Wrong"; readonly message: string; readonly command: string }

/** What a failure of the parser means, or null when the failure is not the parser's. */
export const misread = (error: unknown): Misread | null => {
  if (!CliError.isCliError(error)) return null
  const errors = error._tag === "ShowHelp" ? error.errors : [error]
  if (errors.length === 0) return { _tag: "Help" }
  return {
    _tag: "Wrong",
    message: errors.map(({ message }) => message.replace(/\n\s*\n/g, "\n")).join("\n"),
    command: error._tag === "ShowHelp" ? error.commandPath.join(" ") : ""
  }
}

/** A mistake is told like any other, in a few lines, and not under a screen of help. */
const presenter: CliOutput.Presenter = {
  present: (event) => (event._tag === "InvalidInvocation" ? Effect.void : CliOutput.defaultPresenter.present(event))
}

/** Without a wizard and without a log level: there is nothing that they would ask or show. */
const config = CliConfig.make({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })

/** Runs `command` with the words that follow the program's name. */
export const run = <const Name extends string, Input, E, R, ContextInput>(
  command: Command.Command<Name, Input, ContextInput, E, R>,
  options: { readonly version: string; readonly words: ReadonlyArray<string> }
) =>
  Command.runWith(command, { version: options.version })(options.words).pipe(
    Effect.provideService(CliConfig.CliConfig, config),
    Effect.provideService(CliOutput.Presenter, presenter)
  )
