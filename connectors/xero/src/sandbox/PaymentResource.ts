/** Payments of invoices. https://developer.xero.com/documentation/api/accounting/payments */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import * as Time from "../Time.ts"
import { hash, number, rounded, text } from "./Json.ts"
import type { Resource, View } from "./Resource.ts"

const entity = "payment"

const invoiceOf = (payment: Fields, view: View): Fields | undefined =>
  view.find("invoice", text(hash(payment, "Invoice"), "InvoiceID"))

/** The invoice with so much more paid; paid in full it is PAID, and AUTHORISED again when a payment goes. */
const paid = (invoice: Fields, amount: number): Fields => {
  const [before, total] = [number(invoice, "AmountPaid"), number(invoice, "Total")]
  const now = rounded(before + amount)
  const due = rounded(total - now - number(invoice, "AmountCredited"))
  return { ...invoice, AmountPaid: now, AmountDue: due, Status: due <= 0 ? "PAID" : "AUTHORISED" }
}

export const payment: Resource = {
  entity,
  plural: "Payments",
  idField: "PaymentID",
  scope: "accounting.payments",
  isPaged: true,
  hasIds: false,
  category: null,
  isArchived: () => false,
  natural: () => undefined,
  create: (given, view) => {
    const invoice = invoiceOf(given, view)
    const amount = rounded(number(given, "Amount"))
    if (invoice === undefined) return Result.fail(["The Invoice could not be found"])
    if (invoice["Status"] !== "AUTHORISED")
      return Result.fail(["Payment could not be applied as the invoice is not of valid status for modification"])
    if (amount <= 0) return Result.fail(["Payment amount must be greater than zero"])
    if (amount > number(invoice, "AmountDue"))
      return Result.fail(["Payment amount exceeds the amount outstanding on this document"])
    return Result.succeed({
      PaymentID: view.newId(),
      Account: { Code: "090" },
      Reference: "",
      CurrencyRate: 1,
      IsReconciled: false,
      PaymentType: invoice["Type"] === "ACCREC" ? "ACCRECPAYMENT" : "ACCPAYPAYMENT",
      HasAccount: true,
      ...given,
      Date: text(given, "Date") === "" ? Time.day(view.nowMs) : text(given, "Date"),
      Amount: amount,
      BankAmount: amount,
      Status: "AUTHORISED",
      Invoice: { InvoiceID: text(invoice, "InvoiceID"), InvoiceNumber: text(invoice, "InvoiceNumber") }
    })
  },
  update: (given, record) =>
    given["Status"] === "DELETED"
      ? Result.succeed({ ...record, Status: "DELETED" })
      : Result.fail(["Payment not of valid status for modification"]),
  effects: (before, after, view) => {
    const invoice = invoiceOf(after, view)
    if (invoice === undefined || before?.["Status"] === after["Status"]) return []
    const amount = number(after, "Amount")
    return [{ entity: "invoice", fields: paid(invoice, after["Status"] === "DELETED" ? -amount : amount) }]
  },
  remove: null,
  removedAs: { Status: "DELETED" }
}
