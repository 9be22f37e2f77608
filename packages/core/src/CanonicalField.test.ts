import { assert, describe, it } from "@effect/vitest"
import { Result, type Schema } from "effect"
import * as FieldMapping from "./FieldMapping.ts"
import type { Fields } from "./Fields.ts"
import type { Side } from "./Side.ts"
import type { Direction } from "./SyncJob.ts"
import * as Transform from "./Transform.ts"

const unlinked: FieldMapping.References = { keyOf: () => null, idAt: () => null }

const shared = (rules: ReadonlyArray<FieldMapping.Rule>, direction: Direction = "bidirectional") => {
  const mapping = Result.getOrThrow(FieldMapping.load(rules, direction))
  return {
    fields: mapping.fields,
    tryLift: (side: Side, record: Fields) => FieldMapping.lift(mapping, side, record, unlinked),
    tryLower: (side: Side, changes: Fields, base: Fields | null) =>
      FieldMapping.lower(mapping, side, changes, base, unlinked),
    lift: (side: Side, record: Fields) => Result.getOrThrow(FieldMapping.lift(mapping, side, record, unlinked)),
    lower: (side: Side, changes: Fields, base: Fields | null) =>
      Result.getOrThrow(FieldMapping.lower(mapping, side, changes, base, unlinked))
  }
}

const nameInParts: FieldMapping.Rule = {
  source: "full_name",
  target: ["first_name", "last_name"],
  transform: Transform.split()
}
const nameAsWhole: FieldMapping.Rule = {
  source: ["first_name", "last_name"],
  target: "full_name",
  transform: Transform.join()
}
const price: FieldMapping.Rule = {
  source: "amount",
  target: "price",
  transform: Transform.minorToDecimal({ source: "currency", target: "currency_code" })
}
const currency: FieldMapping.Rule = { source: "currency", target: "currency_code", transform: Transform.upper }

describe("the canonical value of", () => {
  it.each<[string, FieldMapping.Rule, Side, Fields, Schema.Json | undefined]>([
    ["what no transform touches is the value", { source: "a", target: "x" }, "source", { a: " v " }, " v "],
    ["what is absent is absent", { source: "a", target: "x" }, "source", {}, undefined],
    ["what is null is null", { source: "a", target: "x", transform: Transform.trim }, "target", { x: null }, null],
    ['"" is ""', { source: "a", target: "x", transform: Transform.trim }, "source", { a: "" }, ""],
    [
      "a source's value is in the target's form",
      { source: "a", target: "x", transform: Transform.time("unix_seconds", "iso") },
      "source",
      { a: 0 },
      "1970-01-01T00:00:00.000Z"
    ],
    [
      "a target's value is in normal form",
      { source: "a", target: "x", transform: Transform.time("unix_seconds", "iso") },
      "target",
      { x: "1970-01-01T01:00:00.9+01:00" },
      "1970-01-01T00:00:00.000Z"
    ],
    [
      "a telephone number is E.164 at both sides",
      { source: "a", target: "x", transform: Transform.phone() },
      "target",
      { x: "+41 (0)44 668 18 00" },
      "+41446681800"
    ],
    [
      "money at the target has the source's scale",
      { source: "a", target: "x", transform: Transform.minorToDecimal("EUR") },
      "target",
      { x: "19.9000" },
      "19.90"
    ],
    [
      "money that is finer is rounded to the coarser scale",
      { source: "a", target: "x", transform: Transform.minorToDecimal("EUR") },
      "target",
      { x: "19.995" },
      "20.00"
    ],
    [
      "a finer source is rounded too",
      { source: "a", target: "x", transform: Transform.decimalToMinor("EUR") },
      "source",
      { a: "-0.125" },
      -13
    ],
    [
      "a source whose target is coarser has the target's scale",
      { source: "a", target: "x", targetTransform: Transform.minorToDecimal("EUR") },
      "source",
      { a: "19.9" },
      "19.90"
    ],
    ["a name in parts is the whole", nameInParts, "target", { first_name: " Ada", last_name: "King  L" }, "Ada King L"],
    ["a name with a missing part is what there is", nameAsWhole, "source", { last_name: "Ada", first_name: "" }, "Ada"],
    ["a name without parts is absent", nameInParts, "target", { other: 1 }, undefined],
    ["a name whose parts were cleared is null", nameInParts, "target", { first_name: null }, null],
    ['a name whose parts are empty is ""', nameInParts, "target", { first_name: "", last_name: "" }, ""],
    [
      "tags in one text are a list",
      { source: "a", target: "x", transform: Transform.split(",") },
      "source",
      { a: "a, b,,c" },
      ["a", "b", "c"]
    ],
    [
      "a constant is the constant",
      { source: "a", target: "x", direction: "source_to_target", transform: Transform.constant(1) },
      "source",
      {},
      1
    ],
    [
      "a one-way field at the side that it does not leave is as it is, whatever it is",
      { source: "a", target: "x", direction: "source_to_target", transform: Transform.minorToDecimal("EUR") },
      "target",
      { x: "free" },
      "free"
    ],
    [
      "a one-way field there that the other side cannot take is in the shared form",
      {
        source: "a",
        target: "x",
        direction: "source_to_target",
        transform: Transform.minorToDecimal("EUR"),
        targetTransform: Transform.trim
      },
      "target",
      { x: " free " },
      "free"
    ],
    [
      "a one-way field there that its own transform refuses is as it is",
      { source: "a", target: "x", direction: "source_to_target", targetTransform: Transform.minorToDecimal("EUR") },
      "target",
      { x: "free" },
      "free"
    ],
    [
      "a source that is finer than its target has the target's scale",
      { source: "a", target: "x", transform: Transform.decimal(3), targetTransform: Transform.minorToDecimal("EUR") },
      "source",
      { a: "19.9" },
      "19.90"
    ],
    [
      "a target that is coarser than its source keeps its own scale",
      { source: "a", target: "x", transform: Transform.decimal(3), targetTransform: Transform.minorToDecimal("EUR") },
      "target",
      { x: 1990 },
      "19.90"
    ]
  ])("%s", (_, rule, side, record, expected) => {
    const { lift, fields } = shared([rule])
    assert.deepStrictEqual(lift(side, record)[fields[0]?.name ?? ""], expected)
  })
})

