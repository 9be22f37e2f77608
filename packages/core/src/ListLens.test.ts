import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as FieldMapping from "./FieldMapping.ts"
import type { Fields } from "./Fields.ts"
import { EntityType, RecordId, RecordKey } from "./Ids.ts"
import { Reference, references } from "./Reference.ts"
import type { Side } from "./Side.ts"
import type { Direction } from "./SyncJob.ts"
import * as Transform from "./Transform.ts"

const Order = Schema.Struct({
  lines: Schema.Array(Schema.Struct({ product: Schema.NullOr(Schema.Struct({ id: Reference("product") })) }))
})
const Invoice = Schema.Struct({ items: Schema.Array(Schema.Struct({ item: Schema.NullOr(Reference("item")) })) })

const rule: FieldMapping.Rule = {
  source: "lines",
  target: "items",
  items: [
    { source: "title", target: "text", transform: Transform.trim },
    { source: "count", target: "quantity", transform: Transform.text, default: "1" },
    { source: "product.id", target: "item" }
  ]
}

const load = (rules: ReadonlyArray<FieldMapping.Rule>, direction: Direction = "bidirectional") =>
  FieldMapping.load(rules, direction, {
    references: { source: references(Order), target: references(Invoice) },
    pairOf: () => EntityType.make("product")
  })
const mapping = Result.getOrThrow(load([rule]))

/** Source ids are `s-1`, target ids `t-1`, keys `product/1`; whatever is 9 is not linked. */
const linked: FieldMapping.References = {
  keyOf: (_, entity, id) => (id.endsWith("9") ? null : RecordKey.make(`${entity}/${id.slice(2)}`)),
  idAt: (side, _, key) => (key.endsWith("9") ? null : RecordId.make(`${side[0]}-${key.split("/")[1]}`))
}
const lift = (side: Side, record: Fields) => FieldMapping.lift(mapping, side, record, linked)
const lower = (side: Side, items: Schema.Json, base: Fields | null) =>
  Result.getOrThrow(FieldMapping.lower(mapping, side, { items }, base, linked))

const surfboard = { text: "Surfboard", quantity: "1", item: "product/1" }
const wax = { text: "Wax", quantity: "2", item: null }

describe("a list whose items are mapped", () => {
  it("is read item by item, with the keys of records and with what an absent field means", () => {
    const canonical = Result.succeed({ items: [surfboard, wax] })
    const lines = [
      { id: "l1", title: " Surfboard", product: { id: "s-1", name: "x" } },
      { title: "Wax", count: 2, product: null }
    ]
    assert.deepStrictEqual(lift("source", { lines }), canonical)
    assert.deepStrictEqual(lift("target", { items: [{ ...surfboard, item: "t-1", account: "200" }, wax] }), canonical)
  })

  it("is made item by item where a record is made", () => {
    assert.deepStrictEqual(lower("target", [surfboard, wax], null), { items: [{ ...surfboard, item: "t-1" }, wax] })
    assert.deepStrictEqual(lower("source", [surfboard], null), {
      lines: [{ title: "Surfboard", count: 1, product: { id: "s-1" } }]
    })
  })

  const known = (account: string, item: object) => ({ account, ...item })
  const base = { items: [known("200", { ...surfboard, item: "t-1" }), known("400", wax)] }
  it.each<[string, ReadonlyArray<Fields>, ReadonlyArray<Fields>]>([
    ["keeps its items where they say the same", [surfboard, wax], base.items],
    ["keeps what an item has besides, wherever it goes", [wax, surfboard], base.items.toReversed()],
    [
      "writes a changed item over the one at its place",
      [surfboard, { ...wax, quantity: "3" }],
      [known("200", { ...surfboard, item: "t-1" }), known("400", { ...wax, quantity: "3" })]
    ],
    [
      "makes an added item anew",
      [{ ...wax, text: "Leash" }, surfboard, wax],
      [{ ...wax, text: "Leash" }, ...base.items]
    ],
    ["drops an item that is gone", [wax], [known("400", wax)]],
    ["makes an item anew that says less than the one at its place", [{ quantity: "1" }], [{ quantity: "1" }]]
  ])("%s", (_, items, expected) => assert.deepStrictEqual(lower("target", items, base), { items: expected }))

  it("is one item where the side has one object in its place", () =>
    assert.deepStrictEqual(
      lift("source", { lines: { title: "Wax", count: 2, product: null } }),
      Result.succeed({ items: [wax] })
    ))

  it("may be cleared, and be absent", () => {
    assert.deepStrictEqual(lift("source", {}), Result.succeed({}))
    assert.deepStrictEqual(lift("source", { lines: null }), Result.succeed({ items: null }))
    assert.deepStrictEqual(lower("target", null, base), { items: null })
  })

  it("tells the references of its items", () => {
    const lines = [{ product: { id: "s-1" } }, { product: null }, { product: { id: "s-9" } }]
    assert.deepStrictEqual(
      FieldMapping.referencesIn(mapping, "source", { lines }).map(({ field, id }) => [field, id]),
      [
        ["items", "s-1"],
        ["items", "s-9"]
      ]
    )
    assert.deepStrictEqual(
      FieldMapping.keysIn(mapping, { items: [surfboard, wax, { item: "~?ss-9" }] }).map(({ entity, field, value }) => ({
        entity,
        field,
        value
      })),
      [
        { entity: EntityType.make("product"), field: "items", value: "product/1" },
        { entity: EntityType.make("product"), field: "items", value: "~?ss-9" }
      ]
    )
  })

  it("carries a record over into a table as it does into a provider, ids as they are", () =>
    assert.deepStrictEqual(
      FieldMapping.forward(mapping, { lines: [{ title: "Wax ", product: { id: "s-1" } }] }),
      Result.succeed({ items: [{ text: "Wax", quantity: "1", item: "s-1" }] })
    ))

  it.each<[string, Fields, string]>([
    ["a list that is none", { lines: "two" }, 'field "lines" must be a list, but is "two"'],
    ["an item that is no object", { lines: [1] }, 'field "lines" must be a list of objects, but is [1]'],
    [
      "a field of an item",
      { lines: [{}, { title: 1 }] },
      'field "lines" has an item 2 whose field "title" must be text, but is 1, but is [{},{"title":1}]'
    ]
  ])("is refused by the item and the field that cannot be carried over: %s", (_, record, message) =>
    assert.strictEqual(Result.getOrThrow(Result.flip(lift("source", record))).message, message)
  )
})

