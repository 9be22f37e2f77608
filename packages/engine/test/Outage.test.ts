/** A provider that refuses everybody for a while: it is asked rarely, nobody is set aside for it, and all goes on when it answers. */
import { HttpClient } from "@syncline/connector"
import { postgres } from "@syncline/connector-postgres"
import { stripe } from "@syncline/connector-stripe"
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { defaultTenant, JobName } from "@syncline/core"
import { Postgres, Store, Wakes } from "@syncline/store"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import { defineConfig, Engine } from "../src/index.ts"
import * as Fleet from "./Fleet.ts"

const open = Effect.gen(function* () {
  const account = yield* StripeSandbox.open({ size: { ...StripeSandbox.empty, customers: 20 } })
  const url = Redacted.make(yield* Effect.promise(() => storeDatabase()))
  const project = defineConfig({
    connections: {
      stripe: {
        connector: stripe,
        config: { apiKey: account.apiKey, baseUrl: "http://127.0.0.1:1", requestsPerSecond: 1_000 }
      },
      warehouse: { connector: postgres, config: { schema: "stripe", tables: { customers: {} } } }
    },
    integrations: {
      billing: { source: "stripe", target: "warehouse", entities: [{ source: "customer", target: "customers" }] }
    },
    jobs: { customers: { integration: "billing", entity: "customer", schedule: "manual" } }
  })
  const transport = HttpClient.layerOf(account.remote)
  const services = yield* Layer.build(
    Engine.layer(project).pipe(Layer.provideMerge(Store.layer({ url })), Layer.provide(transport))
  )
  const { query } = yield* Postgres.open({ url })
  const wakes = yield* Effect.provideContext(Wakes.Wakes, services)
  const wake = wakes.wake(defaultTenant, [
    { job: JobName.make("customers"), class: "delta", trigger: "manual", dueAtMs: null }
  ])
  const connection = Effect.map(
    query("select state, probes from syncline.connection where name = 'stripe'"),
    ([row]) => [row?.["state"], row?.["probes"]]
  )
  const becomes = (state: string, probes: number) =>
    Fleet.until(Effect.map(connection, (found) => found[0] === state && found[1] === probes))
  /** The time has come when it may be asked again. */
  const later = Effect.andThen(
    query("update syncline.connection set probe_at = to_timestamp(0) where state <> 'ready'"),
    query("update syncline.driver set due_at = to_timestamp(0) where worker is null")
  )
  return { account, becomes, later, project, query, services, transport, wake }
})

describe("a provider that refuses the credentials", () => {
  it.live("is asked by one cheap call at a time, and what waited goes on when it lets us in", () =>
    Effect.gen(function* () {
      const { account, becomes, later, project, query, services, transport, wake } = yield* open
      let isRefusing = true
      yield* account.faults.next(1_000_000, () => isRefusing, {
        _tag: "Answer",
        reply: () => ({
          status: 401,
          headers: {},
          body: '{"error":{"type":"invalid_request_error","message":"Invalid API Key"}}'
        })
      })
      yield* Fleet.start(project, services, { transport })
      yield* wake
      yield* becomes("blocked_auth", 0)
      const before = yield* account.calls.total

      yield* later
      yield* becomes("blocked_auth", 1)
      assert.isAtMost((yield* account.calls.total) - before, 1)
      const [job] = yield* query("select retries from syncline.job")
      assert.strictEqual(job?.["retries"], 0)
      assert.strictEqual((yield* query("select from syncline.retry_ledger")).length, 0)
      assert.strictEqual((yield* query("select from syncline.wake where job = 'customers'")).length, 1)

      isRefusing = false
      yield* later
      yield* becomes("ready", 0)
      yield* Fleet.until(
        Effect.map(query("select from syncline.execution where status = 'completed'"), (rows) => rows.length === 1)
      )
      assert.strictEqual((yield* query("select from stripe.customers")).length, 20)
    }).pipe(Effect.scoped)
  )
})
