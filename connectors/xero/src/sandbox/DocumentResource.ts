/** Invoices and credit notes: lines, totals, states. https://developer.xero.com/documentation/api/accounting/invoices */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import * as Time from "../Time.ts"
import { hash, list, number, rounded, text } from "./Json.ts"
import { noEffects, type Resource, type Stored, type View } from "./Resource.ts"

/** Where each state may lead. */
const moves: Readonly<Record<string, ReadonlyArray<string>>> = {
  DRAFT: ["DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"],
  SUBMITTED: ["SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"],
  AUTHORISED: ["AUTHORISED", "VOIDED"],
  PAID: [],
  VOIDED: [],
  DELETED: []
}

interface Kind {
  readonly entity: string
  readonly plural: string
  readonly idField: string
  readonly numberField: string
  readonly types: readonly [sales: string, purchases: string]
  readonly prefix: string
  readonly category: string
  /** What is called "Invoice" in complaints. */
  readonly word: string
}

/** What a discount leaves. */
const keptOf = (line: Fields): number => 1 - number(line, "DiscountRate") / 100

/** What was sent of a line contradicts itself. */
const isOff = (line: Fields): boolean => {
  if (!("LineAmount" in line) || !("UnitAmount" in line)) return false
  const quantity = "Quantity" in line ? number(line, "Quantity") : 1
  return rounded(quantity * number(line, "UnitAmount") * keptOf(line)) !== rounded(number(line, "LineAmount"))
}

const lineOf = (given: Fields, view: View): Fields => {
  const quantity = "Quantity" in given ? number(given, "Quantity") : 1
  // A line without a price is worth its amount, of which the price is worked out.
  const isByAmount = !("UnitAmount" in given) && "LineAmount" in given
  const kept = keptOf(given)
  const unit = rounded(isByAmount ? number(given, "LineAmount") / (quantity * kept || 1) : number(given, "UnitAmount"))
  const amount = isByAmount ? rounded(number(given, "LineAmount")) : rounded(quantity * unit * kept)
  const id = text(given, "LineItemID")
  return {
    ...given,
    LineItemID: id === "" ? view.newId() : id,
    Description: text(given, "Description"),
    Quantity: quantity,
    UnitAmount: unit,
    TaxAmount: rounded(number(given, "TaxAmount")),
    LineAmount: amount,
    Tracking: given["Tracking"] ?? []
  }
}

const totals = (lines: ReadonlyArray<Fields>, types: string): Fields => {
  const amount = rounded(lines.reduce((sum, line) => sum + number(line, "LineAmount"), 0))
  const tax = types === "NoTax" ? 0 : rounded(lines.reduce((sum, line) => sum + number(line, "TaxAmount"), 0))
  const isInclusive = types === "Inclusive"
  return {
    SubTotal: isInclusive ? rounded(amount - tax) : amount,
    TotalTax: tax,
    Total: isInclusive ? amount : rounded(amount + tax)
  }
}

