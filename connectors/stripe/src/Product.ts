/** Products. One without prices can be deleted, the others are made inactive. https://docs.stripe.com/api/products */
import { type Entity, entity } from "@syncline/connector"
import { CanonicalMapping, RecordId, Reference } from "@syncline/core"
import { Effect, Schema } from "effect"
import * as Field from "./Field.ts"
import * as Lookup from "./Lookup.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"

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

export const events = ["product.created", "product.updated", "product.deleted"] as const

const path = "/v1/products"

/** https://docs.stripe.com/api/products/create */
export const creatable = [
  "active",
  "description",
  "images",
  "marketing_features",
  "metadata",
  "name",
  "package_dimensions",
  "shippable",
  "statement_descriptor",
  "tax_code",
  "tax_details",
  "unit_label",
  "url"
] as const satisfies ReadonlyArray<keyof Product>

/** https://docs.stripe.com/api/products/update */
export const updatable = [...creatable, "default_price"] as const satisfies ReadonlyArray<keyof Product>

const kind: Target.Kind<Product> = {
  schema: Product,
  path,
  creatable,
  updatable,
  locked: {
    default_price: "a product is made before its prices; set its default price by an update",
    type: "Stripe sets this and no longer takes it at this version"
  },
  born: { type: "service" }
}

/** Stripe has no number of the seller's own: it is kept in `metadata.sku`. */
const canonical = CanonicalMapping.of<Product>()("product", [
  { source: "name", target: "name" },
  { source: "metadata.sku", target: "sku" },
  { source: "description", target: "description" },
  { source: "active", target: "is_active" }
])

/** A product that has prices is kept for ever, so it is made inactive. */
const remove = Target.remove<Product>(kind, (op) =>
  Effect.andThen(
    Target.archive(kind)(op),
    Effect.logInfo(`product ${op.id} has prices, so Stripe keeps it; it was made inactive instead of deleted`)
  )
)

/** `rangeCount` ranges of `created` are listed side by side. */
export const product = (rangeCount: number): Entity<Product> => {
  const reading: Source.Kind<Product> = { name: "product", schema: Product, path, events, rangeCount }
  const { endpoints, source } = Source.of(reading)
  return entity(Product, {
    id: "id",
    canonical,
    changedAt: ({ updated }) => updated * 1000,
    changedAtPrecisionMs: 1000,
    endpoints: {
      ...endpoints,
      ...Target.endpoints(kind),
      delete: { method: "DELETE", path: `${path}/{id}` }
    },
    source: {
      ...source,
      lookup: Lookup.of(reading, [
        { field: "id", parameter: "ids[]", most: 100 },
        { field: "url", parameter: "url", most: 1 }
      ])
    },
    target: { create: Target.create(kind), update: Target.update(kind), remove }
  })
}
