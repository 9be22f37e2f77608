/**
 * A real PostgreSQL for each worker of a run: vitest's global set-up starts embedded servers in temporary folders and stops them. One
 * for all would not do: a transaction in any database of a server holds up what change logs of all others show.
 *
 * In a test:
 * ```ts
 * import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
 * const url = await freshDatabase()          // an empty database of its own, as a URL with its password
 * const url = await storeDatabase()          // the same with the store's tables and roles
 * ```
 * `ownServer()` is the server's own database, to ask it things; leave it as it is. `inject("installedUrl")` is a server that
 * happens to be installed on this machine and lets us in without a password, or null: another version to try the same on, with
 * `freshDatabase(url)`.
 * Databases need no clean-up: they go with the run. Making one takes about 30 ms; the store's tables are made once, and copied.
 */
import { Effect, Exit, Redacted, Result, Scope } from "effect"
import { randomUUID } from "node:crypto"
import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inject } from "vitest"
import type { TestProject } from "vitest/node"
import * as EmbeddedPostgres from "../packages/store/src/EmbeddedPostgres.ts"
import { isAlive } from "../packages/store/src/internal/Process.ts"
import * as Migrations from "../packages/store/src/Migrations.ts"
import * as Postgres from "../packages/store/src/Postgres.ts"
import * as Roles from "../packages/store/src/Roles.ts"

declare module "vitest" {
  export interface ProvidedContext {
    /** One for each worker. */
    postgresUrls: ReadonlyArray<string>
    installedUrl: string | null
  }
}

// Nothing of a test outlives its run, so the disk need not be waited for.
const settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const temporary = await realpath(tmpdir())
  await removeAbandoned(temporary)
  const folder = await mkdtemp(join(temporary, `${prefix}${process.pid}-`))
  // Commands that tests start load hundreds of modules: the first compiles them for all.
  process.env["NODE_COMPILE_CACHE"] = join(folder, "compiled")
  const scope = await Effect.runPromise(Scope.make())
  const servers = Array.from({ length: project.vitest.config.maxWorkers }, (_, index) => join(folder, String(index)))
  const urls = await Effect.runPromise(
    Effect.forEach(servers, startServer, { concurrency: "unbounded" }).pipe(Scope.provide(scope))
  )
  project.provide("postgresUrls", urls)
  const installed = await findInstalled()
  project.provide("installedUrl", installed?.url ?? null)
  if (installed === null)
    process.stderr.write("skipped: no PostgreSQL at 127.0.0.1:5432 lets the user postgres in without a password\n")
  return async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    for (const server of servers) await remove(server)
    // A command that was just killed may still be writing what it compiled.
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    if (installed !== null) await Effect.runPromise(Effect.scoped(leaveAsFound(installed)))
  }
}

const startServer = Effect.fnUntraced(function* (folder: string) {
  yield* Effect.promise(() => mkdir(folder))
  const { url } = yield* EmbeddedPostgres.start({ folder, settings })
  yield* Effect.scoped(makeTemplate(url))
  return Redacted.value(url)
})

const template = "syncline_test_store"

/** A database with the store's tables, which nobody may connect to: it could not be copied meanwhile. */
const makeTemplate = Effect.fnUntraced(function* (server: Redacted.Redacted) {
  const postgres = yield* Postgres.open({ url: server, max: 1 })
  yield* postgres.query(`create database ${template} template template0 strategy wal_log`)
  const url = Redacted.make(withName(Redacted.value(server), template))
  yield* Effect.scoped(
    Effect.flatMap(Postgres.open({ url }), (store) => Effect.andThen(Migrations.run(store), Roles.ensure(store)))
  )
  yield* postgres.query(`alter database ${template} allow_connections false`)
})

