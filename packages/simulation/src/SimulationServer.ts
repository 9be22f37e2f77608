/** The PostgreSQL server that simulations run on: not durable, without anything that happens by itself, reached by its own socket. */
import { EmbeddedPostgres, Postgres, Store } from "@syncline/store"
import { Effect, Layer, Redacted, type Scope } from "effect"
import { chmod, mkdir, mkdtemp, realpath, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Place } from "./BackendPool.ts"

const settings = (socketFolder: string): ReadonlyArray<string> => [
  `unix_socket_directories=${socketFolder}`,
  "fsync=off",
  "synchronous_commit=off",
  "full_page_writes=off",
  "wal_level=minimal",
  "max_wal_senders=0",
  "autovacuum=off",
  "jit=off"
]

export interface SimulationServer {
  /** An empty database with the store's tables, and how to reach it. */
  readonly database: (name: string) => Effect.Effect<Place, EmbeddedPostgres.EmbeddedPostgresError | Postgres.SqlError>
}

/** Starts a server of its own in a temporary folder, and removes it with the scope. */
export const start: Effect.Effect<SimulationServer, EmbeddedPostgres.EmbeddedPostgresError, Scope.Scope> = Effect.gen(
  function* () {
    const folder = yield* Effect.acquireRelease(Effect.promise(makeFolder), (made) =>
      Effect.promise(() => remove(made))
    )
    const socketFolder = join(folder, "socket")
    yield* Effect.promise(() => openFolder(folder, socketFolder))
    const server = yield* EmbeddedPostgres.start({ folder, settings: settings(socketFolder) })
    return { database: (name: string) => prepared(Redacted.value(server.url), socketFolder, name) }
  }
)

const makeFolder = async () => mkdtemp(join(await realpath(tmpdir()), "syncline-simulation-"))

/** Where a server that runs as another user may make its socket. */
const openFolder = async (folder: string, socketFolder: string) => {
  await mkdir(socketFolder)
  await chmod(folder, 0o711)
  await chmod(socketFolder, 0o777)
}

const remove = async (folder: string) => {
  const staged = await realpath(join(folder, "postgres")).catch(() => folder)
  await rm(staged, { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
}

const prepared = (serverUrl: string, socketFolder: string, name: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const server = yield* Postgres.open({ url: Redacted.make(serverUrl), max: 1 })
      yield* server.query(`create database ${name} template template0 strategy wal_log`)
      const url = new URL(serverUrl)
      url.pathname = `/${name}`
      // The production start, once: it makes the tables and the roles.
      yield* Layer.build(Store.layer({ url: Redacted.make(url.href) }))
      const place: Place = {
        host: socketFolder,
        port: Number(url.port),
        user: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
        database: name
      }
      return place
    })
  )
