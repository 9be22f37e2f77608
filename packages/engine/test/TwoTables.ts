/** Two tables that both change, and an engine that keeps them the same: where the two-way stories happen. */
import { HttpClient, Sql } from "@syncline/connector"
import { Capture, postgres } from "@syncline/connector-postgres"
import type { DependencyGraph, FieldMapping, SyncJob } from "@syncline/core"
import { type Postgres as Pool, Postgres, Store } from "@syncline/store"
import { assert } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema, type Scope } from "effect"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import { defineConfig, Engine, type EntityPair, type JobDefinition, type Policies } from "../src/index.ts"
import * as SqlRemote from "../src/SqlRemote.ts"

export interface Options extends Policies {
  readonly mapping?: ReadonlyArray<FieldMapping.Rule>
  readonly match?: EntityPair["match"]
  readonly direction?: SyncJob.Direction
  /** Further pairs, with their tables. */
  readonly further?: ReadonlyArray<EntityPair>
  readonly dependencies?: DependencyGraph.Configuration
  readonly tables?: { readonly crm: Readonly<Record<string, unknown>>; readonly app: Readonly<Record<string, unknown>> }
  readonly ddl?: string
  readonly redisUrl?: string | null
  /** Of all jobs; the default without. */
  readonly schedule?: JobDefinition["schedule"]
  /** Where the store is reached through a pooler that stands before this URL; the world itself goes past it. */
  readonly through?: (url: string) => Effect.Effect<string, never, Scope.Scope>
}

const rules: ReadonlyArray<FieldMapping.Rule> = [
  { source: "name", target: "full_name" },
  { source: "email", target: "mail" },
  { source: "phone", target: "phone" }
]

export const ddl = `
  create schema crm; create schema app;
  create table crm.people (id uuid primary key default gen_random_uuid(), name text, email text, phone text, note text);
  create table app.contacts (id bigint generated always as identity primary key, full_name text, mail text, phone text)`

/** Opens a fresh world with empty tables `crm.people` (the source) and `app.contacts` (the target). */
export const open = Effect.fn("TwoTables.open")(function* (options: Options = {}) {
  const {
    ddl: more = "",
    direction = "bidirectional",
    further = [],
    mapping = rules,
    match = [],
    redisUrl = null,
    schedule,
    tables,
    through,
    ...policies
  } = options
  const url = yield* Effect.promise(() => storeDatabase())
  const pool = yield* Postgres.open({ url: Redacted.make(url) })
  yield* pool.query(ddl)
  if (more !== "") yield* pool.query(more)
  const configs = {
    crm: { schema: "crm", tables: { people: { key: "id", capture: "log", onDelete: "delete" }, ...tables?.crm } },
    app: { schema: "app", tables: { contacts: { key: "id", capture: "log", onDelete: "delete" }, ...tables?.app } }
  }
  for (const config of Object.values(configs)) yield* capture(pool, config)
  const pairs: ReadonlyArray<EntityPair> = [{ source: "people", target: "contacts", mapping, match }, ...further]
  const project = defineConfig({
    connections: {
      crm: { connector: postgres, config: configs.crm },
      app: { connector: postgres, config: configs.app }
    },
    integrations: { contacts: { source: "crm", target: "app", entities: pairs, strategy: "source_wins", ...policies } },
    jobs: Object.fromEntries(
      pairs.map(({ source }) => [
        `job-${source}`,
        { integration: "contacts", entity: source, direction, ...(schedule !== undefined && { schedule }) }
      ])
    )
  })
  const place =
    through === undefined
      ? { url: Redacted.make(url) }
      : { url: Redacted.make(yield* through(url)), directUrl: Redacted.make(url) }
  const services = yield* Layer.build(
    Engine.layer(project).pipe(
      Layer.provideMerge(Store.layer({ ...place, ...(redisUrl !== null && { redisUrl: Redacted.make(redisUrl) }) })),
      Layer.provide(HttpClient.layer)
    )
  )
  const engine = yield* Effect.provideContext(Engine, services)
  const sync = Effect.map(engine.run("contacts"), ({ executions }) => {
    for (const { job, reason, status } of executions) assert.strictEqual(status, "completed", `${job}: ${reason}`)
    return executions
  })
  const rows = (table: string) =>
    Effect.map(pool.query(`select to_jsonb(t) as row from ${table} t order by id`), (all) =>
      all.map(({ row }) => Object(row))
    )
  return { engine, pool, project, rows, services, sync, query: pool.query, url: Redacted.make(url) }
})

const capture = Effect.fnUntraced(function* (pool: Pool.Postgres, input: unknown) {
  const config = yield* Effect.orDie(Schema.decodeUnknownEffect(postgres.config)(input))
  for (const table of Capture.tables(config))
    yield* Effect.provideService(Capture.install(config, table), Sql, SqlRemote.onDatabase(pool))
})

/** Three tables that are all kept the same by three integrations, each of two of them. */
export const triangle = Effect.gen(function* () {
  const url = yield* Effect.promise(() => storeDatabase())
  const pool = yield* Postgres.open({ url: Redacted.make(url) })
  const names = ["a", "b", "c"] as const
  const configOf = (schema: string) => ({
    schema,
    tables: { people: { key: "id", capture: "log", onDelete: "delete" } }
  })
  for (const schema of names) {
    yield* pool.query(`create schema ${schema}`)
    yield* pool.query(
      `create table ${schema}.people (id bigint generated always as identity primary key, name text, email text)`
    )
    yield* capture(pool, configOf(schema))
  }
  const mapping = [
    { source: "name", target: "name" },
    { source: "email", target: "email" }
  ]
  const entities = [{ source: "people", target: "people", mapping, match: [{ source: "email", target: "email" }] }]
  const integrations = { ab: ["a", "b"], bc: ["b", "c"], ca: ["c", "a"] } as const
  const project = defineConfig({
    connections: Object.fromEntries(names.map((name) => [name, { connector: postgres, config: configOf(name) }])),
    integrations: Object.fromEntries(
      Object.entries(integrations).map(([name, [source, target]]) => [
        name,
        { source, target, entities, strategy: "source_wins" as const }
      ])
    ),
    jobs: Object.fromEntries(
      Object.keys(integrations).map((integration) => [
        integration + "-people",
        { integration, entity: "people", direction: "bidirectional" as const }
      ])
    )
  })
  const engine = yield* Layer.build(
    Engine.layer(project).pipe(Layer.provide(Store.layer({ url: Redacted.make(url) })), Layer.provide(HttpClient.layer))
  ).pipe(Effect.flatMap((services) => Effect.provideContext(Engine, services)))
  const syncAll = Effect.forEach(
    Object.keys(integrations),
    (name) =>
      Effect.map(engine.run(name), ({ executions }) => {
        for (const { job, reason, status } of executions) assert.strictEqual(status, "completed", `${job}: ${reason}`)
      }),
    { discard: true }
  )
  /** What the change logs hold: each write of each table. */
  const log = Effect.map(
    Effect.forEach(names, (schema) => pool.query(`select count(*)::int as n from ${schema}.syncline_change`)),
    (counts) => counts.map(([row]) => row?.["n"])
  )
  return { syncAll, log, query: pool.query }
})
