/** Two systems with people at work, and workers between them that anything may happen to. */
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { Capture, postgres } from "@syncline/connector-postgres"
import { Sql } from "@syncline/connector"
import { SqlRemote } from "@syncline/engine"
import { EmbeddedPostgres, Postgres } from "@syncline/store"
import { Effect, Redacted, Schedule, Schema } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Cuts from "./Cuts.ts"
import { crm } from "./Project.ts"

type Account = Effect.Success<ReturnType<typeof StripeSandbox.openFolder>>

export interface World {
  readonly account: Account
  readonly query: Postgres.Postgres["query"]
  /** One more worker. As whatever supervises workers would, another is started for each that ends. */
  readonly start: () => void
  readonly workers: Set<ChildProcess>
  readonly cuts: Cuts.Cuts
  /** What each record must hold in the end, by its email address. */
  readonly phones: Map<string, string>
  readonly notes: Map<string, string>
}

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

const ddl = `create schema crm; create table crm.contacts (id bigint generated always as identity primary key,
  full_name text, email text unique, phone text, note text)`

/** How soon a worker that has ended is started again. */
const restartAfterMs = 500

export const open = Effect.fn("World.open")(function* (options: { readonly isLogged: boolean }) {
  let isOver = false
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "syncline-chaos-"))),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )
  const { url } = yield* EmbeddedPostgres.start({ folder })
  const pool = yield* Postgres.open({ url, max: 4 })
  yield* pool.query(ddl)
  const config = yield* Effect.orDie(Schema.decodeUnknownEffect(postgres.config)(crm))
  yield* Effect.provideService(Capture.install(config, "contacts"), Sql, SqlRemote.onDatabase(pool))
  const account = yield* StripeSandbox.openFolder(join(folder, "stripe"), {
    size: { ...StripeSandbox.empty, customers: 20 }
  })
  const served = yield* StripeSandbox.serve(account)
  const cuts = yield* Cuts.before(Redacted.value(url))
  const workers = yield* Effect.acquireRelease(
    Effect.sync(() => new Set<ChildProcess>()),
    (all) =>
      Effect.sync(() => {
        isOver = true
        for (const worker of all) worker.kill("SIGKILL")
      })
  )
  const env = {
    ...process.env,
    DATABASE_URL: cuts.url,
    CHAOS_API_KEY: account.apiKey,
    CHAOS_URL: served.url,
    SYNCLINE_HOME: folder
  }
  const command = [
    "--conditions=@syncline/source",
    pathOf("../../../apps/worker/src/main.ts"),
    "worker",
    "--port=0",
    `--config=${pathOf("../../chaos.config.ts")}`
  ]
  const supervise = Effect.runForkWith(yield* Effect.context<never>())
  const start = () => {
    const log = options.isLogged ? "inherit" : "ignore"
    const worker = spawn(process.execPath, command, { cwd: folder, env, stdio: ["ignore", "ignore", log] })
    workers.add(worker)
    worker.on("exit", () => {
      workers.delete(worker)
      supervise(restarting)
    })
  }
  const restarting = Effect.suspend(() => (isOver ? Effect.void : Effect.sync(start))).pipe(
    Effect.delay(restartAfterMs)
  )
  const world: World = { account, query: pool.query, start, workers, cuts, phones: new Map(), notes: new Map() }
  return world
})

export const until = <E, R>(condition: Effect.Effect<boolean, E, R>) =>
  Effect.asVoid(Effect.repeat(condition, { until: (holds) => holds, schedule: Schedule.spaced("50 millis") }))

/** The process of the worker that drives, or 0. */
export const ownerPid = (world: World) =>
  Effect.map(
    world.query(
      "select w.pid from syncline.driver d join syncline.worker w on w.worker_id = d.worker order by d.taken_at desc limit 1"
    ),
    ([row]) => Number(row?.["pid"] ?? 0)
  )
