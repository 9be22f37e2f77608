/** Refunds. One is made and followed; only its metadata can be changed. https://docs.stripe.com/api/refunds */
import { type Entity, entity } from "@syncline/connector"
import { CanonicalMapping, RecordId, Reference, Transform } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"

export const Refund = Schema.Struct({
  id: RecordId,
  object: Schema.Literal("refund"),
  amount: Schema.Int,
  balance_transaction: Field.MaybeText,
  charge: Field.MaybeText,
  created: Schema.Int,
  currency: Schema.String,
  customer: Schema.optionalKey(Schema.NullOr(Reference("customer"))),
  customer_account: Schema.optionalKey(Field.MaybeText),
  description: Schema.optionalKey(Field.MaybeText),
  destination_details: Schema.optionalKey(Field.Nested),
  failure_balance_transaction: Schema.optionalKey(Field.MaybeText),
  failure_reason: Schema.optionalKey(Field.MaybeText),
  instructions_email: Schema.optionalKey(Field.MaybeText),
  metadata: Schema.NullOr(Field.Metadata),
  next_action: Schema.optionalKey(Field.Nested),
  payment_intent: Schema.NullOr(Reference("payment_intent")),
  payment_method: Schema.optionalKey(Field.MaybeText),
  pending_reason: Schema.optionalKey(Field.MaybeText),
  presentment_details: Schema.optionalKey(Field.Nested),
  reason: Field.MaybeText,
  receipt_number: Field.MaybeText,
  source_transfer_reversal: Field.MaybeText,
  status: Field.MaybeText,
  transfer_reversal: Field.MaybeText
})
export type Refund = typeof Refund.Type

/** `charge.refund.updated` tells of the same as `refund.updated`. */
export const events = ["refund.created", "refund.updated", "refund.failed"] as const

const path = "/v1/refunds"

/** https://docs.stripe.com/api/refunds/update */
export const updatable = ["metadata"] as const satisfies ReadonlyArray<keyof Refund>

/** https://docs.stripe.com/api/refunds/create */
export const creatable = [
  ...updatable,
  "amount",
  "charge",
  "instructions_email",
  "payment_intent",
  "reason"
] as const satisfies ReadonlyArray<keyof Refund>

const forEver = "a refund keeps this for ever: what was given back is given back"

const kind: Target.Kind<Refund> = {
  schema: Refund,
  path,
  creatable,
  updatable,
  locked: { amount: forEver, charge: forEver, payment_intent: forEver, reason: forEver, currency: forEver },
  born: { reason: null }
}

const decimal = Field.decimal({ source: "currency", target: "currency" })
const read = { direction: "source_to_target" } as const

/** Whom it goes to, and for what, is known through its payment only. */
const canonical = CanonicalMapping.of<Refund>()("refund", [
  { source: "receipt_number", target: "number", ...read },
  {
    source: "status",
    target: "status",
    ...read,
    transform: Transform.oneOf({
      pending: "pending",
      requires_action: "pending",
      succeeded: "succeeded",
      failed: "failed",
      canceled: "cancelled"
    })
  },
  { source: "reason", target: "reason", ...read },
  { source: "currency", target: "currency", ...read, transform: Transform.upper },
  { source: "created", target: "refunded_at", ...read, transform: Transform.time("unix_seconds", "iso") },
  { source: "amount", target: "total", ...read, transform: decimal }
])

/** `rangeCount` ranges of `created` are listed side by side. */
export const refund = (rangeCount: number): Entity<Refund> => {
  const { endpoints, source } = Source.of({ name: "refund", schema: Refund, path, events, rangeCount })
  return entity(Refund, {
    id: "id",
    canonical,
    endpoints: { ...endpoints, ...Target.endpoints(kind) },
    source,
    target: { create: Target.create(kind), update: Target.update(kind) }
  })
}
