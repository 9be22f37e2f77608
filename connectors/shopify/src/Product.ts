/** Products. What is sold of one, with its price and number, is a variant. https://shopify.dev/docs/api/admin-graphql/latest/objects/Product */
import { type Entity, entity } from "@syncline/connector"
import { CanonicalMapping, RecordId, Transform } from "@syncline/core"
import { Schema } from "effect"
import { fitting, path } from "./Admin.ts"
import * as Field from "./Field.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"
import * as Time from "./Time.ts"

export const Product = Schema.Struct({
  id: RecordId,
  legacyResourceId: Schema.String,
  title: Schema.String,
  handle: Schema.String,
  descriptionHtml: Schema.String,
  productType: Schema.String,
  vendor: Schema.String,
  tags: Schema.Array(Schema.String),
  /** ACTIVE, ARCHIVED, DRAFT or UNLISTED. */
  status: Schema.String,
  totalInventory: Schema.Int,
  tracksInventory: Schema.Boolean,
  publishedAt: Field.MaybeText,
  createdAt: Field.Moment,
  updatedAt: Field.Moment,
  synclineOp: Field.Marker
})
export type Product = typeof Product.Type

export const kind: Source.Kind<Product> = {
  schema: Product,
  type: "Product",
  plural: "products",
  selection: `id legacyResourceId title handle descriptionHtml productType vendor tags status totalInventory tracksInventory publishedAt createdAt updatedAt ${Field.marker}`,
  cost: 2,
  sortKey: "UPDATED_AT",
  filter: "updated_at",
  filterStepMs: 1000,
  subject: "PRODUCT",
  updatedMs: ({ updatedAt }) => Time.ms(updatedAt)
}

const written = Target.plain("title", "handle", "descriptionHtml", "productType", "vendor", "tags", "status")
const fields = written.map(({ field }) => field)
const locked = { totalInventory: "write the quantity of an inventory level" }

const canonical = CanonicalMapping.of<Product>()("product", [
  { source: "title", target: "name" },
  {
    source: "status",
    target: "is_active",
    direction: "source_to_target",
    transform: Transform.oneOf({ ACTIVE: true, ARCHIVED: false, DRAFT: false, UNLISTED: true })
  },
  { source: "tags", target: "tags", merge: "set" }
])

export const product: Entity<Product> = entity(Product, {
  id: "id",
  version: "updatedAt",
  canonical,
  changedAt: ({ updatedAt }) => Time.ms(updatedAt),
  changedAtPrecisionMs: 1000,
  endpoints: {
    list: { method: "POST", path, deltaSyncField: "updatedAt", pageSize: fitting(kind.cost) },
    get: { method: "POST", path },
    changes: { method: "POST", path },
    create: { method: "POST", path, fields },
    update: { method: "POST", path, fields },
    delete: { method: "POST", path }
  },
  source: {
    deltaSyncField: "updatedAt",
    ...Source.of(kind),
    lookup: { fields: ["handle", "title"], max: 50, run: (field, values) => Source.find(kind, field, values) }
  },
  target: {
    create: Target.create({
      kind,
      written,
      locked,
      mutation: {
        name: "productCreate",
        variables: "$input: ProductCreateInput!",
        arguments: "product: $input",
        payload: "product",
        hasCode: false
      },
      createdAt: "created_at"
    }),
    update: Target.update({
      kind,
      written,
      locked,
      mutation: {
        name: "productUpdate",
        variables: "$input: ProductUpdateInput!",
        arguments: "product: $input",
        payload: "product",
        hasCode: false
      }
    }),
    remove: Target.remove({
      name: "productDelete",
      variables: "$input: ProductDeleteInput!",
      arguments: "input: $input, synchronous: true",
      values: ({ id }) => ({ input: { id } })
    })
  }
})
