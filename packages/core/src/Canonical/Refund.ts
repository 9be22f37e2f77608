/** Money given back to a buyer: a Shopify or Stripe refund. What it is for may be said by a credit note beside it. */
import { Schema } from "effect"
import { Reference } from "../Reference.ts"
import { Line } from "./Line.ts"
import { Currency, Decimal } from "./Money.ts"
import { Moment } from "./Time.ts"

const Text = Schema.optionalKey(Schema.NullOr(Schema.String))
const Amount = Schema.optionalKey(Schema.NullOr(Decimal))

/** All amounts are in `currency`, and positive. */
export const Refund = Schema.Struct({
  number: Text,
  /** Null: the buyer has no account. */
  contact: Schema.optionalKey(Schema.NullOr(Reference("contact"))),
  order: Schema.optionalKey(Schema.NullOr(Reference("order"))),
  status: Schema.Literals(["pending", "succeeded", "failed", "cancelled"]),
  /** Why, in the provider's words. */
  reason: Text,
  currency: Currency,
  refunded_at: Schema.optionalKey(Schema.NullOr(Moment)),
  /** What was taken back; empty where only money went. */
  lines: Schema.optionalKey(Schema.Array(Line)),
  tax: Amount,
  total: Decimal,
  note: Text
})
export type Refund = typeof Refund.Type
