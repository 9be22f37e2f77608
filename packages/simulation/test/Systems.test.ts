import { HttpClient } from "@syncline/connector"
import { Engine } from "@syncline/engine"
import { Store } from "@syncline/store"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Layer, Redacted, Stream } from "effect"
import { TestClock } from "effect/testing"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import * as Seed from "../src/Seed.ts"
import * as Setting from "../src/Setting.ts"
import * as Quirks from "../src/systems/Quirks.ts"

/** The systems, straight behind the engine: nothing is lost, nothing is late. */
const transport = (systems: Setting.Systems) => {
  const send = (request: HttpClient.Request) =>
    Effect.map(Clock.currentTimeMillis, (nowMs) => {
      const system = [systems.source, systems.target].find(({ baseUrl }) => request.url.startsWith(baseUrl))
      if (system === undefined) throw new Error(`nobody is at ${request.url}`)
      return system.handle({ ...request, text: request.body?.text ?? "" }, { nowMs, sentAtMs: nowMs })
    })
  return Layer.succeed(HttpClient.Transport, {
    send,
    open: (request) =>
      Effect.map(send(request), ({ text, ...head }) => ({ ...head, body: Stream.make(new TextEncoder().encode(text)) }))
  })
}

const open = Effect.fnUntraced(function* (setting: Setting.Setting) {
  const systems = Setting.systemsOf(setting, "", Seed.stream(1))
  const url = yield* Effect.promise(() => freshDatabase())
  const services = yield* Layer.build(
    Engine.layer(Setting.projectOf(setting, systems, "")).pipe(
      Layer.provide(Store.layer({ url: Redacted.make(url) })),
      Layer.provide(transport(systems))
    )
  )
  const engine = yield* Effect.provideContext(Engine, services)
  return { engine, systems }
})

describe("simulated systems behind the real engine", () => {
  it.effect("hold the same people, however they tell of changes", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_800_000_000_000)
      for (const feed of ["window", "log"] as const) {
        const setting: Setting.Setting = {
          strategy: "source_wins",
          mergeFallback: "source_wins",
          hasBosses: true,
          hasCompanies: true,
          isDriven: false,
          hasTwins: false,
          writesBack: false,
          sendsWebhooks: false,
          tokens: null,
          quirks: {
            source: { ...Quirks.calm, feed, pageSize: 2, paging: "offset" },
            target: { ...Quirks.calm, feed, normalises: true, checksVersion: false }
          }
        }
        const { engine, systems } = yield* open(setting)
        const at = (step: number) => Effect.map(Clock.currentTimeMillis, (nowMs) => ({ nowMs, step }))
        const company = systems.source.hands.create("company", { birth: "c1", name: "name-1" }, yield* at(1))
        const boss = systems.source.hands.create(
          "contact",
          { birth: "p1", name: " name-2 ", credit: 1999 },
          yield* at(2)
        )
        systems.source.hands.create(
          "contact",
          { birth: "p2", name: "name-3", company, boss, tags: ["b", "a"] },
          yield* at(3)
        )
        systems.target.hands.create(
          "person",
          { birth: "p3", full_name: "name-4", mail: "A@B.example", limit: "1.5" },
          yield* at(4)
        )
        const sync = Effect.gen(function* () {
          yield* TestClock.adjust("1 minute")
          const { executions } = yield* engine.run("people")
          for (const { job, reason, status } of executions) assert.strictEqual(status, "completed", `${job}: ${reason}`)
        })
        yield* sync
        yield* sync
        systems.source.hands.edit("contact", boss, { name: "name-5" }, yield* at(5))
        systems.source.hands.remove("company", company, yield* at(6))
        yield* sync
        yield* sync
        const people = [...systems.source.live("contact").values()].map(({ birth, name, credit }) => [
          birth,
          typeof name === "string" ? name.trim() : name,
          credit
        ])
        const others = [...systems.target.live("person").values()]
          .map(({ birth, full_name, limit }) => [birth, full_name, limit])
          .toSorted((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
        assert.deepStrictEqual(people, [
          ["p1", "name-5", 1999],
          ["p2", "name-3", null],
          ["p3", "name-4", 150]
        ])
        assert.deepStrictEqual(others, [
          ["p1", "name-5", "19.99"],
          ["p2", "name-3", null],
          ["p3", "name-4", "1.50"]
        ])
        assert.strictEqual(systems.target.live("account").size, 0)
        const before = systems.source.events.length + systems.target.events.length
        yield* sync
        assert.strictEqual(systems.source.events.length + systems.target.events.length, before)
      }
    }).pipe(Effect.scoped)
  )
})
