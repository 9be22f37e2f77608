import { assert, describe, it } from "@effect/vitest"
import * as Authorization from "./Authorization.ts"

const keyOf = (authorization: string) =>
  Authorization.key({ method: "GET", path: "/", query: "", headers: { authorization }, body: "" })

describe("Authorization", () => {
  it("reads Bearer and the user of Basic", () => {
    assert.strictEqual(keyOf("Bearer sk_1"), "sk_1")
    assert.strictEqual(keyOf("bearer sk_1"), "sk_1")
    assert.strictEqual(keyOf(`Basic ${btoa("sk_1:")}`), "sk_1")
    for (const nothing of ["", "Bearer", "Bearer ", "Digest x"]) assert.isUndefined(keyOf(nothing))
  })

  it("never shows a whole key", () => {
    assert.strictEqual(Authorization.masked("sk_test_abcdefghijkl4242"), "sk_test_************4242")
    assert.strictEqual(Authorization.masked("sk_test_short"), "sk_test_*****")
    assert.strictEqual(Authorization.masked("secret"), "******")
  })
})
