import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import * as JsonStream from "./JsonStream.ts"

const chunked = (text: string, size: number) => {
  const bytes = new TextEncoder().encode(text)
  return Stream.fromIterable(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, (index + 1) * size))
  )
}

const read = (text: string, size = 7) =>
  Stream.runCollect(JsonStream.elements("GET /Items", chunked(text, size), "Items"))

const Items = Schema.Array(Schema.Json)

describe("JsonStream", () => {
  it.effect.prop(
    "the items of a list are what JSON.parse gives, wherever the chunks end",
    { items: Items, size: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 })) },
    ({ items, size }) =>
      Effect.gen(function* () {
        const text = JSON.stringify({ Status: 'O"K', Others: [1, { Items: [2] }], Items: items, Last: [3] })
        assert.deepStrictEqual(yield* read(text, size), JSON.parse(JSON.stringify(items)))
      })
  )

  it.effect("an answer that broke off is no short list", () =>
    Effect.gen(function* () {
      for (const text of ['{"Items":[{"a":1},{"a"', '{"Items":[1,2', '{"Status":"OK"}', "<html>", ""]) {
        assert.strictEqual((yield* Effect.flip(read(text))).reason._tag, "Transient", text)
      }
    })
  )

  it.effect("an item that is no JSON fails", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(read('{"Items":[{a}]}'))).reason._tag, "Transient")
    })
  )
})
