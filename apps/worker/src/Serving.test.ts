/** The worker as a whole, asked over HTTP. */
import { postgres } from "@syncline/connector-postgres"
import { defineConfig } from "@syncline/engine"
import { Postgres } from "@syncline/store"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schedule } from "effect"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import * as Serving from "./Serving.ts"
import * as Session from "./Session.ts"

const project = defineConfig({
  connections: {
    crm: { connector: postgres, config: { schema: "crm", tables: { people: { key: "id" } } } },
    copy: { connector: postgres, config: { schema: "copy", tables: { people: {} } } }
  },
  integrations: { people: { source: "crm", target: "copy", entities: [{ source: "people", target: "people" }] } },
  jobs: { people: { integration: "people", entity: "people", schedule: { every: "1 hour" } } }
})

const ask = (url: string, init: RequestInit = {}) =>
  Effect.promise(async () => {
    const response = await fetch(url, init)
    return { status: response.status, text: await response.text(), allow: response.headers.get("allow") }
  })

describe("a worker", () => {
  it.live("tells over HTTP how it is and what it has counted, and that it stops", () =>
    Effect.gen(function* () {
      const url = Redacted.make(yield* Effect.promise(() => storeDatabase()))
      const database = yield* Postgres.open({ url })
      yield* database.query("create schema crm; create table crm.people (id bigint primary key, name text)")
      yield* database.query("insert into crm.people values (1, 'Ada')")
      const talk = Effect.gen(function* () {
        const { url, worker } = yield* Serving.start(project, { host: "127.0.0.1", port: 0, slots: 2 })
        const health = yield* ask(`${url}/health`)
        assert.strictEqual(health.status, 200, health.text)
        assert.deepInclude(JSON.parse(health.text), { ok: true, problems: [], isStopping: false })
        assert.strictEqual((yield* ask(`${url}/ready`)).status, 200)
        assert.strictEqual((yield* ask(`${url}/`)).status, 404)
        assert.strictEqual(
          (yield* ask(`${url}/webhooks/${"x".repeat(22)}`, { method: "POST", body: "{}" })).status,
          404
        )
        const posted = yield* ask(`${url}/health`, { method: "POST" })
        assert.deepStrictEqual([posted.status, posted.allow], [405, "GET"])

        // The job fires by its schedule, and all of it is counted.
        const wanted = [
          /^syncline_executions_total\{.*job="people".*status="completed".*\} 1$/m,
          /^syncline_records_total\{.*outcome="created".*\} 1$/m,
          /^syncline_dead_letters\{.*job="people".*\} 0$/m,
          /^syncline_writes_pending\{.*job="people".*\} 0$/m,
          /^syncline_webhook_lag_seconds\{.*job="people".*\} 0$/m,
          /^syncline_workers 1$/m
        ]
        yield* Effect.repeat(ask(`${url}/metrics`), {
          until: ({ text }) => wanted.every((line) => line.test(text)),
          schedule: Schedule.spaced("50 millis")
        })
        yield* worker.stop(1_000)
        assert.strictEqual((yield* ask(`${url}/ready`)).status, 503)
      })
      yield* Session.told(Effect.provide(Effect.scoped(talk), Session.openForWorker(project, { _tag: "Url", url })))
    }).pipe(Effect.scoped)
  )
})
