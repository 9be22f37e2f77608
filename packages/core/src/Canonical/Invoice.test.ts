import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Contact from "./Contact.ts"
import * as Invoice from "./Invoice.ts"
import * as Product from "./Product.ts"

const invoice = {
  contact: "con_1",
  status: "open",
  currency: "CHF",
  issued_on: "2026-11-21",
  due_on: null,
  lines: [{ description: "Work", product: null, quantity: "1.5", unit_price: "100.00", amount: "150.00" }],
  total: "150.00"
}

describe("canonical records are checked", () => {
  it.each<[string, Schema.Codec<unknown, unknown>, object, boolean]>([
    ["an invoice", Invoice.Invoice, invoice, true],
    ["an invoice whose total is a number", Invoice.Invoice, { ...invoice, total: 150 }, false],
    ["an invoice of nobody", Invoice.Invoice, { ...invoice, contact: null }, false],
    ["an invoice due on a day that does not exist", Invoice.Invoice, { ...invoice, due_on: "2026-02-30" }, false],
    ["a contact of whom nothing is known", Contact.Contact, {}, true],
    ["a contact with a cleared address", Contact.Contact, { address: null, phone: "+41446681800", tags: ["vip"] }, true],
    ["a contact with a number as dialled", Contact.Contact, { phone: "044 668 18 00" }, false],
    ["a contact in no country", Contact.Contact, { address: { country: "Switzerland" } }, false],
    ["a product", Product.Product, { name: "Shirt", sku: null, price: { amount: "19.99", currency: "EUR" } }, true],
    ["a product whose price has no currency", Product.Product, { name: "Shirt", price: { amount: "19.99" } }, false]
  ])("%s: %4$s", (_, schema, record, isValid) => assert.strictEqual(Schema.is(schema)(record), isValid))
})