const make = (kind: Kind): Resource => {
  const complaints = (fields: Fields, id: string | null, view: View): ReadonlyArray<string> => {
    const said: Array<string> = []
    const party = view.find("contact", text(hash(fields, "Contact"), "ContactID"))
    if (!kind.types.includes(text(fields, "Type"))) said.push(`${kind.word} Type is not valid`)
    if (party === undefined) said.push("The Contact could not be found")
    else if (party["ContactStatus"] !== "ACTIVE") said.push("The contact is archived and cannot be used")
    const status = text(fields, "Status")
    if (status !== "DRAFT" && status !== "DELETED" && list(fields, "LineItems").length === 0)
      said.push("One or more line items must be specified")
    if (status === "AUTHORISED" && kind.entity === "invoice" && text(fields, "DueDate") === "")
      said.push("Due Date cannot be empty")
    const called = text(fields, kind.numberField)
    const isTaken =
      text(fields, "Type") === kind.types[0] &&
      view.where(
        kind.entity,
        (other) => other[kind.idField] !== id && other[kind.numberField] === called && other["Type"] === kind.types[0]
      ).length > 0
    if (called !== "" && isTaken) said.push(`${kind.word} # must be unique.`)
    return said
  }

  const applied = (record: Fields, given: Fields, view: View): Fields => {
    const next = { ...record, ...given }
    const lines =
      "LineItems" in given ? list(given, "LineItems").map((line) => lineOf(line, view)) : list(record, "LineItems")
    const types = text(next, "LineAmountTypes") === "" ? "Exclusive" : text(next, "LineAmountTypes")
    const sum = totals(lines, types)
    const paid = number(record, "AmountPaid") + number(record, "AmountCredited")
    const party = view.find("contact", text(hash(next, "Contact"), "ContactID"))
    return {
      ...next,
      ...sum,
      Contact: { ContactID: text(hash(next, "Contact"), "ContactID"), Name: text(party ?? {}, "Name") },
      LineAmountTypes: types,
      LineItems: lines,
      Date: text(next, "Date") === "" ? Time.day(view.nowMs) : text(next, "Date").slice(0, 10),
      ...(text(next, "DueDate") !== "" && { DueDate: text(next, "DueDate").slice(0, 10) }),
      ...(kind.entity === "invoice"
        ? { AmountDue: rounded(number(sum, "Total") - paid) }
        : { RemainingCredit: rounded(number(sum, "Total") - number(record, "AppliedAmount")) })
    }
  }

  const checked = (given: Fields, fields: Fields, id: string | null, view: View): Stored => {
    const said = [
      ...complaints(fields, id, view),
      ...(list(given, "LineItems").some(isOff) ? ["The line total does not match the expected line total"] : [])
    ]
    return said.length === 0 ? Result.succeed(fields) : Result.fail(said)
  }

  return {
    entity: kind.entity,
    plural: kind.plural,
    idField: kind.idField,
    scope: "accounting.invoices",
    isPaged: true,
    hasIds: kind.entity === "invoice",
    category: kind.category,
    isArchived: () => false,
    natural: (given, view) => {
      const called = text(given, kind.numberField)
      return called === ""
        ? undefined
        : view.where(
            kind.entity,
            (other) => other[kind.numberField] === called && other["Type"] === text(given, "Type")
          )[0]
    },
    create: (given, view) =>
      checked(
        given,
        applied(
          {
            [kind.idField]: view.newId(),
            [kind.numberField]: text(given, "Type") === kind.types[0] ? view.nextNumber(kind.prefix) : "",
            Reference: "",
            Status: "DRAFT",
            CurrencyCode: view.baseCurrency,
            CurrencyRate: 1,
            ...(kind.entity === "invoice" ? { AmountPaid: 0, AmountCredited: 0 } : { AppliedAmount: 0 }),
            HasAttachments: false,
            HasErrors: false
          },
          given,
          view
        ),
        null,
        view
      ),
    update: (given, record, view) => {
      const status = text(record, "Status")
      const allowed = moves[status] ?? []
      const wanted = text(given, "Status") === "" ? status : text(given, "Status")
      if (wanted === status && wanted === "DELETED") return Result.succeed(record)
      if (!allowed.includes(wanted)) return Result.fail([`${kind.word} not of valid status for modification`])
      if (wanted === "VOIDED" && number(record, "AmountPaid") + number(record, "AmountCredited") > 0)
        return Result.fail([`${kind.word} cannot be voided as it has payments or credit notes allocated`])
      if (wanted === "VOIDED" || wanted === "DELETED") return Result.succeed({ ...record, Status: wanted })
      return checked(given, applied(record, given, view), text(record, kind.idField), view)
    },
    effects: (before, after, view) => {
      if (before !== undefined) return []
      const party = view.find("contact", text(hash(after, "Contact"), "ContactID"))
      const mark = after["Type"] === kind.types[0] ? "IsCustomer" : "IsSupplier"
      return party === undefined || party[mark] === true
        ? noEffects()
        : [{ entity: "contact", fields: { ...party, [mark]: true } }]
    },
    remove: null,
    removedAs: { Status: "DELETED" }
  }
}

export const invoice: Resource = make({
  entity: "invoice",
  plural: "Invoices",
  idField: "InvoiceID",
  numberField: "InvoiceNumber",
  types: ["ACCREC", "ACCPAY"],
  prefix: "INV",
  category: "INVOICE",
  word: "Invoice"
})

export const creditNote: Resource = make({
  entity: "credit_note",
  plural: "CreditNotes",
  idField: "CreditNoteID",
  numberField: "CreditNoteNumber",
  types: ["ACCRECCREDIT", "ACCPAYCREDIT"],
  prefix: "CN",
  category: "CREDITNOTE",
  word: "Credit Note"
})
