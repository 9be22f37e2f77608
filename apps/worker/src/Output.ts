/** Where a command writes. People read one stream; with `--json` a program reads the other. */
import { Config, Context, Effect, Layer, Option } from "effect"
import { Shell, type Sink } from "./Shell.ts"
import type * as Style from "./Style.ts"

export class Output extends Context.Service<
  Output,
  {
    /** Whether lines already written can be written over. */
    readonly isInteractive: boolean
    readonly style: Style.Style
    /** Asked each time, because windows are resized. */
    readonly columns: Effect.Effect<number>
    /** For people: standard output, or standard error when standard output is for a program. */
    readonly print: (lines: ReadonlyArray<string>) => Effect.Effect<void>
    /** The same, as it is: control sequences, and lines without an end. */
    readonly write: (text: string) => Effect.Effect<void>
    /** For programs: with `--json` one line of JSON, the last that is written; else nothing. */
    readonly result: (value: unknown) => Effect.Effect<void>
  }
>()("syncline/Output") {}

const textOf = (name: string): Config.Config<string> => Config.withDefault(Config.String(name), "")

const environment = Config.all({ noColour: textOf("NO_COLOR"), terminal: textOf("TERM") })

/** `json`: whether a program reads standard output. */
export const layer = (json: boolean): Layer.Layer<Output> =>
  Layer.unwrap(Effect.map(Shell, ({ stderr, stdout }) => layerOf(json, stdout, stderr)))

/** The same on other streams. */
export const layerOf = (json: boolean, stdout: Sink, stderr: Sink): Layer.Layer<Output> =>
  Layer.effect(
    Output,
    Effect.gen(function* () {
      const { noColour, terminal } = yield* Effect.orDie(environment)
      const people = json ? stderr : stdout
      const isInteractive = people.isTTY === true && terminal !== "dumb"
      const write = (text: string) => Effect.sync(() => void people.write(text))
      return Output.of({
        isInteractive,
        style: isInteractive && noColour === "" ? "coloured" : "plain",
        columns: Effect.sync(() => Option.getOrElse(Option.fromUndefinedOr(people.columns), () => 80)),
        print: (lines) => (lines.length === 0 ? Effect.void : write(`${lines.join("\n")}\n`)),
        write,
        result: (value) => (json ? Effect.sync(() => void stdout.write(`${JSON.stringify(value)}\n`)) : Effect.void)
      })
    })
  )
