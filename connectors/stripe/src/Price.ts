/** Prices. Amount, currency and interval never change: Stripe makes a new price and deactivates the old one. https://docs.stripe.com/api/prices */
import { type Entity, entity } from "@syncline/connector"
import { RecordId, Reference } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import * as Source from "./Source.ts"

export const Price = Schema.Struct({
  id: RecordId,
  object: Schema.Literal("price"),
  active: Schema.Boolean,
  billing_scheme: Schema.String,
  created: Schema.Int,
  currency: Schema.String,
  currency_options: Schema.optionalKey(Field.Nested),
  custom_unit_amount: Field.Nested,
  livemode: Schema.Boolean,
  lookup_key: Field.MaybeText,
  metadata: Field.Metadata,
  nickname: Field.MaybeText,
  product: Reference("product"),
  recurring: Field.Nested,
  tax_behavior: Field.MaybeText,
  tiers: Schema.optionalKey(Field.Nested),
  tiers_mode: Field.MaybeText,
  transform_quantity: Field.Nested,
  type: Schema.String,
  unit_amount: Field.MaybeWhole,
  unit_amount_decimal: Field.MaybeText
})
export type Price = typeof Price.Type

const events = ["price.created", "price.updated", "price.deleted"] as const

/** `rangeCount` ranges of `created` are listed side by side. */
export const price = (rangeCount: number): Entity<Price> =>
  entity(Price, { id: "id", ...Source.of({ name: "price", schema: Price, path: "/v1/prices", events, rangeCount }) })
