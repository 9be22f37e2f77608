/** Credit notes of finalized invoices. Before payment one lowers what is due; after it, the money has to go somewhere. https://docs.stripe.com/api/credit_notes */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import { number, text as textOf } from "./Json.ts"
import * as P from "./Parameters.ts"
import { invalidValue, notPossible } from "./Refusal.ts"
import { applied, changed, equal, referenced, type Resource, type View } from "./Resource.ts"

interface Given {
  readonly id: string
  readonly lineId: string
  readonly created: number
  readonly amount: number
  readonly currency: string
  readonly customer: string
  readonly invoice: string
  readonly isPaid: boolean
  readonly number: string
}

/** Every field of a credit note of one line at the pinned version. */
export const shape = (given: Given) => ({
  id: given.id,
  object: "credit_note" as const,
  amount: given.amount,
  amount_shipping: 0,
  created: given.created,
  currency: given.currency,
  customer: given.customer,
  customer_account: null,
  customer_balance_transaction: null,
  discount_amount: 0,
  discount_amounts: [],
  effective_at: given.created,
  invoice: given.invoice,
  lines: {
    object: "list" as const,
    data: [line(given)],
    has_more: false,
    url: `/v1/credit_notes/${given.id}/lines`
  },
  livemode: false,
  memo: null,
  metadata: {},
  number: given.number,
  out_of_band_amount: null,
  pdf: `https://pay.stripe.com/credit_notes/${given.id}/pdf`,
  post_payment_amount: given.isPaid ? given.amount : 0,
  pre_payment_amount: given.isPaid ? 0 : given.amount,
  pretax_credit_amounts: [],
  reason: null,
  refunds: [],
  shipping_cost: null,
  status: "issued" as const,
  subtotal: given.amount,
  subtotal_excluding_tax: given.amount,
  total: given.amount,
  total_excluding_tax: given.amount,
  total_taxes: [],
  type: given.isPaid ? ("post_payment" as const) : ("pre_payment" as const),
  voided_at: null
})

const line = ({ amount, lineId }: Given) => ({
  id: lineId,
  object: "credit_note_line_item" as const,
  amount,
  description: null,
  discount_amount: 0,
  discount_amounts: [],
  livemode: false,
  metadata: {},
  pretax_credit_amounts: [],
  quantity: 1,
  tax_rates: [],
  taxes: [],
  type: "custom_line_item" as const,
  unit_amount: amount,
  unit_amount_decimal: String(amount)
})

const common: P.Parameters = { ...P.expand, memo: P.text, metadata: P.metadata }

/** An invoice with this much more credited, or less. */
const credited = (invoice: Fields, amount: number, isPaid: boolean) => {
  const name = isPaid ? "post_payment_credit_notes_amount" : "pre_payment_credit_notes_amount"
  const remaining = isPaid ? 0 : amount
  return changed(
    "invoice",
    invoice,
    {
      ...invoice,
      [name]: number(invoice, name) + amount,
      amount_due: number(invoice, "amount_due") - remaining,
      amount_remaining: number(invoice, "amount_remaining") - remaining
    },
    "invoice.updated"
  )
}

const creditable = (invoice: Fields, isPaid: boolean): number =>
  isPaid
    ? number(invoice, "amount_paid") - number(invoice, "post_payment_credit_notes_amount")
    : number(invoice, "amount_remaining")

/** After payment, what is credited is refunded, kept as a balance, or was given back elsewhere. */
const isSettled = (given: Fields, amount: number): boolean =>
  ["credit_amount", "out_of_band_amount", "refund_amount"].reduce((sum, name) => sum + number(given, name), 0) ===
  amount

const create = (given: Fields, view: View) =>
  Result.gen(function* () {
    const invoice = yield* referenced(given, "invoice", "invoice", view)
    const status = textOf(invoice ?? {}, "status")
    if (invoice === null || (status !== "open" && status !== "paid"))
      return yield* Result.fail(
        notPossible(`You can only create credit notes on finalized invoices. The invoice is ${status || "not there"}.`)
      )
    const isPaid = status === "paid"
    const amount = number(given, "amount")
    const most = creditable(invoice, isPaid)
    if (amount > most)
      return yield* Result.fail(
        invalidValue("amount", `The credit note amount ${amount} is greater than the ${most} that can be credited.`)
      )
    if (isPaid && !isSettled(given, amount))
      return yield* Result.fail(
        notPossible("The sum of credit_amount, refund_amount and out_of_band_amount must equal the credit note amount.")
      )
    const count = view.where("credit_note", (note) => note["invoice"] === invoice["id"]).length
    const blank = shape({
      id: view.newId("cn_", true),
      lineId: view.newId("cnli_", true),
      created: view.nowSeconds,
      amount,
      currency: textOf(invoice, "currency"),
      customer: textOf(invoice, "customer"),
      invoice: textOf(invoice, "id"),
      isPaid,
      number: `${textOf(invoice, "number")}-CN-${String(count + 1).padStart(2, "0")}`
    })
    const { credit_amount: _credit, refund_amount: _refund, ...fields } = given
    const note = applied(blank, fields, view.profile)
    return {
      answer: note,
      changes: [changed("credit_note", null, note, "credit_note.created"), credited(invoice, amount, isPaid)]
    }
  })

export const creditNote: Resource = {
  entity: "credit_note",
  path: "credit_notes",
  create: {
    parameters: {
      ...common,
      amount: { kind: "integer", least: 1, clears: false },
      credit_amount: P.amount,
      effective_at: P.integer,
      invoice: P.solidText,
      out_of_band_amount: P.amount,
      reason: P.choice("duplicate", "fraudulent", "order_change", "product_unsatisfactory"),
      refund_amount: P.amount,
      ...P.unmodelled("email_type", "lines", "refunds", "shipping_cost")
    },
    required: ["amount", "invoice"],
    run: create
  },
  update: {
    parameters: common,
    run: (record, given, view) => {
      const after = applied(record, given, view.profile)
      return Result.succeed({ answer: after, changes: [changed("credit_note", record, after, "credit_note.updated")] })
    }
  },
  commands: {
    void: {
      parameters: P.expand,
      run: (record, _given, view) => {
        if (record["status"] !== "issued" || record["type"] !== "pre_payment")
          return Result.fail(notPossible("Only credit notes of open invoices that are issued can be voided."))
        const after = { ...record, status: "void", voided_at: view.nowSeconds }
        const invoice = view.find("invoice", textOf(record, "invoice"))
        const undone = invoice === undefined ? [] : [credited(invoice, -number(record, "amount"), false)]
        return Result.succeed({
          answer: after,
          changes: [changed("credit_note", record, after, "credit_note.voided"), ...undone]
        })
      }
    }
  },
  filters: { customer: P.solidText, invoice: P.solidText, ...P.unmodelled("customer_account") },
  shows: (filters) => equal(filters, "customer", "invoice"),
  stubAfterDelete: false
}
