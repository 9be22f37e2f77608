import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Invoice from "./Canonical/Invoice.ts"
import { Reference, references } from "./Reference.ts"

interface Category {
  readonly parent: string | null
  readonly children: ReadonlyArray<Category>
}
const Category: Schema.Codec<Category> = Schema.Struct({
  parent: Schema.NullOr(Reference("category")),
  children: Schema.Array(Schema.suspend((): Schema.Codec<Category> => Category))
})

it("references are found wherever a schema can hold them", () =>
  assert.deepStrictEqual(
    references(
      Schema.Struct({
        id: Schema.String,
        customer: Reference("customer"),
        checked: Reference("checked").check(Schema.isStartingWith("cus_")),
        coupon: Schema.NullOr(Reference("coupon")),
        plan: Schema.optionalKey(Reference("plan")),
        shipping: Schema.optionalKey(Schema.Struct({ address: Schema.Struct({ country: Reference("country") }) })),
        lines: Schema.Array(
          Schema.Struct({ product: Reference("product"), discount: Schema.NullOr(Reference("discount")) })
        ),
        expanded: Schema.Union([Reference("charge"), Schema.Struct({ id: Schema.String })]),
        byRegion: Schema.Record(Schema.String, Reference("region")),
        pair: Schema.Tuple([Schema.String, Reference("second")])
      })
    ),
    [
      { path: "customer", entity: "customer", isOptional: false },
      { path: "checked", entity: "checked", isOptional: false },
      { path: "coupon", entity: "coupon", isOptional: true },
      { path: "plan", entity: "plan", isOptional: true },
      { path: "shipping.address.country", entity: "country", isOptional: true },
      { path: "lines.*.product", entity: "product", isOptional: false },
      { path: "lines.*.discount", entity: "discount", isOptional: true },
      { path: "expanded", entity: "charge", isOptional: false },
      { path: "byRegion.*", entity: "region", isOptional: false },
      { path: "pair.1", entity: "second", isOptional: false }
    ]
  ))

it("a schema that contains itself is entered once", () =>
  assert.deepStrictEqual(
    references(Category).map(({ path }) => path),
    ["parent", "children.*.parent"]
  ))

it("an invoice needs its contact, and may have an order and products", () =>
  assert.deepStrictEqual(references(Invoice.Invoice), [
    { path: "contact", entity: "contact", isOptional: false },
    { path: "order", entity: "order", isOptional: true },
    { path: "lines.*.product", entity: "product", isOptional: true }
  ]))

it("a reference is a record's id", () => {
  assert.isTrue(Schema.is(Reference("customer"))("cus_1"))
  assert.isFalse(Schema.is(Reference("customer"))(""))
  assert.isFalse(Schema.is(Reference("customer"))(1))
})
