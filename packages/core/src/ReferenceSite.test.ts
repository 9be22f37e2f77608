import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as FieldMapping from "./FieldMapping.ts"
import type { Fields } from "./Fields.ts"
import { EntityType, RecordId, RecordKey } from "./Ids.ts"
import { Reference, references } from "./Reference.ts"
import type { Side } from "./Side.ts"

const Invoice = Schema.Struct({
  customer: Reference("customer"),
  lines: Schema.Array(Schema.Struct({ product: Schema.NullOr(Reference("product")), text: Schema.String })),
  owner: Schema.NullOr(Reference("user"))
})
const Bill = Schema.Struct({ contact_id: Schema.NullOr(Reference("contact")), lines: Schema.Json, owner: Schema.Json })

const options: FieldMapping.Options = {
  references: { source: references(Invoice), target: references(Bill) },
  pairOf: (side, entity) => {
    const pairs: { readonly [entity: string]: string } =
      side === "source" ? { customer: "customer", product: "product" } : { contact: "customer", item: "product" }
    const pair = pairs[entity]
    return pair === undefined ? null : EntityType.make(pair)
  }
}
const rules: ReadonlyArray<FieldMapping.Rule> = [
  { source: "customer", target: "contact_id" },
  { source: "lines", target: "lines" },
  { source: "owner", target: "owner" }
]
const mapping = Result.getOrThrow(FieldMapping.load(rules, "bidirectional", options))

/** Source ids are `s-1`, target ids `t-1`, keys `customer/1`; whatever is 9 is not linked. */
const linked: FieldMapping.References = {
  keyOf: (side, entity, id) => {
    const [prefix, name] = id.split("-")
    return prefix === side[0] && name !== "9" ? RecordKey.make(`${entity}/${name}`) : null
  },
  idAt: (side, _, key) => (key.endsWith("9") ? null : RecordId.make(`${side[0]}-${key.split("/")[1]}`))
}
const lift = (side: Side, record: Fields) => Result.getOrThrow(FieldMapping.lift(mapping, side, record, linked))

const atSource = {
  customer: "s-1",
  lines: [
    { product: "s-2", text: "x" },
    { product: null, text: "y" }
  ],
  owner: "u-1"
}
const canonical = {
  contact_id: "customer/1",
  lines: [
    { product: "product/2", text: "x" },
    { product: null, text: "y" }
  ],
  owner: "u-1"
}
const atTarget = {
  contact_id: "t-1",
  lines: [
    { product: "t-2", text: "x" },
    { product: null, text: "y" }
  ],
  owner: "u-1"
}

describe("ids of references", () => {
  it("become record keys, in lists too; those of what is not synced stay", () => {
    assert.deepStrictEqual(lift("source", atSource), canonical)
    assert.deepStrictEqual(lift("target", atTarget), canonical)
  })

  it("become the other side's ids when they are written", () => {
    assert.deepStrictEqual(FieldMapping.lower(mapping, "target", canonical, null, linked), Result.succeed(atTarget))
    assert.deepStrictEqual(FieldMapping.lower(mapping, "source", canonical, {}, linked), Result.succeed(atSource))
  })

  it.each<[string, Schema.Json, Schema.Json]>([
    ["of a record that is not linked is marked", "s-9", "~?ss-9"],
    ["of a record that is there in full is its id", { id: "s-1", name: "Ada" }, "customer/1"],
    ["of nothing is null", null, null],
    ["that is no id stays", true, true]
  ])("%s", (_, customer, expected) => assert.deepStrictEqual(lift("source", { customer }), { contact_id: expected }))

  it("a number is an id where keys are numbers", () => {
    const numbers: FieldMapping.References = { keyOf: (_, __, id) => RecordKey.make(`k${id}`), idAt: () => null }
    assert.deepStrictEqual(
      FieldMapping.lift(mapping, "source", { customer: 7 }, numbers),
      Result.succeed({ contact_id: "k7" })
    )
  })

  it.each(["~?ss-9", "customer/9"])("are not written while they are unknown: %s", (key) => {
    const refused = Result.getOrThrow(
      Result.flip(FieldMapping.lower(mapping, "target", { contact_id: key }, null, linked))
    )
    assert.strictEqual(
      refused.message,
      `field "contact_id" refers to a record of "customer" that is not known at the target yet, but is "${key}"`
    )
  })

  it("of a record that was linked meanwhile are written as its id", () => {
    const keyOf: FieldMapping.References["keyOf"] = (side, _, id) =>
      side === "source" && id === "s-9" ? RecordKey.make("customer/1") : null
    assert.deepStrictEqual(
      FieldMapping.lower(mapping, "target", { contact_id: "~?ss-9" }, null, { ...linked, keyOf }),
      Result.succeed({ contact_id: "t-1" })
    )
  })

  it("that were read at the very side that is written are known by their ids there", () => {
    const keyOf: FieldMapping.References["keyOf"] = (side, _, id) =>
      side === "target" && id === "t-9" ? RecordKey.make("customer/1") : null
    const marked = FieldMapping.lift(mapping, "target", { contact_id: "t-9" }, { ...linked, keyOf: () => null })
    assert.deepStrictEqual(
      Result.flatMap(marked, (fields) => FieldMapping.lower(mapping, "target", fields, null, { ...linked, keyOf })),
      Result.succeed({ contact_id: "t-1" })
    )
  })

  it("of a record that is gone are none where a record can do without, and what they were where it cannot", () => {
    const gone: FieldMapping.References = { ...linked, isGone: (entity) => entity === "customer" }
    const written = (side: "source" | "target") =>
      FieldMapping.lower(mapping, side, { contact_id: "customer/1" }, null, gone)
    assert.deepStrictEqual(written("target"), Result.succeed({ contact_id: null }))
    assert.deepStrictEqual(written("source"), Result.succeed({ customer: "s-1" }))
  })

  it("are not written while their record is not linked, though somebody knows its mark", () => {
    const knowsAll: FieldMapping.References = { keyOf: () => null, idAt: (_, __, key) => RecordId.make(key) }
    assert.isTrue(Result.isFailure(FieldMapping.lower(mapping, "target", { contact_id: "~?ss-9" }, null, knowsAll)))
    assert.isTrue(Result.isSuccess(FieldMapping.lower(mapping, "target", { contact_id: "s-9" }, null, knowsAll)))
  })

  it("are told, with what the other side can do without", () => {
    assert.deepStrictEqual(FieldMapping.referencesIn(mapping, "source", atSource), [
      { field: "contact_id", entity: EntityType.make("customer"), id: RecordId.make("s-1"), isOptional: true },
      { field: "lines", entity: EntityType.make("product"), id: RecordId.make("s-2"), isOptional: true }
    ])
    assert.deepStrictEqual(
      FieldMapping.referencesIn(mapping, "target", { contact_id: "t-1" }).map(({ isOptional }) => isOptional),
      [false]
    )
  })
})

it("keys are told, in lists too, with the pair of their record and whether it can do without", () =>
  assert.deepStrictEqual(
    FieldMapping.keysIn(mapping, { ...canonical, contact_id: "~?ss-9" }).map(({ entity, isOptional, value }) => [
      entity,
      value,
      isOptional.target
    ]),
    [
      ["customer", "~?ss-9", true],
      ["product", "product/2", true]
    ]
  ))
