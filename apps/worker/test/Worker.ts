/** The real worker as a process in a folder of its own, and a look past it at what it has committed. */
import { type Account, Journal } from "@syncline/connector/sandbox"
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { EmbeddedPostgres, Postgres } from "@syncline/store"
import { Effect, Schedule, type Scope } from "effect"
import { spawn } from "node:child_process"
import { mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const program = join(dirname(fileURLToPath(import.meta.url)), "..", "src", "main.ts")

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Worker {
  readonly pid: number
  readonly kill: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** Waits until it has written this, or has ended. */
  readonly said: (text: string) => Effect.Effect<void>
  readonly hasSaid: (text: string) => boolean
  readonly ended: Effect.Effect<Ended>
}

/** Starts `syncline <words>`; the scope's end kills it. */
export const start = Effect.fn("Worker.start")(function* (
  words: ReadonlyArray<string>,
  settings: { readonly folder: string; readonly environment: Readonly<Record<string, string>> }
): Effect.fn.Return<Worker, never, Scope.Scope> {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["--conditions=@syncline/source", program, ...words], {
        cwd: settings.folder,
        env: { PATH: process.env["PATH"], HOME: settings.folder, ...settings.environment },
        stdio: ["ignore", "pipe", "pipe"]
      })
    ),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )
  let [stdout, stderr] = ["", ""]
  child.stdout.on("data", (text) => (stdout += String(text)))
  child.stderr.on("data", (text) => (stderr += String(text)))
  let end: Ended | null = null
  child.on("close", (code) => (end = { code, stdout, stderr }))
  const hasSaid = (text: string) => stderr.includes(text) || stdout.includes(text)
  return {
    pid: child.pid ?? 0,
    kill: (signal) => Effect.sync(() => void child.kill(signal)),
    said: (text) => until(Effect.sync(() => end !== null || hasSaid(text))),
    hasSaid,
    ended: Effect.gen(function* () {
      yield* until(Effect.sync(() => end !== null))
      return end ?? { code: null, stdout, stderr }
    })
  }
})

/** Looks every few milliseconds: what other processes do tells nobody. */
export const until = <E, R>(condition: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.asVoid(Effect.repeat(condition, { until: (holds) => holds, schedule: Schedule.spaced("5 millis") }))

const gone = (pid: number) =>
  Effect.sync(() => {
    try {
      return !process.kill(pid, 0)
    } catch {
      return true
    }
  })

/** A folder for all that demos keep. Its server is ended and its data removed with the scope. */
export const home = Effect.acquireRelease(
  Effect.promise(async () => realpath(await mkdtemp(join(await realpath(tmpdir()), "syncline-crash-")))),
  (folder) =>
    Effect.promise(async () => {
      // Where the server runs as another user, its data is elsewhere.
      const staged = await realpath(join(folder, "demo", "postgres")).catch(() => folder)
      await rm(staged, { recursive: true, force: true })
      await rm(folder, { recursive: true, force: true })
    })
)
