import { RecordId, Reference } from "@syncline/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { Http } from "./Remote.ts"
import * as Rest from "./Rest.ts"

const Person = Schema.Struct({
  id: RecordId,
  name: Schema.NullOr(Schema.String),
  company: Schema.optionalKey(Reference("company")),
  address: Rest.Nested
})
const read = Rest.items(Person, "id")
const ada = { id: RecordId.make("1"), name: "Ada", address: { city: "London" }, unknown: [1, { deep: true }] }

/** A connection that gives this answer to everything. */
const answering = (json: unknown, headers: Record<string, string> = {}) =>
  Effect.provideService(
    Http,
    Http.of({ send: () => Effect.succeed({ status: 200, headers, text: "", json }), stream: () => Stream.empty })
  )

describe("Rest.items", () => {
  it("returns the very object that came, with the fields nobody declared", () => {
    const [item] = read([ada])
    assert.isTrue(item?._tag === "Present" && Object.is(item.record, ada))
  })

  it("one malformed record does not touch its neighbours, and says what is wrong where", () => {
    const broken = { ...ada, id: "2", name: 7 }
    const items = read([ada, broken, { ...ada, id: "3" }])
    assert.deepStrictEqual(
      items.map(({ _tag }) => _tag),
      ["Present", "Unreadable", "Present"]
    )
    const [, unreadable] = items
    if (unreadable?._tag !== "Unreadable") throw new Error("expected Unreadable")
    assert.strictEqual(unreadable.id, "2")
    assert.include(unreadable.why, "name")
    assert.deepStrictEqual(unreadable.payload, broken)
  })

  const ids: ReadonlyArray<readonly [string, unknown, string]> = [
    ["no id", { name: "x" }, "?"],
    ["an empty id", { id: "" }, "?"],
    ["a number for an id", { id: 42 }, "42"],
    ["a null", null, "?"],
    ["a text", "oops", "?"],
    ["a list", [1], "?"]
  ]
  for (const [name, raw, id] of ids) {
    it(`${name} is unreadable as "${id}"`, () => {
      const [item] = read([raw])
      assert.deepStrictEqual(item?._tag === "Unreadable" && String(item.id), id)
    })
  }

  it("null, absent and empty stay three different things", () => {
    const records = [
      { ...ada, name: null },
      { ...ada, name: "" }
    ]
    assert.deepStrictEqual(
      read(records).map((item) => item._tag === "Present" && item.record.name),
      [null, ""]
    )
    const { name: _, ...nameless } = ada
    assert.strictEqual(read([nameless])[0]?._tag, "Unreadable")
  })

  it("a schema that changes what it reads is found out", () => {
    const [item] = Rest.items(Schema.Struct({ id: Schema.FiniteFromString }), "id")([{ id: "1" }])
    assert.include(item?._tag === "Unreadable" ? item.why : "", "may only check")
  })

  it("a reason is short, however long the value", () => {
    const [item] = read([{ ...ada, name: ["x".repeat(100_000)] }])
    assert.isBelow(item?._tag === "Unreadable" ? item.why.length : Infinity, 400)
  })
})

describe("Rest calls", () => {
  it.effect("an answer of another shape is Transient and names the place, not the value", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Rest.get("/people", Schema.Struct({ data: Schema.Array(Schema.Unknown) })))
      assert.strictEqual(error.operation, "GET /people")
      assert.strictEqual(error.reason._tag, "Transient")
      assert.include(JSON.stringify(error.reason), "data")
      assert.notInclude(JSON.stringify(error.reason), "confidential")
    }).pipe(answering({ data: "confidential" }))
  )

  it.effect("the provider's time is its Date header", () =>
    Effect.gen(function* () {
      assert.strictEqual(Rest.iso(yield* Rest.dateHeaderMs("/people")), "2026-11-21T05:14:00.000Z")
    }).pipe(answering({}, { date: "Sat, 21 Nov 2026 05:14:00 GMT" }))
  )

  for (const headers of [{}, { date: "yesterday" }]) {
    it.effect(`without a readable Date there is no time: ${JSON.stringify(headers)}`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* Effect.flip(Rest.dateHeaderMs("/people"))).reason._tag, "Transient")
      }).pipe(answering({}, headers))
    )
  }
})
