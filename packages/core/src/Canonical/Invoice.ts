/** A demand for payment. */
import { Schema } from "effect"
import { Reference } from "../Reference.ts"
import { Line } from "./Line.ts"
import { Currency, Decimal } from "./Money.ts"
import { Day } from "./Time.ts"

const Text = Schema.optionalKey(Schema.NullOr(Schema.String))
const Amount = Schema.optionalKey(Schema.NullOr(Decimal))

/** All amounts are in `currency`. */
export const Invoice = Schema.Struct({
  number: Text,
  /** Sold to a customer, or bought from a supplier: a bill. */
  kind: Schema.optionalKey(Schema.Literals(["sales", "purchase"])),
  contact: Reference("contact"),
  order: Schema.optionalKey(Schema.NullOr(Reference("order"))),
  status: Schema.Literals(["draft", "open", "paid", "void", "uncollectible"]),
  currency: Currency,
  issued_on: Schema.optionalKey(Schema.NullOr(Day)),
  due_on: Schema.optionalKey(Schema.NullOr(Day)),
  lines: Schema.Array(Line),
  /** Whether the amounts of lines include their tax. */
  tax_included: Schema.optionalKey(Schema.Boolean),
  subtotal: Amount,
  tax: Amount,
  total: Decimal,
  amount_paid: Amount,
  amount_due: Amount
})
export type Invoice = typeof Invoice.Type