const withName = (server: string, name: string): string => {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** A server that tests may use beside their own, and whether it knew our roles before. */
interface Installed {
  readonly url: string
  readonly hasRoles: boolean
}

const roles = "select from pg_roles where rolname in ('syncline_engine', 'syncline_maintenance')"

const findInstalled = (): Promise<Installed | null> => {
  const url = "postgres://postgres@127.0.0.1:5432/postgres"
  return Effect.runPromise(
    Effect.scoped(
      Postgres.open({ url: Redacted.make(url), max: 1 }).pipe(
        Effect.flatMap((postgres) => postgres.query(roles)),
        Effect.map((rows): Installed => ({ url, hasRoles: rows.length > 0 })),
        Effect.timeout("2 seconds"),
        Effect.catch(() => Effect.succeed(null))
      )
    )
  )
}

const leaveAsFound = Effect.fnUntraced(function* ({ hasRoles, url }: Installed) {
  const postgres = yield* Postgres.open({ url: Redacted.make(url), max: 1 })
  const made = yield* postgres.query("select datname from pg_database where datname like $1 order by datname", [
    `${databases}%`
  ])
  for (const { datname } of made) yield* postgres.query(`drop database if exists ${String(datname)} with (force)`)
  const users = yield* postgres.query("select rolname from pg_roles where rolname like $1 order by rolname", [
    `${databases}%`
  ])
  for (const { rolname } of users) yield* postgres.query(`drop role ${String(rolname)}`)
  if (hasRoles) return
  yield* postgres.query("drop role if exists syncline_engine, syncline_maintenance").pipe(
    // A run at the same time has databases there that need them.
    Effect.catchIf(
      ({ sqlState }) => sqlState === "2BP01",
      () => Effect.void
    )
  )
})

const databases = `syncline_test_${process.pid}_`

const prefix = "syncline-test-"

const remove = async (folder: string) => {
  // Where the server runs as another user, its data is elsewhere.
  const staged = await realpath(join(folder, "postgres")).catch(() => folder)
  await rm(staged, { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
}

/** Ends the servers of runs that were killed, and removes their data. */
const removeAbandoned = async (temporary: string) => {
  for (const name of await readdir(temporary)) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const folder = join(temporary, name)
    for (const server of await readdir(folder)) await end(join(folder, server)).catch(() => undefined)
    await rm(folder, { recursive: true, force: true }).catch(() => undefined)
  }
}

const end = async (server: string) => {
  const file = join(server, "postgres", "cluster", "data", "postmaster.pid")
  const pid = await readFile(file, "utf8").then(
    (text) => Number.parseInt(text, 10),
    () => 0
  )
  if (pid > 0 && isAlive(pid)) Result.try(() => process.kill(pid, "SIGQUIT"))
  await remove(server)
}

/** The server of this worker, which tests in other workers do not use. */
export const ownServer = (): string => {
  const url = inject("postgresUrls")[Number(process.env["VITEST_POOL_ID"]) - 1]
  if (url === undefined) throw new Error(`there is no server for worker ${process.env["VITEST_POOL_ID"]}`)
  return url
}

/** An empty database of its own on the run's server, or on another. A role that begins with its name goes with the run too. */
export const freshDatabase = (server: string = ownServer()): Promise<string> => copyOf("template0", server)

/** The same on the run's server, with the store's tables. What the store says about an empty database is the store's own to test. */
export const storeDatabase = (): Promise<string> => copyOf(template, ownServer())

const copyOf = async (original: string, server: string): Promise<string> => {
  const name = `syncline_test_${process.ppid}_${randomUUID().replaceAll("-", "").slice(0, 20)}`
  // By its files, after a checkpoint, which costs next to nothing where the disk is not waited for.
  const strategy = inject("postgresUrls").includes(server) ? "file_copy" : "wal_log"
  await Effect.runPromise(
    Effect.scoped(
      Postgres.open({ url: Redacted.make(server), max: 1 }).pipe(
        Effect.flatMap((postgres) =>
          postgres.query(`create database ${name} template ${original} strategy ${strategy}`)
        )
      )
    )
  )
  return withName(server, name)
}
