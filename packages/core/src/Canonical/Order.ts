/** What somebody bought: a Shopify order, a HubSpot deal that was won, a Xero sales order. */
import { Schema } from "effect"
import { Reference } from "../Reference.ts"
import { Address } from "./Address.ts"
import { Line } from "./Line.ts"
import { Currency, Decimal } from "./Money.ts"
import { Moment } from "./Time.ts"

const Text = Schema.optionalKey(Schema.NullOr(Schema.String))
const Amount = Schema.optionalKey(Schema.NullOr(Decimal))
const Place = Schema.optionalKey(Schema.NullOr(Address))

/** All amounts are in `currency`. */
export const Order = Schema.Struct({
  number: Text,
  /** Null: bought without an account. */
  contact: Schema.optionalKey(Schema.NullOr(Reference("contact"))),
  status: Schema.Literals(["draft", "open", "closed", "cancelled"]),
  payment_status: Schema.optionalKey(
    Schema.NullOr(Schema.Literals(["unpaid", "partially_paid", "paid", "partially_refunded", "refunded"]))
  ),
  currency: Currency,
  placed_at: Schema.optionalKey(Schema.NullOr(Moment)),
  cancelled_at: Schema.optionalKey(Schema.NullOr(Moment)),
  lines: Schema.Array(Line),
  /** Whether the amounts of lines include their tax. */
  tax_included: Schema.optionalKey(Schema.Boolean),
  subtotal: Amount,
  discount: Amount,
  shipping: Amount,
  tax: Amount,
  total: Decimal,
  billing_address: Place,
  shipping_address: Place,
  /** A set: order and repetition mean nothing. */
  tags: Schema.optionalKey(Schema.Array(Schema.String)),
  note: Text
})
export type Order = typeof Order.Type
