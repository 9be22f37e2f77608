/** A line of an invoice or a credit note. https://developer.xero.com/documentation/api/accounting/invoices */
import { type FieldMapping, type Fields, Transform } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"

/** `LineItems` sent replace the set; a line without its `LineItemID` is made anew. */
export const Line = Schema.Struct({
  LineItemID: Field.Text,
  Description: Field.Text,
  Quantity: Field.Amount,
  UnitAmount: Field.Amount,
  ItemCode: Field.Text,
  AccountCode: Field.Text,
  TaxType: Field.Text,
  TaxAmount: Field.Amount,
  LineAmount: Field.Amount,
  DiscountRate: Field.Amount,
  Tracking: Field.Nested
})

/** Xero works a unit's price out of amount and quantity, so that a line with a discount is worth what it is elsewhere. */
export const canonical: ReadonlyArray<FieldMapping.ItemRule> = [
  { source: "Description", target: "description" },
  { source: "ItemCode", target: "sku" },
  { source: "Quantity", target: "quantity", transform: Transform.text },
  { source: "UnitAmount", target: "unit_price", direction: "source_to_target", transform: Transform.text },
  { source: "LineAmount", target: "amount", transform: Transform.text },
  { source: "TaxAmount", target: "tax", transform: Transform.text }
]

/** What a line is worth: each follows from others of its numbers. */
const worth: ReadonlyArray<string> = ["UnitAmount", "LineAmount", "TaxAmount"]

/**
 * Lines as they are sent: of a line that was there before, the price is left for Xero to work out from the amount, and what stayed is left
 * where it follows from what was changed. Where only the quantity was changed nobody knows whether price or amount stays: Xero refuses it.
 */
export const sent = (lines: Schema.Json, base: Schema.Json): Schema.Json =>
  Array.isArray(lines) ? Array.from<Schema.Json>(lines).map((line) => sentLine(line, formerOf(line, base))) : lines

const sentLine = (line: Schema.Json, before: Fields | undefined): Schema.Json => {
  if (!isFields(line) || before === undefined) return line
  const isChanged = (name: string): boolean => (line[name] ?? null) !== (before[name] ?? null)
  const follows = worth.some(isChanged)
    ? worth.filter((name) => !isChanged(name))
    : isChanged("Quantity") || isChanged("DiscountRate")
      ? ["TaxAmount"]
      : ["UnitAmount"]
  return Object.fromEntries(Object.entries(line).filter(([name]) => !follows.includes(name)))
}

const formerOf = (line: Schema.Json, base: Schema.Json): Fields | undefined => {
  const id = isFields(line) ? line["LineItemID"] : undefined
  const former = Array.isArray(base) ? Array.from<Schema.Json>(base).filter(isFields) : []
  return typeof id === "string" ? former.find((each) => each["LineItemID"] === id) : undefined
}

const isFields = (value: Schema.Json): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)
