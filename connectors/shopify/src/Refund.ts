/** Refunds of an order. https://shopify.dev/docs/api/admin-graphql/latest/objects/Refund */
import { type Entity, entity } from "@syncline/connector"
import { RecordId, Reference } from "@syncline/core"
import { Schema } from "effect"
import { path } from "./Admin.ts"
import * as Field from "./Field.ts"
import * as PartOfOrder from "./PartOfOrder.ts"
import * as Time from "./Time.ts"

export const Refund = Schema.Struct({
  id: RecordId,
  legacyResourceId: Schema.String,
  order: Schema.Struct({ id: Reference("order") }),
  note: Field.MaybeText,
  totalRefundedSet: Field.ShopMoney,
  createdAt: Field.MaybeText,
  updatedAt: Field.Moment
})
export type Refund = typeof Refund.Type

export const part: PartOfOrder.Part<Refund> = {
  schema: Refund,
  type: "Refund",
  field: "refunds",
  selection: `id legacyResourceId order { id } note totalRefundedSet ${Field.shopMoney} createdAt updatedAt`,
  cost: 3
}

export const refund: Entity<Refund> = entity(Refund, {
  id: "id",
  version: "updatedAt",
  changedAt: ({ updatedAt }) => Time.ms(updatedAt),
  changedAtPrecisionMs: 1000,
  endpoints: {
    list: { method: "POST", path, deltaSyncField: "updatedAt", pageSize: 50 },
    get: { method: "POST", path },
    changes: { method: "POST", path }
  },
  source: {
    deltaSyncField: "updatedAt",
    ...PartOfOrder.source(part)
  }
})
