/** The real worker as a process, and a look past it at what it has left in its folder. */
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { EmbeddedPostgres, Postgres } from "@syncline/store"
import { Effect, Result, Schedule, type Scope } from "effect"
import { spawn } from "node:child_process"
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const program = join(dirname(fileURLToPath(import.meta.url)), "..", "src", "main.ts")

/** What a command gets of the environment of its test, beside what it is given. */
export const inherited = {
  PATH: process.env["PATH"],
  NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"]
}

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Worker {
  readonly pid: number
  readonly kill: (signal: NodeJS.Signals) => Effect.Effect<void>
  readonly hasSaid: (text: string) => boolean
  readonly hasEnded: () => boolean
  readonly ended: Effect.Effect<Ended>
}

/** Starts `syncline <words>` in `folder`, which is its HOME too. The scope's end kills it. */
export const start = Effect.fn("Worker.start")(function* (
  words: ReadonlyArray<string>,
  folder: string,
  environment: Readonly<Record<string, string>> = { SYNCLINE_HOME: folder }
): Effect.fn.Return<Worker, never, Scope.Scope> {
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["--conditions=@syncline/source", program, ...words], {
        cwd: folder,
        env: { ...inherited, HOME: folder, ...environment },
        stdio: ["ignore", "pipe", "pipe"]
      })
    ),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )
  const said = { stdout: "", stderr: "" }
  child.stdout.on("data", (text) => (said.stdout += String(text)))
  child.stderr.on("data", (text) => (said.stderr += String(text)))
  let hasEnded = false
  child.on("close", () => (hasEnded = true))
  return {
    pid: child.pid ?? 0,
    kill: (signal) => Effect.sync(() => void child.kill(signal)),
    hasSaid: (text) => said.stderr.includes(text) || said.stdout.includes(text),
    hasEnded: () => hasEnded,
    ended: Effect.map(until(Effect.sync(() => hasEnded)), () => ({ code: child.exitCode, ...said }))
  }
})

/** Looks every few milliseconds, because what another process does tells nobody. */
export const until = <E, R>(condition: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.asVoid(Effect.repeat(condition, { until: (holds) => holds, schedule: Schedule.spaced("5 millis") }))

/** A folder for `SYNCLINE_HOME`. With the scope its server is ended and all of it removed. */
export const home: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(async () => mkdtemp(join(await realpath(tmpdir()), "syncline-crash-"))),
  (folder) =>
    Effect.gen(function* () {
      const pid = yield* serverOf(folder)
      if (pid !== null) {
        yield* Effect.sync(() => Result.try(() => process.kill(pid, "SIGINT")))
        yield* until(Effect.map(serverOf(folder), (left) => left === null))
      }
      // Where the server runs as another user, its data is elsewhere.
      const staged = yield* Effect.promise(() => realpath(join(folder, "demo", "postgres")).catch(() => folder))
      for (const path of [staged, folder]) yield* Effect.promise(() => rm(path, { recursive: true, force: true }))
    })
)

/** The process id of the database server of the folder's demo, or null when none runs. */
export const serverOf = (folder: string): Effect.Effect<number | null> =>
  Effect.promise(async () => {
    const file = join(folder, "demo", "postgres", "cluster", "data", "postmaster.pid")
    const pid = Number.parseInt(await readFile(file, "utf8").catch(() => ""), 10)
    return pid > 0 && Result.isSuccess(Result.try(() => process.kill(pid, 0))) ? pid : null
  })

/** The database of the folder's demo, through a server that runs or is started now. */
export const database = Effect.fn("Worker.database")(function* (folder: string) {
  const { isOurs, url } = yield* EmbeddedPostgres.start({ folder: join(folder, "demo") })
  return { wasRunning: !isOurs, postgres: yield* Postgres.open({ url, max: 1 }) }
})

export interface Calls {
  /** Pages of listings. */
  readonly pages: number
  /** What every run asks of each entity before its first record: where listings and changes begin, and what changed. */
  readonly starts: number
  readonly total: number
}

/** How often the folder's sandbox, which was made with so many records, was ever called. */
export const calls = (folder: string, size: StripeSandbox.Size): Effect.Effect<Calls> =>
  StripeSandbox.openFolder(join(folder, "demo", "stripe"), { size }).pipe(
    Effect.flatMap((account) => account.calls.byEndpoint),
    Effect.map((calls) => {
      const sum = (isCounted: (endpoint: string) => boolean) =>
        [...calls].reduce((sum, [endpoint, count]) => sum + (isCounted(endpoint) ? count : 0), 0)
      const isStart = (endpoint: string) => endpoint === "GET /v1/account" || endpoint === "GET /v1/events"
      return {
        pages: sum((endpoint) => !isStart(endpoint) && !endpoint.endsWith("/{id}")),
        starts: sum(isStart),
        total: sum(() => true)
      }
    }),
    Effect.orDie,
    Effect.scoped
  )
