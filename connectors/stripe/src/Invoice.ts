/** Invoices. Only a draft can be deleted; a finalized one is paid, voided or marked uncollectible. https://docs.stripe.com/api/invoices */
import { type Entity, entity } from "@syncline/connector"
import { RecordId, Reference } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import * as Source from "./Source.ts"

export const Invoice = Schema.Struct({
  id: RecordId,
  object: Schema.Literal("invoice"),
  account_country: Field.MaybeText,
  account_name: Field.MaybeText,
  account_tax_ids: Field.Nested,
  amount_due: Schema.Int,
  amount_overpaid: Schema.Int,
  amount_paid: Schema.Int,
  amount_paid_off_stripe: Schema.optionalKey(Schema.Int),
  amount_remaining: Schema.Int,
  amount_shipping: Schema.Int,
  application: Field.MaybeText,
  attempt_count: Schema.Int,
  attempted: Schema.Boolean,
  auto_advance: Schema.optionalKey(Schema.Boolean),
  automatic_tax: Field.Nested,
  automatically_finalizes_at: Field.MaybeWhole,
  billing_reason: Field.MaybeText,
  collection_method: Schema.String,
  confirmation_secret: Schema.optionalKey(Field.Nested),
  created: Schema.Int,
  currency: Schema.String,
  custom_fields: Field.Nested,
  customer: Schema.NullOr(Reference("customer")),
  customer_account: Field.MaybeText,
  customer_address: Field.Nested,
  customer_email: Field.MaybeText,
  customer_name: Field.MaybeText,
  customer_phone: Field.MaybeText,
  customer_shipping: Field.Nested,
  customer_tax_exempt: Field.MaybeText,
  customer_tax_ids: Schema.optionalKey(Field.Nested),
  default_payment_method: Field.MaybeText,
  default_source: Field.MaybeText,
  default_tax_rates: Field.Nested,
  description: Field.MaybeText,
  discounts: Field.Nested,
  due_date: Field.MaybeWhole,
  effective_at: Field.MaybeWhole,
  ending_balance: Field.MaybeWhole,
  footer: Field.MaybeText,
  from_invoice: Field.Nested,
  hosted_invoice_url: Schema.optionalKey(Field.MaybeText),
  invoice_pdf: Schema.optionalKey(Field.MaybeText),
  issuer: Field.Nested,
  last_finalization_error: Field.Nested,
  latest_revision: Schema.NullOr(Reference("invoice")),
  lines: Field.Nested,
  livemode: Schema.Boolean,
  metadata: Schema.NullOr(Field.Metadata),
  next_payment_attempt: Field.MaybeWhole,
  number: Field.MaybeText,
  on_behalf_of: Field.MaybeText,
  /** Since the version "basil" an invoice names its subscription here. */
  parent: Schema.NullOr(
    Schema.Struct({
      type: Schema.String,
      subscription_details: Schema.optionalKey(
        Schema.NullOr(Schema.Struct({ subscription: Schema.NullOr(Reference("subscription")) }))
      )
    })
  ),
  payment_settings: Field.Nested,
  payments: Schema.optionalKey(Field.Nested),
  period_end: Schema.Int,
  period_start: Schema.Int,
  post_payment_credit_notes_amount: Schema.Int,
  pre_payment_credit_notes_amount: Schema.Int,
  receipt_number: Field.MaybeText,
  rendering: Field.Nested,
  shipping_cost: Field.Nested,
  shipping_details: Field.Nested,
  starting_balance: Schema.Int,
  statement_descriptor: Field.MaybeText,
  status: Field.MaybeText,
  status_details: Schema.optionalKey(Field.Nested),
  status_transitions: Field.Nested,
  subtotal: Schema.Int,
  subtotal_excluding_tax: Field.MaybeWhole,
  test_clock: Field.MaybeText,
  threshold_reason: Schema.optionalKey(Field.Nested),
  total: Schema.Int,
  total_discount_amounts: Field.Nested,
  total_excluding_tax: Field.MaybeWhole,
  total_pretax_credit_amounts: Field.Nested,
  total_taxes: Field.Nested,
  webhooks_delivered_at: Field.MaybeWhole
})
export type Invoice = typeof Invoice.Type

/** `invoice.upcoming` is left out: it is about an invoice that does not exist yet and has no id. */
const events = [
  "invoice.created",
  "invoice.updated",
  "invoice.deleted",
  "invoice.finalized",
  "invoice.finalization_failed",
  "invoice.sent",
  "invoice.paid",
  "invoice.payment_succeeded",
  "invoice.payment_failed",
  "invoice.payment_action_required",
  "invoice.payment_attempt_required",
  "invoice.overdue",
  "invoice.will_be_due",
  "invoice.overpaid",
  "invoice.voided",
  "invoice.marked_uncollectible"
] as const

/** `rangeCount` ranges of `created` are listed side by side. */
export const invoice = (rangeCount: number): Entity<Invoice> =>
  entity(Invoice, {
    id: "id",
    ...Source.of({ name: "invoice", schema: Invoice, path: "/v1/invoices", events, rangeCount })
  })
