import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Contact from "./Contact.ts"
import * as CreditNote from "./CreditNote.ts"
import * as Invoice from "./Invoice.ts"
import * as Product from "./Product.ts"
import * as Refund from "./Refund.ts"

const invoice = {
  contact: "con_1",
  status: "open",
  currency: "CHF",
  issued_on: "2026-11-21",
  due_on: null,
  lines: [{ description: "Work", product: null, quantity: "1.5", unit_price: "100.00", amount: "150.00" }],
  total: "150.00"
}

const refund = {
  order: null,
  status: "succeeded",
  currency: "CHF",
  refunded_at: "2026-11-21T10:00:00.000Z",
  total: "9.90"
}

describe("canonical records are checked", () => {
  it.each<[string, boolean, Schema.Codec<unknown, unknown>, object]>([
    ["an invoice", true, Invoice.Invoice, invoice],
    ["an invoice whose total is a number", false, Invoice.Invoice, { ...invoice, total: 150 }],
    ["an invoice of nobody", false, Invoice.Invoice, { ...invoice, contact: null }],
    ["an invoice due on a day that does not exist", false, Invoice.Invoice, { ...invoice, due_on: "2026-02-30" }],
    ["a contact of whom nothing is known", true, Contact.Contact, {}],
    [
      "a contact with a cleared address",
      true,
      Contact.Contact,
      { address: null, phone: "+41446681800", tags: ["vip"] }
    ],
    ["a contact with a number as dialled", false, Contact.Contact, { phone: "044 668 18 00" }],
    ["a contact in no country", false, Contact.Contact, { address: { country: "Switzerland" } }],
    ["a product", true, Product.Product, { name: "Shirt", sku: null, price: { amount: "19.99", currency: "EUR" } }],
    ["a product whose price has no currency", false, Product.Product, { name: "Shirt", price: { amount: "19.99" } }],
    ["a refund of money only", true, Refund.Refund, refund],
    ["a refund in a state that nobody knows", false, Refund.Refund, { ...refund, status: "SUCCESS" }],
    ["a credit note", true, CreditNote.CreditNote, { ...invoice, status: "issued", amount_remaining: "150.00" }],
    ["a credit note that is paid", false, CreditNote.CreditNote, { ...invoice, status: "paid" }]
  ])("%s: %s", (_, isValid, schema, record) => assert.strictEqual(Schema.is(schema)(record), isValid))
})
