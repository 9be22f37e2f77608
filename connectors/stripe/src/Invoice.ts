/** Invoices. Only a draft can be deleted; a finalized one is paid, voided or marked uncollectible. https://docs.stripe.com/api/invoices */
import { ConnectorError, type Entity, entity, Rejected } from "@syncline/connector"
import { CanonicalMapping, RecordId, Reference, Transform } from "@syncline/core"
import { Effect, Schema } from "effect"
import * as Field from "./Field.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"

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
export const events = [
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

const path = "/v1/invoices"

/** Of a draft. https://docs.stripe.com/api/invoices/update */
export const updatable = [
  "account_tax_ids",
  "auto_advance",
  "automatic_tax",
  "automatically_finalizes_at",
  "collection_method",
  "custom_fields",
  "default_payment_method",
  "default_source",
  "default_tax_rates",
  "description",
  "discounts",
  "due_date",
  "effective_at",
  "footer",
  "issuer",
  "metadata",
  "number",
  "on_behalf_of",
  "payment_settings",
  "rendering",
  "shipping_cost",
  "shipping_details",
  "statement_descriptor"
] as const satisfies ReadonlyArray<keyof Invoice>

/** https://docs.stripe.com/api/invoices/create */
export const creatable = [...updatable, "currency", "customer"] as const satisfies ReadonlyArray<keyof Invoice>

/** What Stripe still takes once an invoice is finalized. */
const alwaysUpdatable: ReadonlyArray<string> = ["auto_advance", "due_date", "metadata"]

const forEver = "an invoice keeps this for ever: delete the draft and create another"

const kind: Target.Kind<Invoice> = {
  schema: Invoice,
  path,
  creatable,
  updatable,
  locked: {
    currency: forEver,
    customer: forEver,
    status: "an invoice is made as a draft; the commands finalize, void and mark_uncollectible change its status",
    lines: "lines are not written by this version; add invoice items in Stripe"
  },
  born: { status: "draft" }
}

/** Which fields a finalized invoice refused; Stripe only says that it is no longer editable. */
const update = Target.update(kind, (reason, fields) => {
  const locked = Object.keys(fields).filter((name) => !alwaysUpdatable.includes(name))
  const whole = reason.fields[""]
  return whole === undefined || locked.length === 0
    ? reason
    : new Rejected({ fields: Object.fromEntries(locked.map((name) => [name, whole])) })
})

/** Only a draft can be deleted. */
const remove = Target.remove<Invoice>(kind, ({ id }, reason) =>
  Effect.fail(new ConnectorError({ operation: `DELETE ${path}/${id}`, reason: Target.about("status", reason) }))
)

const commands = {
  finalize: Target.command(kind, "finalize", { field: "status", from: ["draft"], to: "open", orElse: ["paid"] }),
  void: Target.command(kind, "void", { field: "status", from: ["open", "uncollectible"], to: "void" }),
  mark_uncollectible: Target.command(kind, "mark_uncollectible", {
    field: "status",
    from: ["open"],
    to: "uncollectible"
  })
}

const decimal = Field.decimal({ source: "currency", target: "currency" })
const computed = "source_to_target"

/** What Stripe computes, and what cannot be made back into its form, travels from Stripe only. Lines are not among it. */
const canonical = CanonicalMapping.of<Invoice>()("invoice", [
  { source: "number", target: "number", direction: computed },
  { source: "customer", target: "contact" },
  { source: "status", target: "status" },
  { source: "currency", target: "currency", transform: Transform.upper },
  {
    source: "effective_at",
    target: "issued_on",
    direction: computed,
    transform: Transform.time("unix_seconds", "day")
  },
  { source: "due_date", target: "due_on", direction: computed, transform: Transform.time("unix_seconds", "day") },
  { source: "subtotal", target: "subtotal", direction: computed, transform: decimal },
  { source: "total", target: "total", direction: computed, transform: decimal },
  { source: "amount_paid", target: "amount_paid", direction: computed, transform: decimal },
  { source: "amount_remaining", target: "amount_due", direction: computed, transform: decimal }
])

/** `rangeCount` ranges of `created` are listed side by side. */
export const invoice = (rangeCount: number): Entity<Invoice> => {
  const { endpoints, source } = Source.of({ name: "invoice", schema: Invoice, path, events, rangeCount })
  return entity(Invoice, {
    id: "id",
    canonical,
    endpoints: {
      ...endpoints,
      ...Target.endpoints(kind),
      delete: { method: "DELETE", path: `${path}/{id}` },
      commands: Object.fromEntries(
        Object.keys(commands).map((name) => [name, { method: "POST", path: `${path}/{id}/${name}` }])
      )
    },
    source,
    target: { create: Target.create(kind), update, remove, commands }
  })
}
