/** The server of a cluster: found by its pid file, or started; asked whether it is well; stopped. */
import { Clock, Effect, Result } from "effect"
import { spawn } from "node:child_process"
import { open, readFile, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import { EmbeddedPostgresError } from "../EmbeddedPostgresError.ts"
import * as Postgres from "../Postgres.ts"
import { type Cluster, url } from "./Cluster.ts"
import { environment, identity, isAlive } from "./Process.ts"

/** A server as its pid file describes it. */
export interface Server {
  readonly pid: number
  readonly port: number
}

/** Whether the process is a PostgreSQL server; null where that cannot be told. After a reboot its id may be anybody's. */
const isPostgres = (pid: number) =>
  Effect.promise(() =>
    readFile(`/proc/${pid}/cmdline`, "utf8").then(
      (line) => line.includes("postgres"),
      () => null
    )
  )

/**
 * The process that holds the cluster, if it lives. The pid file's lines are: pid, data folder, start time, port, socket folder,
 * address, shared memory, status. https://www.postgresql.org/docs/18/storage-file-layout.html
 */
const holder = Effect.fnUntraced(function* (cluster: Cluster) {
  const file = join(cluster.folder, "data", "postmaster.pid")
  const text = yield* Effect.promise(() => readFile(file, "utf8").catch(() => ""))
  const lines = text.split("\n")
  const server: Server = { pid: Number(lines[0]), port: Number(lines[3]) }
  if (!(server.pid > 0) || !isAlive(server.pid)) return null
  if ((yield* isPostgres(server.pid)) === false) {
    // Another program has the id of a server that did not end in order, and PostgreSQL refuses to start beside it.
    yield* Effect.promise(() => rm(file, { force: true }))
    return null
  }
  return { server, isReady: lines[7]?.trim() === "ready" }
})

/** Whether it is this cluster's server and serves us. Makes our database when it is missing. */
const isWell = (cluster: Cluster, { port }: Server) =>
  Effect.scoped(
    Effect.gen(function* () {
      const server = yield* Postgres.open({ url: url(cluster, port, "postgres"), max: 1 })
      const found = yield* server.query("select from pg_database where datname = 'syncline'")
      if (found.length > 0) return
      yield* server.query("create database syncline").pipe(
        // Another process was faster.
        Effect.catchIf(
          (error) => error.sqlState === "42P04" || error.sqlState === "23505",
          () => Effect.succeed([])
        )
      )
    })
  ).pipe(
    Effect.timeout("5 seconds"),
    Effect.as(true),
    Effect.catch((error) =>
      error._tag === "SqlError" && error.kind === "permission"
        ? Effect.fail(strange(cluster, error))
        : Effect.succeed(false)
    )
  )

const strange = (cluster: Cluster, error: Postgres.SqlError) =>
  new EmbeddedPostgresError({
    reason: "start",
    message: `the data in ${cluster.folder} was made by something else (${error.message}): remove that folder, or set SYNCLINE_HOME to another`
  })

const freePort = Effect.callback<number, EmbeddedPostgresError>((resume) => {
  const server = createServer()
  server.on("error", (cause) => resume(Effect.fail(EmbeddedPostgresError.ofSystem(cause))))
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

interface Launched {
  readonly pid: number | undefined
  readonly hasEnded: () => boolean
}

/** Starts a process of its own group, so that Ctrl-C ends us first and we then end the server in order. */
const launch = Effect.fnUntraced(function* (cluster: Cluster, settings: ReadonlyArray<string>) {
  const port = yield* freePort
  const args = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300",
    // A million links and their indexes are 300 MB: with the default of 128 MB a backfill waits for the disk, and checkpoints often.
    "shared_buffers=256MB",
    "max_wal_size=2GB",
    // So that a client that vanished is noticed while its statement waits; other systems do not offer it.
    ...(process.platform === "linux" ? ["client_connection_check_interval=1s"] : []),
    ...settings
  ].flatMap((setting) => ["-c", setting])
  return yield* Effect.tryPromise({
    try: async () => {
      const log = await open(join(cluster.folder, "log"), "w", 0o600)
      const child = spawn(
        cluster.binaries.postgres,
        ["-D", join(cluster.folder, "data"), "-p", String(port), ...args],
        {
          cwd: "/",
          env: environment,
          detached: true,
          stdio: ["ignore", log.fd, log.fd],
          ...identity(cluster.user)
        }
      )
      let ended = false
      child.on("error", () => {
        ended = true
      })
      child.on("exit", () => {
        ended = true
      })
      child.unref()
      await log.close()
      const launched: Launched = { pid: child.pid, hasEnded: () => ended }
      return launched
    },
    catch: EmbeddedPostgresError.ofSystem
  })
})

/** What a server says that did not start, though nothing is wrong: another process started one, or the last is not quite gone. */
const isPassing = (log: string) =>
  /lock file ".*" already exists|Address already in use|pre-existing shared memory block|could not bind/.test(log)

/** Patience with a server that replays its log after a crash, or that another process is just starting. */
const patienceMs = 60_000
const glanceMs = 20

/**
 * The cluster's server: the one that runs, which a killed process may have left behind, else one that is started now.
 * `isOurs`: we started it.
 */
export const find = Effect.fn("Server.find")(function* (cluster: Cluster, settings: ReadonlyArray<string>) {
  const untilMs = (yield* Clock.currentTimeMillis) + patienceMs
  let launched: Launched | null = null
  while ((yield* Clock.currentTimeMillis) < untilMs) {
    const held = yield* holder(cluster)
    if (held !== null && held.isReady && (yield* isWell(cluster, held.server))) {
      return { server: held.server, isOurs: held.server.pid === launched?.pid }
    }
    if (held === null && (launched === null || launched.hasEnded())) {
      if (launched !== null) yield* explain(cluster)
      launched = yield* launch(cluster, settings)
    }
    yield* Effect.sleep(glanceMs)
  }
  const held = yield* holder(cluster)
  const who = held === null ? "the embedded database" : `the embedded database (process ${held.server.pid})`
  return yield* new EmbeddedPostgresError({
    reason: "start",
    message: `${who} does not answer; end it${held === null ? "" : ` (kill ${held.server.pid})`} and start again; its log is ${join(
      cluster.folder,
      "log"
    )}`
  })
})

/** Fails with what the server said, unless that passes by itself. */
const explain = Effect.fnUntraced(function* (cluster: Cluster) {
  const log = yield* Effect.promise(() => readFile(join(cluster.folder, "log"), "utf8").catch(() => ""))
  if (!isPassing(log)) return yield* EmbeddedPostgresError.ofServer("postgres", log)
})

/** Stops it in order, unless another process is connected: whoever comes next finds it by its pid file. */
export const stop = Effect.fn("Server.stop")(function* (cluster: Cluster, server: Server) {
  if (yield* isUsedByOthers(cluster, server)) return
  // SIGINT is a fast shutdown: open transactions are rolled back, everything committed is on disk.
  Result.try(() => process.kill(server.pid, "SIGINT"))
  if (yield* hasEnded(server)) return
  // Its disk is full, or it is still replaying its log: it ends without more ado, and replays when it starts again.
  Result.try(() => process.kill(server.pid, "SIGQUIT"))
  yield* hasEnded(server)
})

/** Waits until the process is gone, for 10 s. */
const hasEnded = Effect.fnUntraced(function* ({ pid }: Server) {
  for (let waitedMs = 0; waitedMs < 10_000 && isAlive(pid); waitedMs += glanceMs) yield* Effect.sleep(glanceMs)
  return !isAlive(pid)
})

const isUsedByOthers = (cluster: Cluster, { port }: Server) =>
  Effect.scoped(
    Effect.gen(function* () {
      const asking = yield* Postgres.open({ url: url(cluster, port, "postgres"), max: 1 })
      // Our own connections have just been closed, and the server may need a moment to see it.
      for (let look = 0; look < 10; look++) {
        const others = yield* asking.query(
          "select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
        )
        if (others.length === 0) return false
        yield* Effect.sleep(glanceMs)
      }
      return true
    })
  ).pipe(Effect.catch(() => Effect.succeed(false)))
