/** Fulfillments: parcels of an order. https://shopify.dev/docs/api/admin-graphql/latest/objects/Fulfillment */
import { type Entity, entity } from "@syncline/connector"
import { CanonicalMapping, RecordId, Reference, Transform } from "@syncline/core"
import { Schema } from "effect"
import { path } from "./Admin.ts"
import * as Field from "./Field.ts"
import * as PartOfOrder from "./PartOfOrder.ts"
import * as Time from "./Time.ts"

export const Fulfillment = Schema.Struct({
  id: RecordId,
  legacyResourceId: Schema.String,
  /** `#1001-F1`. */
  name: Schema.String,
  order: Schema.Struct({ id: Reference("order") }),
  /** CANCELLED, ERROR, FAILURE, OPEN, PENDING or SUCCESS. */
  status: Schema.String,
  trackingInfo: Schema.Array(
    Schema.Struct({ company: Field.MaybeText, number: Field.MaybeText, url: Field.MaybeText })
  ),
  totalQuantity: Schema.Int,
  deliveredAt: Field.MaybeText,
  createdAt: Field.Moment,
  updatedAt: Field.Moment
})
export type Fulfillment = typeof Fulfillment.Type

const canonical = CanonicalMapping.of<Fulfillment>()("fulfillment", [
  { source: "name", target: "number", direction: "source_to_target" },
  { source: "order.id", target: "order", direction: "source_to_target" },
  {
    source: "status",
    target: "status",
    direction: "source_to_target",
    transform: Transform.oneOf({
      CANCELLED: "cancelled",
      ERROR: "failed",
      FAILURE: "failed",
      OPEN: "pending",
      PENDING: "pending",
      SUCCESS: "in_transit"
    })
  },
  { source: "createdAt", target: "shipped_at", direction: "source_to_target" },
  { source: "deliveredAt", target: "delivered_at", direction: "source_to_target" }
])

export const part: PartOfOrder.Part<Fulfillment> = {
  schema: Fulfillment,
  type: "Fulfillment",
  field: "fulfillments",
  selection:
    "id legacyResourceId name order { id } status trackingInfo { company number url } totalQuantity deliveredAt createdAt updatedAt",
  cost: 3
}

export const fulfillment: Entity<Fulfillment> = entity(Fulfillment, {
  id: "id",
  version: "updatedAt",
  canonical,
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
