/** Payment intents. They are canceled, never deleted. https://docs.stripe.com/api/payment_intents */
import { type Entity, entity } from "@syncline/connector"
import { RecordId, Reference } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import * as Source from "./Source.ts"

export const PaymentIntent = Schema.Struct({
  id: RecordId,
  object: Schema.Literal("payment_intent"),
  allowed_payment_method_types: Schema.optionalKey(Field.Nested),
  amount: Schema.Int,
  amount_capturable: Schema.Int,
  amount_details: Schema.optionalKey(Field.Nested),
  amount_received: Schema.Int,
  application: Field.MaybeText,
  application_fee_amount: Field.MaybeWhole,
  automatic_payment_methods: Field.Nested,
  canceled_at: Field.MaybeWhole,
  cancellation_reason: Field.MaybeText,
  capture_method: Schema.String,
  client_secret: Field.MaybeText,
  confirmation_method: Schema.String,
  created: Schema.Int,
  currency: Schema.String,
  customer: Schema.NullOr(Reference("customer")),
  customer_account: Field.MaybeText,
  description: Field.MaybeText,
  excluded_payment_method_types: Field.Nested,
  hooks: Schema.optionalKey(Field.Nested),
  last_payment_error: Field.Nested,
  latest_charge: Field.MaybeText,
  livemode: Schema.Boolean,
  managed_payments: Field.Nested,
  metadata: Field.Metadata,
  next_action: Field.Nested,
  on_behalf_of: Field.MaybeText,
  payment_details: Schema.optionalKey(Field.Nested),
  payment_method: Field.MaybeText,
  payment_method_configuration_details: Field.Nested,
  payment_method_options: Field.Nested,
  payment_method_types: Field.Nested,
  payment_record: Schema.optionalKey(Field.MaybeText),
  presentment_details: Schema.optionalKey(Field.Nested),
  processing: Field.Nested,
  receipt_email: Field.MaybeText,
  review: Field.MaybeText,
  setup_future_usage: Field.MaybeText,
  shipping: Field.Nested,
  source: Field.MaybeText,
  statement_descriptor: Field.MaybeText,
  statement_descriptor_suffix: Field.MaybeText,
  status: Schema.String,
  transfer_data: Schema.optionalKey(Field.Nested),
  transfer_group: Field.MaybeText
})
export type PaymentIntent = typeof PaymentIntent.Type

/** Stripe sends no `payment_intent.updated`: a change of metadata alone shows in the next full listing. */
export const events = [
  "payment_intent.created",
  "payment_intent.amount_capturable_updated",
  "payment_intent.canceled",
  "payment_intent.partially_funded",
  "payment_intent.payment_failed",
  "payment_intent.processing",
  "payment_intent.requires_action",
  "payment_intent.succeeded"
] as const

/** `rangeCount` ranges of `created` are listed side by side. */
export const paymentIntent = (rangeCount: number): Entity<PaymentIntent> =>
  entity(PaymentIntent, {
    id: "id",
    ...Source.of({
      name: "payment_intent",
      schema: PaymentIntent,
      path: "/v1/payment_intents",
      events,
      rangeCount,
      hasSilentEdits: true
    })
  })
