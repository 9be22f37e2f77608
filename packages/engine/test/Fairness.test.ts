/** Connections beside each other on few workers: nobody's work waits for somebody who always has some. */
import { HttpClient } from "@syncline/connector"
import { postgres } from "@syncline/connector-postgres"
import { defaultTenant, JobName } from "@syncline/core"
import { Postgres, Store, Wakes } from "@syncline/store"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import { defineConfig, Engine } from "../src/index.ts"
import * as Fleet from "./Fleet.ts"

const quiet = Array.from({ length: 100 }, (_, index) => `quiet-${index}`)
const busy = "busy"
const names = [busy, ...quiet]

/** Of each name a connection, so a driver, whose one job copies a table. */
const project = defineConfig({
  connections: {
    ...Object.fromEntries(
      names.map((name) => [name, { connector: postgres, config: { schema: "crm", tables: { people: { key: "id" } } } }])
    ),
    warehouse: {
      connector: postgres,
      config: { schema: "copies", tables: Object.fromEntries(names.map((name) => [name, {}])) }
    }
  },
  integrations: Object.fromEntries(
    names.map((name) => [name, { source: name, target: "warehouse", entities: [{ source: "people", target: name }] }])
  ),
  jobs: Object.fromEntries(
    names.map((name) => [`job-${name}`, { integration: name, entity: "people", schedule: "manual" }])
  )
})

/** The busy one reads its table each time; the others only look whether a webhook has claimed something. */
const wakeOf = (name: string): Wakes.Wake => ({
  job: JobName.make(`job-${name}`),
  class: name === busy ? "delta" : "webhook",
  trigger: "manual",
  dueAtMs: null
})

describe("a connection that is woken all the time", () => {
  it.live("does not delay a hundred others", () =>
    Effect.gen(function* () {
      const url = Redacted.make(yield* Effect.promise(() => storeDatabase()))
      const database = yield* Postgres.open({ url })
      yield* database.query("create schema crm; create table crm.people (id bigint primary key, name text)")
      const services = yield* Layer.build(
        Engine.layer(project).pipe(Layer.provideMerge(Store.layer({ url })), Layer.provide(HttpClient.layer))
      )
      const wakes = yield* Effect.provideContext(Wakes.Wakes, services)
      yield* wakes.wake(defaultTenant, [wakeOf(busy)])
      const { send, served, taken } = yield* Fleet.start(project, services, { slots: 2 })
      const servedOf = (name: string) => served.filter(({ due }) => due.job === `job-${name}`).length
      yield* Effect.forkScoped(Effect.forever(Effect.flatMap(wakes.wake(defaultTenant, [wakeOf(busy)]), send)))
      yield* Fleet.until(Effect.sync(() => servedOf(busy) > 1))

      yield* send(yield* wakes.wake(defaultTenant, quiet.map(wakeOf)))
      yield* Fleet.until(Effect.sync(() => quiet.every((name) => servedOf(name) > 0)))
      const last = servedOf(busy)
      yield* Fleet.until(Effect.sync(() => servedOf(busy) > last))
      // Each was taken once: the busy one has kept one of the two places, and nobody was pushed out of the other.
      assert.deepStrictEqual(
        quiet.filter((name) => taken.filter(({ driver }) => driver === name).length !== 1),
        []
      )
      assert.isAbove(servedOf(busy), 10)
    }).pipe(Effect.scoped)
  )
})
