import { assert, describe, it } from "@effect/vitest"
import { type Change, connector, type Entity, HttpClient, type Position, Verb, Walk } from "@syncline/connector"
import { postgres } from "@syncline/connector-postgres"
import { RecordId } from "@syncline/core"
import { Postgres, Store } from "@syncline/store"
import { Effect, Layer, Redacted, Schema } from "effect"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import { defineConfig, Engine } from "../src/index.ts"

const Person = Schema.Struct({ id: RecordId, name: Schema.String })
type Person = typeof Person.Type

/** Tells of its people one change a page. */
const diary = (log: ReadonlyArray<Change<Person>>) => {
  const from = (position: Position) => (typeof position === "number" ? position : 0)
  const people: Entity<Person> = {
    schema: Person,
    id: "id",
    endpoints: {
      list: { method: "GET", path: "/people", deltaSyncField: null, pageSize: 1 },
      get: { method: "GET", path: "/people/{id}" },
      changes: { method: "GET", path: "/changes" }
    },
    source: {
      deltaSyncField: null,
      supportsWebhooks: true,
      list: { start: Effect.succeed(0), read: () => Effect.succeed({ items: [], next: Walk.complete }) },
      changes: {
        lagMs: 0,
        precisionMs: 0,
        deletes: true,
        start: Effect.succeed(0),
        read: (position) => {
          const next = from(position) + 1
          return Effect.succeed({
            items: log.slice(next - 1, next),
            next: next < log.length ? { _tag: "More", position: next } : { _tag: "CaughtUp", position: log.length }
          })
        }
      },
      get: { max: 1, run: (ids) => Effect.succeed(ids.map(Verb.gone)) }
    }
  }
  return connector({
    name: "diary",
    apiVersion: "1",
    config: Schema.Struct({}),
    remote: () => ({
      _tag: "Http",
      baseUrl: "http://127.0.0.1:1",
      auth: { _tag: "Bearer", token: Redacted.make("none") },
      budgets: [],
      errors: []
    }),
    entities: () => ({ people }),
    check: () => Effect.succeed("a diary")
  })
}

const idOf = (index: number) => RecordId.make(`person-${index}`)

/** Each is told of, and the next page tells that they are gone. */
const comeAndGo = Array.from({ length: 8 }, (_, index): ReadonlyArray<Change<Person>> => [
  Verb.present({ id: idOf(index), name: `Person ${index}` }),
  Verb.gone(idOf(index))
]).flat()

const opened = Effect.gen(function* () {
  const url = yield* Effect.promise(() => storeDatabase())
  const pool = yield* Postgres.open({ url: Redacted.make(url) })
  yield* pool.query(`create schema app`)
  yield* pool.query(
    `create table app.contacts (id bigint generated always as identity primary key, name text, updated_at timestamptz default now())`
  )
  const project = defineConfig({
    connections: {
      diary: { connector: diary(comeAndGo), config: {} },
      app: {
        connector: postgres,
        config: { schema: "app", tables: { contacts: { key: "id", updatedAt: "updated_at", onDelete: "delete" } } }
      }
    },
    integrations: {
      contacts: {
        source: "diary",
        target: "app",
        strategy: "source_wins",
        entities: [{ source: "people", target: "contacts", mapping: [{ source: "name", target: "name" }], match: [] }]
      }
    },
    jobs: { contacts: { integration: "contacts", entity: "people", direction: "source_to_target" } }
  })
  const services = yield* Layer.build(
    Engine.layer(project).pipe(
      Layer.provideMerge(Store.layer({ url: Redacted.make(url) })),
      Layer.provide(HttpClient.layer)
    )
  )
  return { engine: yield* Effect.provideContext(Engine, services), pool }
})

describe("a step that is decided on while the one before is committed", () => {
  it.live("tells of a record's end after the step that told of its beginning", () =>
    Effect.gen(function* () {
      const { engine, pool } = yield* opened
      const { executions } = yield* engine.run("contacts")
      assert.deepStrictEqual(
        executions.map(({ reason, status }) => [status, reason]),
        [["completed", null]]
      )
      assert.deepStrictEqual(yield* pool.query("select name from app.contacts"), [])
      assert.deepStrictEqual(yield* pool.query("select record_key from syncline.outbox"), [])
    }).pipe(Effect.scoped)
  )
})
