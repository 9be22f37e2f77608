/** Credit notes: what takes back a finalized invoice, or a part of it. They are voided, never deleted. https://docs.stripe.com/api/credit_notes */
import { type Entity, entity } from "@syncline/connector"
import { CanonicalMapping, RecordId, Reference, Transform } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"

export const CreditNote = Schema.Struct({
  id: RecordId,
  object: Schema.Literal("credit_note"),
  amount: Schema.Int,
  amount_shipping: Schema.Int,
  created: Schema.Int,
  currency: Schema.String,
  customer: Reference("customer"),
  customer_account: Schema.optionalKey(Field.MaybeText),
  customer_balance_transaction: Field.MaybeText,
  discount_amount: Schema.Int,
  discount_amounts: Field.Nested,
  effective_at: Field.MaybeWhole,
  invoice: Reference("invoice"),
  lines: Field.Nested,
  livemode: Schema.Boolean,
  memo: Field.MaybeText,
  metadata: Schema.NullOr(Field.Metadata),
  number: Schema.String,
  out_of_band_amount: Field.MaybeWhole,
  pdf: Schema.optionalKey(Field.MaybeText),
  post_payment_amount: Schema.optionalKey(Schema.Int),
  pre_payment_amount: Schema.optionalKey(Schema.Int),
  pretax_credit_amounts: Field.Nested,
  reason: Field.MaybeText,
  refunds: Schema.optionalKey(Field.Nested),
  shipping_cost: Field.Nested,
  status: Schema.String,
  subtotal: Schema.Int,
  subtotal_excluding_tax: Field.MaybeWhole,
  total: Schema.Int,
  total_excluding_tax: Field.MaybeWhole,
  total_taxes: Field.Nested,
  type: Schema.String,
  voided_at: Field.MaybeWhole
})
export type CreditNote = typeof CreditNote.Type

export const events = ["credit_note.created", "credit_note.updated", "credit_note.voided"] as const

const path = "/v1/credit_notes"

/** https://docs.stripe.com/api/credit_notes/update */
export const updatable = ["memo", "metadata"] as const satisfies ReadonlyArray<keyof CreditNote>

/** https://docs.stripe.com/api/credit_notes/create */
export const creatable = [
  ...updatable,
  "amount",
  "effective_at",
  "invoice",
  "out_of_band_amount",
  "reason",
  "shipping_cost"
] as const satisfies ReadonlyArray<keyof CreditNote>

const forEver = "a credit note keeps this for ever: void it and issue another"

const kind: Target.Kind<CreditNote> = {
  schema: CreditNote,
  path,
  creatable,
  updatable,
  locked: {
    amount: forEver,
    currency: forEver,
    customer: forEver,
    invoice: forEver,
    lines: "lines are not written by this version; give an amount",
    reason: forEver,
    status: "a credit note is issued when it is made; the command void changes that"
  },
  born: { status: "issued" }
}

const commands = { void: Target.command(kind, "void", { field: "status", from: ["issued"], to: "void" }) }

const decimal = Field.decimal({ source: "currency", target: "currency" })
const computed = "source_to_target"

/** What Stripe computes travels from Stripe only; the invoice decides whom it is for. Lines are not among it. */
const canonical = CanonicalMapping.of<CreditNote>()("credit_note", [
  { source: "number", target: "number", direction: computed },
  { source: "customer", target: "contact", direction: computed },
  { source: "invoice", target: "invoice" },
  { source: "status", target: "status", direction: computed },
  { source: "reason", target: "reason" },
  { source: "currency", target: "currency", direction: computed, transform: Transform.upper },
  {
    source: "effective_at",
    target: "issued_on",
    direction: computed,
    transform: Transform.time("unix_seconds", "day")
  },
  { source: "subtotal", target: "subtotal", direction: computed, transform: decimal },
  { source: "total", target: "total", direction: computed, transform: decimal },
  { source: "memo", target: "note" }
])

/** `rangeCount` ranges of `created` are listed side by side. */
export const creditNote = (rangeCount: number): Entity<CreditNote> => {
  const { endpoints, source } = Source.of({ name: "credit_note", schema: CreditNote, path, events, rangeCount })
  return entity(CreditNote, {
    id: "id",
    canonical,
    endpoints: {
      ...endpoints,
      ...Target.endpoints(kind),
      commands: { void: { method: "POST", path: `${path}/{id}/void` } }
    },
    source,
    target: { create: Target.create(kind), update: Target.update(kind), commands }
  })
}
