/** Refunds of an order. https://shopify.dev/docs/api/admin-graphql/latest/objects/Refund */
import { type Entity, entity } from "@syncline/connector"
import { CanonicalMapping, type FieldMapping, RecordId, Reference, Transform } from "@syncline/core"
import { Schema } from "effect"
import { path } from "./Admin.ts"
import * as Field from "./Field.ts"
import * as PartOfOrder from "./PartOfOrder.ts"
import * as PayBack from "./PayBack.ts"
import * as Time from "./Time.ts"

export const Refund = Schema.Struct({
  id: RecordId,
  legacyResourceId: Schema.String,
  order: Schema.Struct({
    id: Reference("order"),
    customer: Schema.NullOr(Schema.Struct({ id: Reference("customer") }))
  }),
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
  selection: `id legacyResourceId order { id customer { id } } note totalRefundedSet ${Field.shopMoney} createdAt updatedAt`,
  cost: 5
}

/**
 * One line of all that was given back: money may go without things, or things without money, and shipping is in no line, so that only
 * the whole is always right.
 */
const whole: ReadonlyArray<FieldMapping.ItemRule> = [
  { source: "shopMoney.amount", target: "description", transform: Transform.constant("Refund") },
  { source: "shopMoney.amount", target: "quantity", transform: Transform.constant("1") },
  { source: "shopMoney.amount", target: "amount" }
]

const read = { direction: "source_to_target" } as const

const canonical = CanonicalMapping.of<Refund>()("refund", [
  { source: "order.customer.id", target: "contact", ...read },
  { source: "order.id", target: "order", ...read },
  { source: "id", target: "status", ...read, transform: Transform.constant("succeeded") },
  { source: "totalRefundedSet.shopMoney.currencyCode", target: "currency", ...read },
  { source: "createdAt", target: "refunded_at", ...read },
  { source: "totalRefundedSet", target: "lines", ...read, items: whole },
  { source: "totalRefundedSet.shopMoney.amount", target: "total", ...read },
  { source: "note", target: "note", ...read }
])

export const refund: Entity<Refund> = entity(Refund, {
  id: "id",
  version: "updatedAt",
  canonical,
  changedAt: ({ updatedAt }) => Time.ms(updatedAt),
  changedAtPrecisionMs: 1000,
  endpoints: {
    list: { method: "POST", path, deltaSyncField: "updatedAt", pageSize: 50 },
    get: { method: "POST", path },
    changes: { method: "POST", path },
    create: { method: "POST", path, fields: ["order", "totalRefundedSet", "note"] }
  },
  source: {
    deltaSyncField: "updatedAt",
    ...PartOfOrder.source(part)
  },
  target: { create: PayBack.create(part) }
})
