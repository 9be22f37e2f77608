#!/usr/bin/env node
/** The `syncline` command: starts it, stops it on a signal, and ends with a code that scripts can rely on. */
import { Config, Effect, Fiber } from "effect"
import { createRequire } from "node:module"
import { setFlagsFromString } from "node:v8"
import * as Ending from "./Ending.ts"
import * as ExitCode from "./ExitCode.ts"
import * as Stop from "./Stop.ts"
import * as Syncline from "./Syncline.ts"

// Where collecting is cheap, V8 lets garbage grow to three times what lives: 320 MiB for a backfill that does as well with 200.
setFlagsFromString("--heap-growing-percent=50")

const words = process.argv.slice(2)
const wantsJson = words.includes("--json")
const debug = Effect.runSync(Effect.orDie(Config.withDefault(Config.String("SYNCLINE_DEBUG"), "")))
const wantsTrace = words.includes("--debug") || !["", "0", "false"].includes(debug)

// Who reads our output may stop reading (`| head`). The work goes on, unheard.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})

// Node warns about a configuration whose package.json does not say "type": "module", which is no concern of its author's.
const printWarning = process.listeners("warning")
process.removeAllListeners("warning")
process.on("warning", (warning) => {
  if ("code" in warning && warning.code === "MODULE_TYPELESS_PACKAGE_JSON") return
  for (const print of printWarning) print(warning)
})

const { version }: { readonly version: string } = createRequire(import.meta.url)("../package.json")

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((done) => void stream.write("", () => done()))

let hasEnded = false

const end = async (ending: Ending.Ending): Promise<void> => {
  if (hasEnded) return
  hasEnded = true
  const told = Ending.told(ending, { json: wantsJson, trace: wantsTrace })
  if (told.stderr !== "") process.stderr.write(told.stderr)
  if (told.stdout !== "") process.stdout.write(told.stdout)
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  process.exit(ending.exitCode)
}

const wish = Stop.make()
const fiber = Effect.runFork(Syncline.play({ version, words, stop: wish.service }))

let ending: Ending.Ending | null = null
fiber.addObserver((exit) => void end(ending ?? Ending.of(exit)))

/** Ends as said when the command has put everything in order, or after a while without. */
const endSoon = (last: Ending.Ending, patience: "5 seconds" | "10 seconds"): void => {
  ending = last
  Effect.runFork(
    Fiber.interrupt(fiber).pipe(Effect.timeoutOption(patience), Effect.andThen(Effect.promise(() => end(last))))
  )
}

let isStopping = false

/** The first signal ends the command in order, the second at once. */
const stop = (): void => {
  if (isStopping) process.exit(ExitCode.interrupted)
  isStopping = true
  if (ending !== null || wish.ask()) return
  endSoon({ exitCode: ExitCode.interrupted, problem: null, trace: "" }, "10 seconds")
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop)

/** The process is no longer sound, but it may still stop its database server. */
const giveUp = (error: unknown): void => {
  if (ending === null) endSoon(Ending.ofUncaught(error), "5 seconds")
}
process.on("uncaughtException", giveUp)
process.on("unhandledRejection", giveUp)
