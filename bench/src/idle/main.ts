/**
 * `node --conditions=@syncline/source bench/src/idle/main.ts 5000 120`: so many connections, each with a job every 5 minutes and nothing to
 * do, for so many seconds; how much of a core the worker takes.
 */
import { HttpClient } from "@syncline/connector"
import { postgres } from "@syncline/connector-postgres"
import { defineConfig, Dispatch, Engine, Worker } from "@syncline/engine"
import { EmbeddedPostgres, Maintenance, Postgres, Store } from "@syncline/store"
import { Effect, Layer } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

const [connections = 5000, seconds = 120] = process.argv.slice(2).map(Number)
const names = Array.from({ length: connections }, (_, index) => `idle-${String(index).padStart(5, "0")}`)

const project = defineConfig({
  connections: {
    ...Object.fromEntries(
      names.map((name) => [name, { connector: postgres, config: { schema: "crm", tables: { people: { key: "id" } } } }])
    ),
    copies: {
      connector: postgres,
      config: { schema: "copies", tables: Object.fromEntries(names.map((name) => [name, {}])) }
    }
  },
  integrations: Object.fromEntries(
    names.map((name) => [name, { source: name, target: "copies", entities: [{ source: "people", target: name }] }])
  ),
  jobs: Object.fromEntries(
    names.map((name) => [`job-${name}`, { integration: name, entity: "people", schedule: { every: "5 minutes" } }])
  )
})

const measure = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "syncline-idle-"))),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )
  const { url } = yield* EmbeddedPostgres.start({ folder })
  const pool = yield* Postgres.open({ url, max: 2 })
  yield* pool.query("create schema crm; create table crm.people (id bigint primary key, name text)")
  const services = yield* Layer.build(
    Engine.layer(project).pipe(
      Layer.provideMerge(Store.layer({ url })),
      Layer.provideMerge(HttpClient.layer),
      Layer.merge(Dispatch.layerLocal)
    )
  )
  // Spread over their five minutes as after the first round, which runs at once.
  yield* pool.query(
    "update syncline.job set next_run_at = now() + make_interval(secs => random() * 300), next_reconcile_at = now() + interval '1 day'"
  )
  let served = 0
  yield* Worker.start(project, {
    process: { worker: "idle", host: "here", pid: 0 },
    slots: 32,
    listensAt: null,
    retention: Maintenance.defaultRetention,
    onServed: () => Effect.sync(() => void served++),
    onTaken: () => Effect.void,
    onTrouble: (what, { message }) => Effect.sync(() => void process.stderr.write(`${what}: ${message}\n`))
  }).pipe(Effect.provideContext(services))
  // On a busy machine it takes a while until it has read what it is to run.
  yield* Effect.repeat(Effect.sleep(1_000), { while: () => served < connections / 100 })
  served = 0
  const before = process.cpuUsage()
  yield* Effect.sleep(seconds * 1000)
  const { system, user } = process.cpuUsage(before)
  return { connections, seconds, served, ofOneCore: (system + user) / 1_000_000 / seconds }
})

const told = await Effect.runPromise(Effect.scoped(measure))
process.stdout.write(`${JSON.stringify(told)}\n`)
process.exit(0)