describe("lists of a side, one after the other,", () => {
  const both: FieldMapping.Rule = { ...rule, source: ["lines", "extra"], direction: "source_to_target" }
  it("are one, of which the other side makes its own", () => {
    const record = { lines: [{ title: "Wax", count: 2 }], extra: { title: "Delivery" } }
    const made = [
      { text: "Wax", quantity: "2" },
      { text: "Delivery", quantity: "1" }
    ]
    const joined = Result.getOrThrow(load([both]))
    assert.deepStrictEqual(FieldMapping.lift(joined, "source", record, linked), Result.succeed({ items: made }))
    assert.deepStrictEqual(FieldMapping.forward(joined, record), Result.succeed({ items: made }))
    assert.deepStrictEqual(FieldMapping.forward(joined, { lines: null, extra: null }), Result.succeed({ items: null }))
    assert.deepStrictEqual(FieldMapping.forward(joined, {}), Result.succeed({}))
  })
  it("are only read", () =>
    assert.include(
      Result.getOrThrow(Result.flip(load([{ ...both, direction: "bidirectional" }]))).message,
      "travels to several lists of the source"
    ))
})

describe("a list's mapping is refused", () => {
  it.each<[string, FieldMapping.Rule, string]>([
    [
      "where a field of an item does not travel with its list",
      { ...rule, items: [{ source: "a", target: "x", direction: "source_to_target" }] },
      'of an item rule "a" → "x" does not travel in every way that the list does'
    ],
    [
      "where the list is transformed too",
      { ...rule, transform: Transform.trim },
      "give their fields the transforms, and the list none"
    ],
    [
      "where a transform is one-way",
      { ...rule, items: [{ source: "a", target: "x", transform: Transform.constant(1) }] },
      'of an item rule "a" → "x" travels to the source, but Constant is one-way'
    ],
    [
      "where two rules write one field",
      {
        ...rule,
        items: [
          { source: "a", target: "x" },
          { source: "b", target: "x" }
        ]
      },
      'of an item the target\'s "x" is written by two rules'
    ]
  ])("%s", (_, refused, message) => assert.include(Result.getOrThrow(Result.flip(load([refused]))).message, message))

  it("not where its field travels further than the list", () =>
    assert.isTrue(
      Result.isSuccess(
        load([
          {
            ...rule,
            direction: "source_to_target",
            items: [{ source: "a", target: "x", direction: "source_to_target", transform: Transform.constant(1) }]
          }
        ])
      )
    ))
})
