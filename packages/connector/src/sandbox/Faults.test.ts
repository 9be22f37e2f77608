import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import * as Faults from "./Faults.ts"
import * as Wire from "./Wire.ts"

const request = (path: string): Wire.Request => ({ method: "GET", path, query: "", headers: {}, body: "" })

/** A provider that counts what reaches it. */
const provider = () => {
  const faults = Faults.make()
  let effects = 0
  const handler = faults.around(() =>
    Effect.sync(() => {
      effects += 1
      return Wire.json(200, `{"count":${effects}}`)
    })
  )
  return { faults, handler, effects: () => effects }
}

describe("Faults", () => {
  it.effect("meet the next requests that match, and no others", () =>
    Effect.gen(function* () {
      const { faults, handler } = provider()
      yield* faults.next(2, Faults.to("GET", "/a"), Faults.html(502))
      const statuses = yield* Effect.forEach(["/b", "/a", "/a/1", "/a", "/ab"], (path) =>
        Effect.map(handler(request(path)), ({ status }) => status)
      )
      assert.deepStrictEqual(statuses, [200, 502, 502, 200, 200])
      assert.strictEqual(yield* faults.pending, 0)
    })
  )

  it.effect("drop a connection before or after the effect", () =>
    Effect.gen(function* () {
      const { faults, handler, effects } = provider()
      yield* faults.next(1, () => true, { _tag: "DropBefore" })
      assert.isTrue(Exit.isFailure(yield* Effect.exit(handler(request("/")))))
      assert.strictEqual(effects(), 0)
      yield* faults.next(1, () => true, { _tag: "DropAfter" })
      assert.isTrue(Exit.isFailure(yield* Effect.exit(handler(request("/")))))
      assert.strictEqual(effects(), 1)
    })
  )

  it.effect("delay by the Clock", () =>
    Effect.gen(function* () {
      const { faults, handler, effects } = provider()
      yield* faults.next(1, () => true, { _tag: "DelayAfter", ms: 1000 })
      const fiber = yield* Effect.forkChild(handler(request("/")))
      yield* TestClock.adjust(999)
      assert.deepStrictEqual([effects(), fiber.pollUnsafe()], [1, undefined])
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* Fiber.join(fiber)).status, 200)
    })
  )

  it.effect("cut an answer so that it is no JSON", () =>
    Effect.gen(function* () {
      const { faults, handler } = provider()
      yield* faults.next(1, () => true, { _tag: "Truncate" })
      const reply = yield* handler(request("/"))
      assert.strictEqual(reply.status, 200)
      assert.throws(() => JSON.parse(Wire.text(reply)))
    })
  )

  it.effect("inside a provider say how its execution must end", () =>
    Effect.gen(function* () {
      const { faults } = provider()
      const reply = () => Wire.json(500, "{}")
      yield* faults.next(1, () => true, { _tag: "FailBefore", reply })
      yield* faults.next(1, () => true, { _tag: "FailAfter", reply })
      assert.strictEqual((yield* faults.during(request("/")))?.hasEffect, false)
      assert.strictEqual((yield* faults.during(request("/")))?.hasEffect, true)
      assert.isUndefined(yield* faults.during(request("/")))
    })
  )
})
