/**
 * One real PostgreSQL for all tests of a run: vitest's global set-up starts the embedded server in a temporary folder and stops it.
 *
 * In a test:
 * ```ts
 * import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
 * const url = await freshDatabase()          // an empty database of its own, as a URL with its password
 * ```
 * `inject("postgresUrl")` is the server's own database, to ask it things; leave it as it is. `inject("installedUrl")` is a server that
 * happens to be installed on this machine and lets us in without a password, or null: another version to try the same on, with
 * `freshDatabase(url)`.
 * Databases need no clean-up: they go with the run. Making one takes about 30 ms.
 */
import { Effect, Exit, Redacted, Result, Scope } from "effect"
import { randomUUID } from "node:crypto"
import { mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inject } from "vitest"
import type { TestProject } from "vitest/node"
import * as EmbeddedPostgres from "../packages/store/src/EmbeddedPostgres.ts"
import { isAlive } from "../packages/store/src/internal/Process.ts"
import * as Postgres from "../packages/store/src/Postgres.ts"

declare module "vitest" {
  export interface ProvidedContext {
    postgresUrl: string
    installedUrl: string | null
  }
}

// Nothing of a test outlives its run, so the disk need not be waited for.
const settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const temporary = await realpath(tmpdir())
  await removeAbandoned(temporary)
  const folder = await mkdtemp(join(temporary, `${prefix}${process.pid}-`))
  const scope = await Effect.runPromise(Scope.make())
  const server = await Effect.runPromise(EmbeddedPostgres.start({ folder, settings }).pipe(Scope.provide(scope)))
  project.provide("postgresUrl", Redacted.value(server.url))
  const installed = await findInstalled()
  project.provide("installedUrl", installed?.url ?? null)
  if (installed === null)
    process.stderr.write("skipped: no PostgreSQL at 127.0.0.1:5432 lets the user postgres in without a password\n")
  return async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    await remove(folder)
    if (installed !== null) await Effect.runPromise(Effect.scoped(leaveAsFound(installed)))
  }
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
  if (!hasRoles) yield* postgres.query("drop role if exists syncline_engine, syncline_maintenance")
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
    const file = join(temporary, name, "postgres", "cluster", "data", "postmaster.pid")
    const server = await readFile(file, "utf8").then(
      (text) => Number.parseInt(text, 10),
      () => 0
    )
    if (server > 0 && isAlive(server)) Result.try(() => process.kill(server, "SIGQUIT"))
    await remove(join(temporary, name)).catch(() => undefined)
  }
}

/** An empty database of its own on the run's server, or on another. A role that begins with its name goes with the run too. */
export const freshDatabase = async (server: string = inject("postgresUrl")): Promise<string> => {
  const name = `syncline_test_${process.ppid}_${randomUUID().replaceAll("-", "").slice(0, 20)}`
  await Effect.runPromise(
    Effect.scoped(
      Postgres.open({ url: Redacted.make(server), max: 1 }).pipe(
        // A copy of template0 by its files, without a checkpoint in between: several at once do not wait for each other.
        Effect.flatMap((postgres) => postgres.query(`create database ${name} template template0 strategy wal_log`))
      )
    )
  )
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
