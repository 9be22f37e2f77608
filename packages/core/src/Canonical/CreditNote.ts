/** A document that takes back an invoice, or a part of it, or promises a credit: a Xero or Stripe credit note. */
import { Schema } from "effect"
import { Reference } from "../Reference.ts"
import { Line } from "./Line.ts"
import { Currency, Decimal } from "./Money.ts"
import { Day } from "./Time.ts"

const Text = Schema.optionalKey(Schema.NullOr(Schema.String))
const Amount = Schema.optionalKey(Schema.NullOr(Decimal))

/** All amounts are in `currency`, and positive. */
export const CreditNote = Schema.Struct({
  number: Text,
  /** To a customer, or from a supplier. */
  kind: Schema.optionalKey(Schema.Literals(["sales", "purchase"])),
  contact: Reference("contact"),
  /** The invoice it takes back; null: a credit of its own. */
  invoice: Schema.optionalKey(Schema.NullOr(Reference("invoice"))),
  /** `applied`: nothing of the credit is left. */
  status: Schema.Literals(["draft", "issued", "applied", "void"]),
  /** Why, in the provider's words. */
  reason: Text,
  currency: Currency,
  issued_on: Schema.optionalKey(Schema.NullOr(Day)),
  lines: Schema.Array(Line),
  subtotal: Amount,
  tax: Amount,
  total: Decimal,
  /** What of the credit is left. */
  amount_remaining: Amount,
  note: Text
})
export type CreditNote = typeof CreditNote.Type
