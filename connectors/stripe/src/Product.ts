/** Products. One without prices can be deleted, the others are made inactive. https://docs.stripe.com/api/products */
import { type Entity, entity } from "@syncline/connector"
import { RecordId, Reference } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import * as Source from "./Source.ts"

export const Product = Schema.Struct({
  id: RecordId,
  object: Schema.Literal("product"),
  active: Schema.Boolean,
  created: Schema.Int,
  default_price: Schema.optionalKey(Schema.NullOr(Reference("price"))),
  description: Field.MaybeText,
  images: Field.Nested,
  livemode: Schema.Boolean,
  marketing_features: Field.Nested,
  metadata: Field.Metadata,
  name: Schema.String,
  package_dimensions: Field.Nested,
  shippable: Field.MaybeYes,
  statement_descriptor: Schema.optionalKey(Field.MaybeText),
  tax_code: Schema.optionalKey(Field.MaybeText),
  tax_details: Schema.optionalKey(Field.Nested),
  type: Schema.String,
  unit_label: Schema.optionalKey(Field.MaybeText),
  updated: Schema.Int,
  url: Field.MaybeText
})
export type Product = typeof Product.Type

const events = ["product.created", "product.updated", "product.deleted"] as const

/** `rangeCount` ranges of `created` are listed side by side. */
export const product = (rangeCount: number): Entity<Product> =>
  entity(Product, {
    id: "id",
    ...Source.of({ name: "product", schema: Product, path: "/v1/products", events, rangeCount })
  })
