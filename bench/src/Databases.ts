/** Databases of one throw-away PostgreSQL server: every measured run gets a fresh one. */
import { EmbeddedPostgres } from "@syncline/store"
import { Effect, Redacted } from "effect"
import { mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import postgres from "postgres"

/** The mirror of customers in a database. */
const mirror = "stripe.customers"
const link = "syncline.link"

export interface Databases {
  readonly version: string
  /** Settings that decide how fast it can be, as the server runs. */
  readonly settings: Readonly<Record<string, string>>
  /** An empty database, or a copy of one. Whatever is dirty is written to the disk before it is answered, so nobody pays for another. */
  readonly fresh: (name: string, template?: string) => Promise<string>
  /** A database that a run has left, for another run. */
  readonly again: (name: string) => Promise<string>
  readonly drop: (name: string) => Promise<void>
  /** Rows of the mirror, which must be there. */
  readonly rows: (name: string) => Promise<number>
  /** Rows that statements have ever written to the mirror and to the links. */
  readonly writes: (name: string) => Promise<number>
  /** Leaves of a database only its mirror, without rows. */
  readonly keepEmptyMirror: (name: string) => Promise<void>
}

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "syncline-bench-"))),
  (folder) =>
    Effect.promise(async () => {
      // Where the server runs as another user, its data is elsewhere.
      const staged = await realpath(join(folder, "postgres")).catch(() => folder)
      await rm(staged, { recursive: true, force: true })
      await rm(folder, { recursive: true, force: true })
    })
)

/** Starts the server, as Syncline ships it, in a temporary folder; both go with the scope. */
export const open = Effect.gen(function* () {
  const server = yield* EmbeddedPostgres.start({ folder: yield* folder })
  const serverUrl = Redacted.value(server.url)
  const url = (name: string): string => {
    const url = new URL(serverUrl)
    url.pathname = `/${name}`
    return url.href
  }
  const admin = yield* Effect.acquireRelease(
    Effect.sync(() => postgres(serverUrl, { max: 1, onnotice: () => {} })),
    (sql) => Effect.promise(() => sql.end())
  )
  const ask = async (name: string, text: string): Promise<number> => {
    const sql = postgres(url(name), { max: 1, onnotice: () => {} })
    const [row] = await sql.unsafe(text)
    await sql.end()
    return Number(row?.["n"] ?? 0)
  }
  const names = ["shared_buffers", "fsync", "synchronous_commit", "full_page_writes", "max_wal_size", "wal_compression"]
  const settings = yield* Effect.promise(
    () =>
      admin`select name, setting || coalesce(unit, '') as setting from pg_settings where name = any(${names}) order by name`
  )
  const [version] = yield* Effect.promise(() => admin`show server_version`)
  const databases: Databases = {
    version: String(version?.["server_version"]),
    settings: Object.fromEntries(settings.map(({ name, setting }) => [String(name), String(setting)])),
    fresh: async (name, template = "template0") => {
      await admin.unsafe(`drop database if exists ${name} with (force)`)
      await admin.unsafe(`create database ${name} template ${template} strategy wal_log`)
      await admin.unsafe("checkpoint")
      return url(name)
    },
    again: async (name) => {
      await admin.unsafe("checkpoint")
      return url(name)
    },
    drop: async (name) => {
      await admin.unsafe(`drop database if exists ${name} with (force)`)
    },
    rows: (name) => ask(name, `select count(*) as n from ${mirror}`),
    writes: (name) =>
      ask(
        name,
        `select sum(n_tup_ins + n_tup_upd + n_tup_del) as n from pg_stat_user_tables
         where relid in ('${mirror}'::regclass, to_regclass('${link}'))`
      ),
    keepEmptyMirror: async (name) => {
      await ask(
        name,
        `truncate ${mirror}; drop schema if exists syncline cascade; drop schema if exists pgboss cascade`
      )
    }
  }
  return databases
})
