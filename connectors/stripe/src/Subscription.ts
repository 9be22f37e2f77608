/** Subscriptions, canceled ones included: a canceled subscription is a state, not a deletion. https://docs.stripe.com/api/subscriptions */
import { type Entity, entity } from "@syncline/connector"
import { RecordId, Reference } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import * as Source from "./Source.ts"

export const Subscription = Schema.Struct({
  id: RecordId,
  object: Schema.Literal("subscription"),
  application: Field.MaybeText,
  application_fee_percent: Schema.NullOr(Schema.Finite),
  automatic_tax: Field.Nested,
  billing_cycle_anchor: Schema.Int,
  billing_cycle_anchor_config: Field.Nested,
  billing_mode: Field.Nested,
  billing_schedules: Field.Nested,
  billing_thresholds: Field.Nested,
  cancel_at: Field.MaybeWhole,
  cancel_at_period_end: Schema.Boolean,
  canceled_at: Field.MaybeWhole,
  cancellation_details: Field.Nested,
  collection_method: Schema.String,
  created: Schema.Int,
  currency: Schema.String,
  customer: Reference("customer"),
  customer_account: Field.MaybeText,
  days_until_due: Field.MaybeWhole,
  default_payment_method: Field.MaybeText,
  default_source: Field.MaybeText,
  default_tax_rates: Schema.optionalKey(Field.Nested),
  description: Field.MaybeText,
  discounts: Field.Nested,
  ended_at: Field.MaybeWhole,
  invoice_settings: Field.Nested,
  items: Field.Nested,
  latest_invoice: Schema.NullOr(Reference("invoice")),
  livemode: Schema.Boolean,
  managed_payments: Field.Nested,
  metadata: Field.Metadata,
  next_pending_invoice_item_invoice: Field.MaybeWhole,
  on_behalf_of: Field.MaybeText,
  pause_collection: Field.Nested,
  payment_settings: Field.Nested,
  pending_invoice_item_interval: Field.Nested,
  pending_setup_intent: Field.MaybeText,
  pending_update: Field.Nested,
  presentment_details: Schema.optionalKey(Field.Nested),
  schedule: Field.MaybeText,
  start_date: Schema.Int,
  status: Schema.String,
  status_details: Schema.optionalKey(Field.Nested),
  test_clock: Field.MaybeText,
  transfer_data: Field.Nested,
  trial_end: Field.MaybeWhole,
  trial_settings: Field.Nested,
  trial_start: Field.MaybeWhole
})
export type Subscription = typeof Subscription.Type

/** `deleted` means canceled. */
export const events = [
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "customer.subscription.paused",
  "customer.subscription.resumed",
  "customer.subscription.trial_will_end",
  "customer.subscription.pending_update_applied",
  "customer.subscription.pending_update_expired"
] as const

/** `rangeCount` ranges of `created` are listed side by side. */
export const subscription = (rangeCount: number): Entity<Subscription> =>
  entity(Subscription, {
    id: "id",
    ...Source.of({
      name: "subscription",
      schema: Subscription,
      path: "/v1/subscriptions",
      events,
      rangeCount,
      query: { status: "all" }
    })
  })