describe("writing", () => {
  it("keeps the siblings of what is nested", () => {
    const { lower } = shared([{ source: "city", target: "place.address.city" }])
    assert.deepStrictEqual(
      lower("target", { "place.address.city": "Zürich" }, { id: 1, place: { x: 1, address: { zip: "8001" } } }),
      { place: { x: 1, address: { zip: "8001", city: "Zürich" } } }
    )
  })

  it("keeps a value in the form that the side gave it, where it means the same", () => {
    const { lower } = shared([{ source: "email", target: "email", transform: [Transform.trim, Transform.lower] }])
    assert.deepStrictEqual(lower("source", { email: "ada@x.org" }, { email: " Ada@X.org" }), { email: " Ada@X.org" })
    assert.deepStrictEqual(lower("source", { email: "ada@y.org" }, { email: " Ada@X.org" }), { email: "ada@y.org" })
  })

  it("keeps a name's parts where the whole is the same, and else splits it anew", () => {
    const { lower } = shared([nameInParts])
    const name = "first_name+last_name"
    const base = { first_name: "Anna Maria", last_name: "Muster" }
    assert.deepStrictEqual(lower("target", { [name]: "Anna Maria Muster" }, base), base)
    assert.deepStrictEqual(lower("target", { [name]: "Ada Lovelace" }, base), {
      first_name: "Ada",
      last_name: "Lovelace"
    })
    assert.deepStrictEqual(lower("target", { [name]: "Ada" }, base), { first_name: "Ada", last_name: null })
    assert.deepStrictEqual(lower("target", { [name]: null }, base), { first_name: null, last_name: null })
    assert.deepStrictEqual(lower("source", { [name]: "Ada" }, { full_name: "x" }), { full_name: "Ada" })
  })

  it.each<[string, Fields, Fields | null, Fields]>([
    ["a default fills a field that was never set", {}, null, { phone: "none" }],
    ["a default never undoes a clearing", { phone: null }, null, { phone: null }],
    ["a default is for records that are made", {}, { id: 1 }, {}],
    ["a value is a value", { phone: "1" }, null, { phone: "1" }]
  ])("%s", (_, changes, base, expected) =>
    assert.deepStrictEqual(
      shared([{ source: "phone", target: "phone", default: "none" }]).lower("target", changes, base),
      expected
    )
  )

  it("a default is the target's alone, and of fields that travel there", () => {
    const rule: FieldMapping.Rule = { source: "phone", target: "phone", default: "none" }
    assert.deepStrictEqual(shared([rule]).lower("source", {}, null), {})
    assert.deepStrictEqual(shared([{ ...rule, direction: "target_to_source" }]).lower("target", {}, null), {})
  })

  it("clearing what lies in something cleared leaves it", () =>
    assert.deepStrictEqual(
      shared([{ source: "city", target: "address.city" }]).lower("target", { "address.city": null }, { address: null }),
      { address: null }
    ))

  it("refuses to replace what is no object", () =>
    assert.deepStrictEqual(
      Result.flip(
        shared([{ source: "city", target: "address.city" }]).tryLower(
          "target",
          { "address.city": "x" },
          { address: "y" }
        )
      ).pipe(Result.map(({ message }) => message)),
      Result.succeed('field "address.city" cannot be written, because "address" is no object there')
    ))

  it("an amount follows its currency", () => {
    const { lower } = shared([price, currency])
    const base = { amount: 1999, currency: "usd" }
    assert.deepStrictEqual(lower("source", { price: "5" }, base), { amount: 500 })
    assert.deepStrictEqual(lower("source", { currency_code: "KWD" }, base), { currency: "KWD", amount: 19990 })
    assert.deepStrictEqual(lower("source", { price: "5", currency_code: "JPY" }, base), { currency: "JPY", amount: 5 })
    assert.deepStrictEqual(lower("source", { price: "5", currency_code: "JPY" }, null), { currency: "JPY", amount: 5 })
  })

  it("an amount that does not travel there stays when its currency changes", () => {
    const { lower } = shared([{ ...price, direction: "source_to_target" }, currency])
    assert.deepStrictEqual(lower("source", { currency_code: "KWD" }, { amount: 1999, currency: "usd" }), {
      currency: "KWD"
    })
  })

  it.each<[string, Side, Fields, string]>([
    ["a field does not travel there", "source", { kind: "x" }, 'field "kind" does not travel to the source'],
    [
      "the mapping no longer has a field",
      "source",
      { old: 1 },
      'field "old" is not a field of the mapping any more; decide the record again'
    ],
    [
      "a value cannot be brought back",
      "source",
      { price: "x" },
      'field "price" must be a decimal number such as "19.99", but is "x"'
    ]
  ])("is refused where %s", (_, side, changes, message) => {
    const { tryLower } = shared([
      { source: "type", target: "kind", direction: "source_to_target" },
      { source: "amount", target: "price", transform: Transform.minorToDecimal("EUR") }
    ])
    const refused = Result.getOrThrow(Result.flip(tryLower(side, changes, {})))
    assert.strictEqual(refused.message, message)
  })
})

it("reading tells every field that cannot be carried over, with its value", () => {
  const { tryLift } = shared([price, nameAsWhole])
  assert.deepStrictEqual(Result.getOrThrow(Result.flip(tryLift("source", { amount: 1, first_name: 2 }))).fields, {
    amount: 'needs a currency in "currency", but is 1',
    "first_name+last_name": "must be a list of texts, but is [2,null]"
  })
})

it("a field is what its rule and its job say", () => {
  const { fields } = shared([
    { source: "a", target: "x", authority: "target", writeBack: true, merge: { key: "id" }, name: "ex" },
    { source: "b", target: "y", direction: "source_to_target" },
    { source: "c", target: "y", direction: "target_to_source" },
    nameAsWhole
  ])
  assert.deepStrictEqual(
    fields.map(({ name, direction, authority, writeBack, merge, source, target }) => [
      name,
      direction,
      authority,
      writeBack,
      merge,
      source.write === null,
      target.write === null
    ]),
    [
      ["ex", "bidirectional", "target", true, { key: "id" }, false, false],
      ["y", "source_to_target", null, false, "value", true, false],
      ["y (c)", "target_to_source", null, false, "value", false, true],
      ["full_name", "bidirectional", null, false, "value", false, false]
    ]
  )
})
