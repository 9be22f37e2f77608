/** A PostgreSQL server of a campaign's own, in a temporary folder, gone with its scope. */
import { EmbeddedPostgres, Postgres } from "@syncline/store"
import { Effect, Redacted } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

export const start = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "syncline-campaign-"))),
    (made) => Effect.promise(() => rm(made, { recursive: true, force: true }))
  )
  const server = yield* EmbeddedPostgres.start({
    folder,
    settings: ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
  })
  const pool = yield* Postgres.open({ url: server.url, max: 1 })
  /** An empty database, dropped with the scope. */
  const database = (name: string) =>
    Effect.acquireRelease(
      Effect.map(pool.query(`create database ${name} template template0 strategy wal_log`), () => {
        const url = new URL(Redacted.value(server.url))
        url.pathname = `/${name}`
        return url.href
      }),
      () => Effect.ignore(pool.query(`drop database ${name} with (force)`))
    )
  return { database }
})
