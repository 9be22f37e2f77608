/**
 * `node --expose-gc --conditions=@syncline/source bench/src/reconcile/main.ts 1000000`: so many records on both sides, whose ids are
 * listed and compared; how much time and memory that takes of the engine, apart from PostgreSQL's.
 */
import { HttpClient } from "@syncline/connector"
import { postgres } from "@syncline/connector-postgres"
import { defineConfig, Engine } from "@syncline/engine"
import { EmbeddedPostgres, Postgres, Store } from "@syncline/store"
import { Effect, Layer } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

const [records = 1_000_000] = process.argv.slice(2).map(Number)

const project = defineConfig({
  connections: {
    crm: { connector: postgres, config: { schema: "crm", tables: { people: { key: "id" } } } },
    copies: { connector: postgres, config: { schema: "copies", tables: { people: {} } } }
  },
  integrations: { people: { source: "crm", target: "copies", entities: [{ source: "people", target: "people" }] } },
  jobs: { people: { integration: "people", entity: "people", schedule: "manual" } }
})

const mebibytes = (): number => {
  globalThis.gc?.()
  return process.memoryUsage.rss() / 2 ** 20
}

const measure = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "syncline-reconcile-"))),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )
  const { url } = yield* EmbeddedPostgres.start({ folder })
  const { query } = yield* Postgres.open({ url, max: 2 })
  yield* query("create schema crm; create table crm.people (id bigint primary key, name text)")
  yield* query("insert into crm.people select i, 'name ' || i from generate_series(1, $1::int) i", [records])
  const services = yield* Layer.build(
    Engine.layer(project).pipe(Layer.provide(Store.layer({ url })), Layer.provide(HttpClient.layer))
  )
  const engine = yield* Effect.provideContext(Engine, services)
  yield* engine.run("people")
  // One that the other side has lost, and one that came without being told.
  yield* query("delete from copies.people where id = '1'")
  yield* query("insert into crm.people values ($1, 'late')", [records + 1])

  const before = mebibytes()
  let most = before
  const watching = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss() / 2 ** 20)
  }, 50)
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const [report] = yield* engine.reconcile("people", { isDry: true })
  const seconds = (performance.now() - startedAt) / 1000
  const { system, user } = process.cpuUsage(cpu)
  clearInterval(watching)
  return {
    records,
    seconds,
    engineSeconds: (system + user) / 1_000_000,
    grownMiB: most - before,
    compared: report?.compared ?? report?.notReconciled
  }
})

const told = await Effect.runPromise(Effect.scoped(measure))
process.stdout.write(`${JSON.stringify(told)}\n`)
process.exit(0)
