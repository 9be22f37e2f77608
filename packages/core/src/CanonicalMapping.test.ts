import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as CanonicalMapping from "./CanonicalMapping.ts"
import { references } from "./Reference.ts"

const order = { status: "open", currency: "EUR", lines: [], total: "19.99" }
const parcel = { order: "o1", status: "in_transit", items: [{ quantity: "2" }] }

describe("built-in records are checked", () => {
  it.each<[string, CanonicalMapping.BuiltIn, boolean, object]>([
    ["an order of nobody", "order", true, { ...order, contact: null, tags: ["vip"] }],
    ["an order that was placed on a day without a time", "order", false, { ...order, placed_at: "2026-11-21" }],
    ["an order placed at a moment", "order", true, { ...order, placed_at: "2026-11-21T09:30:00+01:00" }],
    ["an order in a state of its own", "order", false, { ...order, status: "weird" }],
    ["a parcel", "fulfillment", true, parcel],
    ["a parcel of no order", "fulfillment", false, { ...parcel, order: null }],
    ["a level", "inventory_level", true, { product: "p1", available: "-3", on_hand: "0.5" }],
    ["a level of no product", "inventory_level", false, { available: "1" }],
    ["a level that is a number", "inventory_level", false, { product: "p1", available: 1 }]
  ])("%s", (_, type, isValid, record) => {
    const schema: Schema.Codec<unknown, unknown> = CanonicalMapping.types[type]
    assert.strictEqual(Schema.is(schema)(record), isValid)
  })
})

it("what must be there before what", () =>
  assert.deepStrictEqual(
    Object.entries(CanonicalMapping.types).map(([type, schema]) => [
      type,
      references(schema).map(({ entity, isOptional }) => `${entity}${isOptional ? "?" : ""}`)
    ]),
    [
      ["contact", []],
      ["product", []],
      ["inventory_level", ["product"]],
      ["order", ["contact?", "product?"]],
      ["invoice", ["contact", "order?", "product?"]],
      ["fulfillment", ["order", "product?"]],
      ["refund", ["contact?", "order?", "product?"]],
      ["credit_note", ["contact", "invoice?", "product?"]]
    ]
  ))
