/** A command as it is typed, without the process: what `main` does but for signals and streams, which takes a second less. */
import { ConfigProvider, Effect } from "effect"
import * as Ending from "../src/Ending.ts"
import { Shell } from "../src/Shell.ts"
import * as Stop from "../src/Stop.ts"
import * as Syncline from "../src/Syncline.ts"

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Plays `syncline <words>` in `folder`. It knows of the environment only what it is given. */
export const command = Effect.fn("Typed.command")(function* (
  words: ReadonlyArray<string>,
  folder: string,
  environment: Readonly<Record<string, string>>
): Effect.fn.Return<Ended> {
  const said = { stdout: "", stderr: "" }
  const sink = (name: keyof typeof said) => ({ write: (text: string) => (said[name] += text).length > 0 })
  const exit = yield* Syncline.play({ version: "0.0.0", words, stop: Stop.make().service }).pipe(
    Effect.provideService(Shell, { folder, stdout: sink("stdout"), stderr: sink("stderr") }),
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: environment })),
    Effect.exit
  )
  const ending = Ending.of(exit)
  const told = Ending.told(ending, { json: words.includes("--json"), trace: false })
  return { code: ending.exitCode, stdout: said.stdout + told.stdout, stderr: said.stderr + told.stderr }
})
