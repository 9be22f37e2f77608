/**
 * A long campaign of random histories, on a PostgreSQL of its own:
 * `node --conditions=@syncline/source packages/engine/test/HistoriesCampaign.ts <first seed> <worlds> <histories in each>`.
 */
import { EmbeddedPostgres, Postgres } from "@syncline/store"
import { Console, Effect, Redacted } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { argv } from "node:process"
import * as Histories from "./Histories.ts"

const [first = 1, worlds = 20, size = 500] = argv.slice(2).map(Number)

const campaign = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "syncline-histories-"))),
    (made) => Effect.promise(() => rm(made, { recursive: true, force: true }))
  )
  const server = yield* EmbeddedPostgres.start({
    folder,
    settings: ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
  })
  const pool = yield* Postgres.open({ url: server.url, max: 1 })
  let played = 0
  let broken = 0
  for (let seed = first; seed < first + worlds; seed++) {
    const name = `histories_${seed}`
    yield* pool.query(`create database ${name} template template0 strategy wal_log`)
    const url = new URL(Redacted.value(server.url))
    url.pathname = `/${name}`
    const told = yield* Histories.play(url.href, seed, size)
    yield* pool.query(`drop database ${name} with (force)`)
    played += told.histories
    broken += told.violations.length
    yield* Console.log(
      `seed ${seed} (${told.setting}): ${told.histories} histories, ${told.syncs} syncs, ${told.conflicts} conflicts answered, ${told.durationMs} ms, ${told.violations.length} broken promises`
    )
    for (const violation of told.violations.slice(0, 12)) yield* Console.log(`  ${violation}`)
  }
  yield* Console.log(`${played} histories, ${broken} broken promises`)
})

Effect.runPromise(Effect.scoped(campaign)).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
