/**
 * `node --conditions=@syncline/source bench/src/idle/main.ts 5000 120`: so many connections, each with a job every 5 minutes and nothing to
 * do, for so many seconds; how much of a core the worker takes, and how much CPU time a run takes of the worker's process and of
 * PostgreSQL's. `... main.ts 300 30 10`: with a job every 10 seconds each, when it is the runs that matter.
 */
import { HttpClient } from "@syncline/connector"
import { postgres } from "@syncline/connector-postgres"
import { defineConfig, Dispatch, Engine, Worker } from "@syncline/engine"
import { EmbeddedPostgres, Maintenance, Postgres, Store } from "@syncline/store"
import { Effect, Layer } from "effect"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as CpuTime from "../CpuTime.ts"

const [connections = 5000, seconds = 120, every = 300] = process.argv.slice(2).map(Number)
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
    names.map((name) => [
      `job-${name}`,
      { integration: name, entity: "people", schedule: { every: `${every} seconds` } }
    ])
  )
})

const measure = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "syncline-idle-"))),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )
  const { pid, url } = yield* EmbeddedPostgres.start({ folder })
  const pool = yield* Postgres.open({ url, max: 2 })
  yield* pool.query("create schema crm; create table crm.people (id bigint primary key, name text)")
  const services = yield* Layer.build(
    Engine.layer(project).pipe(
      Layer.provideMerge(Store.layer({ url })),
      Layer.provideMerge(HttpClient.layer),
      Layer.merge(Dispatch.layerLocal)
    )
  )
  let served = 0
  const begun = new Set<string>()
  yield* Worker.start(project, {
    process: { worker: "idle", host: "here", pid: 0 },
    slots: 32,
    listensAt: null,
    retention: Maintenance.defaultRetention,
    onServed: ({ driver }) =>
      Effect.sync(() => {
        served++
        begun.add(driver)
      }),
    onTaken: () => Effect.void,
    onTrouble: (what, { message }) => Effect.sync(() => void process.stderr.write(`${what}: ${message}\n`))
  }).pipe(Effect.provideContext(services))
  // The first run of each comes at once, and is not idle: it makes the table and lists. Then they are spread by their schedules.
  yield* Effect.repeat(Effect.sleep(1_000), { while: () => begun.size < connections })
  served = 0
  const transactions = Effect.map(
    pool.query("select xact_commit::float8 as n from pg_stat_database where datname = current_database()"),
    ([row]) => Number(row?.["n"])
  )
  const cpuMsOfStore = Effect.promise(() => CpuTime.ofServer(pid))
  const [transactionsBefore, storeBefore, before] = [yield* transactions, yield* cpuMsOfStore, process.cpuUsage()]
  yield* Effect.sleep(seconds * 1000)
  const { system, user } = process.cpuUsage(before)
  return {
    connections,
    seconds,
    served,
    ofOneCore: (system + user) / 1_000_000 / seconds,
    aRun: {
      workerMs: (system + user) / 1000 / served,
      storeMs: ((yield* cpuMsOfStore) - storeBefore) / served,
      transactions: ((yield* transactions) - transactionsBefore) / served
    }
  }
})

const told = await Effect.runPromise(Effect.scoped(measure))
process.stdout.write(`${JSON.stringify(told)}\n`)
process.exit(0)
