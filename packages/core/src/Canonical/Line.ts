/** A line of an order or an invoice. Its amounts are in the currency of the whole. */
import { Schema } from "effect"
import { Reference } from "../Reference.ts"
import { Decimal } from "./Money.ts"

const Text = Schema.optionalKey(Schema.NullOr(Schema.String))
const Amount = Schema.optionalKey(Schema.NullOr(Decimal))

export const Line = Schema.Struct({
  description: Text,
  product: Schema.optionalKey(Schema.NullOr(Reference("product"))),
  /** The seller's own number of the product, for those who name it so instead of referring to its record. */
  sku: Text,
  quantity: Amount,
  unit_price: Amount,
  /** Quantity times unit price less discounts, before tax. */
  amount: Decimal,
  tax: Amount
})
export type Line = typeof Line.Type
