/** Product variants: what is sold, with a number and a price. https://shopify.dev/docs/api/admin-graphql/latest/objects/ProductVariant */
import { type Entity, entity, type Patch } from "@syncline/connector"
import { CanonicalMapping, type Fields, RecordId, Reference } from "@syncline/core"
import { Schema } from "effect"
import { fitting, path } from "./Admin.ts"
import * as Field from "./Field.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"
import * as Time from "./Time.ts"

export const Variant = Schema.Struct({
  id: RecordId,
  legacyResourceId: Schema.String,
  product: Schema.Struct({ id: Reference("product") }),
  /** `Wetsuit - M / Black`; of a product with one variant its title. */
  displayName: Schema.String,
  title: Schema.String,
  sku: Field.MaybeText,
  barcode: Field.MaybeText,
  /** Decimal text in the shop's currency. */
  price: Schema.String,
  compareAtPrice: Field.MaybeText,
  position: Schema.Int,
  taxable: Schema.Boolean,
  inventoryPolicy: Schema.String,
  inventoryQuantity: Schema.NullOr(Schema.Int),
  inventoryItem: Schema.Struct({ id: RecordId }),
  selectedOptions: Schema.Array(Schema.Struct({ name: Schema.String, value: Schema.String })),
  createdAt: Field.Moment,
  updatedAt: Field.Moment,
  synclineOp: Field.Marker
})
export type Variant = typeof Variant.Type

/** Variants have no sort by time; a window is read whole before its position moves on, so order does not matter. */
export const kind: Source.Kind<Variant> = {
  schema: Variant,
  type: "ProductVariant",
  plural: "productVariants",
  selection: `id legacyResourceId product { id } displayName title sku barcode price compareAtPrice position taxable inventoryPolicy inventoryQuantity inventoryItem { id } selectedOptions { name value } createdAt updatedAt ${Field.marker}`,
  cost: 5,
  sortKey: "ID",
  filter: "updated_at",
  filterStepMs: 1000,
  subject: "PRODUCT_VARIANT",
  updatedMs: ({ updatedAt }) => Time.ms(updatedAt)
}

const written: ReadonlyArray<Target.Written> = [
  ...Target.plain("barcode", "price", "compareAtPrice", "taxable", "inventoryPolicy"),
  { field: "sku", argument: "inventoryItem.sku" }
]
const options: Target.Written = { field: "selectedOptions", argument: "optionValues" }
const productOf: Target.Written = { field: "product", argument: "productId" }
const locked = {
  product: "a variant never moves to another product",
  selectedOptions: "options are set when a variant is made",
  inventoryQuantity: "write the quantity of an inventory level"
}

const isProduct = Schema.is(Schema.Struct({ product: Schema.Struct({ id: RecordId }) }))
const productId = (fields: Patch<Fields>): Readonly<Record<string, Schema.Json>> => ({
  productId: isProduct(fields) ? fields.product.id : ""
})

/** Without what the mutation takes beside the input, and options by their names. */
const isOptions = Schema.is(Schema.Array(Schema.Struct({ name: Schema.String, value: Schema.String })))
const wrap = ({
  optionValues,
  productId: _productId,
  ...input
}: Readonly<Record<string, Schema.Json>>): Schema.Json => [
  {
    ...input,
    ...(isOptions(optionValues) && {
      optionValues: optionValues.map(({ name, value }) => ({ optionName: name, name: value }))
    })
  }
]

const mutation = (name: string): Target.Mutation => ({
  name,
  variables: "$productId: ID!, $input: [ProductVariantsBulkInput!]!",
  arguments: "productId: $productId, variants: $input",
  payload: "productVariants",
  isList: true,
  hasCode: true
})

const canonical = CanonicalMapping.of<Variant>()("product", [
  { source: "displayName", target: "name", direction: "source_to_target" },
  { source: "sku", target: "sku" }
])

export const variant: Entity<Variant> = entity(Variant, {
  id: "id",
  version: "updatedAt",
  canonical,
  changedAt: ({ updatedAt }) => Time.ms(updatedAt),
  changedAtPrecisionMs: 1000,
  endpoints: {
    list: { method: "POST", path, deltaSyncField: "updatedAt", pageSize: fitting(kind.cost) },
    get: { method: "POST", path },
    changes: { method: "POST", path },
    create: { method: "POST", path, fields: [...written, options, productOf].map(({ field }) => field) },
    update: { method: "POST", path, fields: written.map(({ field }) => field) },
    delete: { method: "POST", path }
  },
  source: {
    deltaSyncField: "updatedAt",
    ...Source.of(kind),
    lookup: { fields: ["sku", "barcode"], max: 50, run: (field, values) => Source.find(kind, field, values) }
  },
  target: {
    create: Target.create({
      kind,
      written: [...written, options, productOf],
      locked,
      needs: {
        product:
          "a variant is made within a product, and this record names none: make it in Shopify and give it the same number (sku), then both are linked; or map product"
      },
      mutation: mutation("productVariantsBulkCreate"),
      more: productId,
      wrap,
      createdAt: "updated_at"
    }),
    update: Target.update({
      kind,
      written,
      locked,
      mutation: mutation("productVariantsBulkUpdate"),
      more: productId,
      wrap
    }),
    remove: Target.remove<Variant>({
      name: "productVariantsBulkDelete",
      variables: "$productId: ID!, $ids: [ID!]!",
      arguments: "productId: $productId, variantsIds: $ids",
      values: ({ base, id }) => ({ productId: base.product.id, ids: [id] })
    })
  }
})
