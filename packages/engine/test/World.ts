/** A Stripe account, a store and the tables of a warehouse: where the engine's stories happen. */
import { HttpClient } from "@syncline/connector"
import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { defaultTenant, EntityType, type Fields, IntegrationName, JobName } from "@syncline/core"
import { Cursors, Postgres, Store } from "@syncline/store"
import { assert } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { isDeepStrictEqual } from "node:util"
import { freshDatabase, storeDatabase } from "../../../tooling/PostgresForTests.ts"
import { defineConfig, Engine, type EntityPair, type RunOptions } from "../src/index.ts"

export interface Options {
  readonly account?: StripeSandbox.Options
  /** Customers only, unless said. */
  readonly entities?: ReadonlyArray<EntityPair>
  readonly tables?: Readonly<Record<string, unknown>>
  /** The tables live in a database of their own. */
  readonly isElsewhere?: boolean
  readonly apiKey?: string
}

const customers: ReadonlyArray<EntityPair> = [{ source: "customer", target: "customers" }]

/** Opens a fresh world. It is gone when the scope closes. */
export const open = Effect.fn("World.open")(function* (options: Options = {}) {
  const account = yield* StripeSandbox.open({ size: { ...StripeSandbox.empty, customers: 1000 }, ...options.account })
  const storeUrl = yield* Effect.promise(() => storeDatabase())
  const targetUrl = options.isElsewhere === true ? yield* Effect.promise(() => freshDatabase()) : storeUrl
  const project = defineConfig({
    connections: {
      stripe: {
        connector: stripe,
        config: {
          apiKey: options.apiKey ?? account.apiKey,
          baseUrl: "http://127.0.0.1:1",
          requestsPerSecond: 1_000_000
        }
      },
      warehouse: {
        connector: postgres,
        config: {
          schema: "stripe",
          tables: options.tables ?? { customers: {} },
          ...(options.isElsewhere === true && { url: targetUrl })
        }
      }
    },
    integrations: {
      billing: { source: "stripe", target: "warehouse", entities: options.entities ?? customers }
    }
  })
  const services = yield* Layer.build(
    Engine.layer(project).pipe(
      Layer.provideMerge(Store.layer({ url: Redacted.make(storeUrl) })),
      Layer.provide(HttpClient.layerOf(account.remote))
    )
  )
  const engine = yield* Effect.provideContext(Engine, services)
  const target = yield* Postgres.open({ url: Redacted.make(targetUrl) })
  const store = yield* Postgres.open({ url: Redacted.make(storeUrl) })

  /** Runs the integration, or a part of it; each job ends completed. */
  const sync = (run: RunOptions = {}) =>
    Effect.map(engine.run("billing", run), ({ executions }) => {
      for (const { job, reason, status } of executions) assert.strictEqual(status, "completed", `${job}: ${reason}`)
      return executions
    })

  /** The live rows of a mirror, as records by id. */
  const rows = (table: string) =>
    Effect.map(
      target.query(`select id, to_jsonb(t) as row from stripe.${table} t where _deleted_at is null order by id`),
      (rows) => new Map(rows.map(({ id, row }) => [String(id), row]))
    )

  /** The mirror holds what the account holds, no more and no less. */
  const isMirrored = (entity: string, table: string) =>
    Effect.gen(function* () {
      const truth = yield* account.truth(entity)
      const held = yield* rows(table)
      assert.deepStrictEqual([...held.keys()].sort(), [...truth.keys()].sort())
      // The first that differs tells what is wrong; an assertion for each field of thousands of records would cost more than the sync.
      for (const [id, record] of truth) {
        const row = asRecord(held.get(id))
        for (const [field, value] of Object.entries(wire(record))) {
          const there = row[field] ?? null
          if (!isDeepStrictEqual(there, value)) assert.deepStrictEqual(there, value, `${id}.${field}`)
        }
      }
    })

  /** Another process takes the pair, and gives it back. */
  const takeOver = Effect.gen(function* () {
    const cursors = yield* Cursors.Cursors
    const pair = {
      tenant: defaultTenant,
      integration: IntegrationName.make("billing"),
      entity: EntityType.make("customer")
    }
    const owner = { host: "elsewhere", pid: 1, label: "another worker" }
    const run = { job: JobName.make("billing/customer"), trigger: "manual", mode: "incremental" } as const
    const { held } = yield* cursors.begin(pair, { ...run, owner, sides: ["source"], takeOver: ["source"] })
    if (held.source !== null) yield* cursors.end([held.source.lease], null)
  }).pipe(Effect.provideContext(services))

  /** The last run ended so many days before. */
  const age = (days: number) =>
    store.query(
      `update syncline.cursor set state = jsonb_set(state, '{position,sinceMs}', to_jsonb((state->'position'->>'sinceMs')::float8 - $1::float8))`,
      [days * 86_400_000]
    )

  return { account, engine, sync, rows, isMirrored, target, store, takeOver, age }
})

/** A record as it arrives: JSON has no -0. */
const wire = (record: Fields): Readonly<Record<string, unknown>> => JSON.parse(JSON.stringify(record))

/** Each field, whether it has a column of its own or is among the unknown ones. */
const asRecord = (row: unknown): Readonly<Record<string, unknown>> => {
  const columns = Object(row)
  return { ...Object(columns["_unknown"]), ...columns }
}
