import { assert, describe, it } from "@effect/vitest"
import * as Idempotency from "./Idempotency.ts"
import { json } from "./Wire.ts"

const reply = json(200, "{}")
const tagOf = (store: Idempotency.Idempotency, fingerprint: string, nowMs = 0) =>
  store.begin("key", fingerprint, nowMs)._tag

describe("Idempotency", () => {
  it("answers a repeated request as before, and other parameters not at all", () => {
    const store = Idempotency.make(1000)
    assert.strictEqual(tagOf(store, "a"), "First")
    store.finish({ key: "key", fingerprint: "a", atMs: 0, reply })
    assert.strictEqual(tagOf(store, "a"), "Replay")
    assert.strictEqual(tagOf(store, "b"), "Differs")
  })

  it("is in use until it is answered or abandoned", () => {
    const store = Idempotency.make(1000)
    tagOf(store, "a")
    assert.strictEqual(tagOf(store, "a"), "InUse")
    assert.strictEqual(tagOf(store, "b"), "Differs")
    store.abandon("key")
    assert.strictEqual(tagOf(store, "b"), "First")
  })

  it("forgets a key exactly after its time", () => {
    const store = Idempotency.make(1000)
    store.finish({ key: "key", fingerprint: "a", atMs: 5, reply })
    assert.strictEqual(tagOf(store, "a", 1004), "Replay")
    assert.strictEqual(tagOf(store, "b", 1005), "First")
  })
})
