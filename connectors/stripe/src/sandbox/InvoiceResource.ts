/** What can be asked of invoices. https://docs.stripe.com/api/invoices */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import * as Customer from "./Customer.ts"
import * as Invoice from "./Invoice.ts"
import { hash, hashes, isHash, number, text as textOf } from "./Json.ts"
import * as P from "./Parameters.ts"
import { missingParameter, notPossible } from "./Refusal.ts"
import {
  type Action,
  applied,
  type Change,
  changed,
  done,
  equal,
  referenced,
  type Resource,
  stub,
  type View
} from "./Resource.ts"

const common: P.Parameters = {
  ...P.expand,
  auto_advance: P.boolean,
  collection_method: P.choice("charge_automatically", "send_invoice"),
  custom_fields: P.list(P.hash({ name: P.solidText, value: P.solidText }, ["name", "value"]), 4),
  days_until_due: P.amount,
  description: { kind: "text", clears: true, most: 1500 },
  due_date: P.integer,
  footer: P.text,
  metadata: P.metadata,
  number: { kind: "text", clears: true, most: 26 },
  statement_descriptor: { kind: "text", clears: true, most: 22 },
  ...P.unmodelled(
    "account_tax_ids",
    "application_fee_amount",
    "automatic_tax",
    "automatically_finalizes_at",
    "default_payment_method",
    "default_source",
    "default_tax_rates",
    "discounts",
    "effective_at",
    "issuer",
    "on_behalf_of",
    "payment_settings",
    "rendering",
    "shipping_cost",
    "shipping_details",
    "transfer_data"
  )
}

/** What may still change after an invoice was finalized. */
const editableAfterwards = ["auto_advance", "due_date", "expand", "metadata"]

const withDueDate = (given: Fields, view: View): Fields => {
  const { days_until_due: days, ...rest } = given
  return typeof days === "number" ? { ...rest, due_date: view.nowSeconds + days * 86_400 } : rest
}

const totalled = (record: Fields, lines: ReadonlyArray<Fields>): Fields => {
  const total = lines.reduce((sum, line) => sum + number(line, "amount"), 0)
  return {
    ...record,
    lines: { ...hash(record, "lines"), data: lines },
    amount_due: total,
    amount_remaining: total,
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total
  }
}

/** An action that needs the invoice in one of these states. */
const from = (states: ReadonlyArray<string>, parameters: P.Parameters, run: Action["run"]): Action => ({
  parameters: { ...P.expand, ...parameters },
  run: (record, given, view) =>
    states.includes(textOf(record, "status"))
      ? run(record, given, view)
      : Result.fail(
          notPossible(
            `This invoice is ${textOf(record, "status")}; only one that is ${states.join(" or ")} can do that.`,
            "status_transition_invalid"
          )
        )
})

const at = (record: Fields, name: string, nowSeconds: number): Fields => ({
  ...hash(record, "status_transitions"),
  [name]: nowSeconds
})

const paid = (record: Fields, view: View): Fields => ({
  ...record,
  status: "paid",
  amount_paid: record["amount_due"] ?? 0,
  amount_remaining: 0,
  attempted: true,
  attempt_count: number(record, "attempt_count") + 1,
  status_transitions: at(record, "paid_at", view.nowSeconds)
})

const paidEvents = ["invoice.updated", "invoice.paid", "invoice.payment_succeeded"] as const

/** A draft becomes open and takes the customer's next number. */
const finalized = (record: Fields, view: View): { readonly after: Fields; readonly changes: ReadonlyArray<Change> } => {
  const customer = view.find("customer", textOf(record, "customer"))
  const given = customer === undefined ? undefined : Customer.numbered(customer)
  const id = textOf(record, "id")
  return {
    after: {
      ...record,
      status: "open",
      number: record["number"] ?? given?.number ?? `0000-${id.slice(-4)}`,
      effective_at: view.nowSeconds,
      ending_balance: 0,
      hosted_invoice_url: `https://invoice.stripe.com/i/sandbox/test_${id}`,
      invoice_pdf: `https://pay.stripe.com/invoice/sandbox/test_${id}/pdf`,
      status_transitions: at(record, "finalized_at", view.nowSeconds)
    },
    changes:
      customer === undefined || given === undefined || record["number"] !== null
        ? []
        : [changed("customer", customer, given.after, "customer.updated")]
  }
}

export const invoice: Resource = {
  entity: "invoice",
  path: "invoices",
  create: {
    parameters: {
      ...common,
      currency: P.currency,
      customer: P.solidText,
      pending_invoice_items_behavior: P.choice("exclude"),
      subscription: P.solidText,
      ...P.unmodelled("customer_account", "from_invoice")
    },
    required: [],
    run: (given, view) =>
      Result.gen(function* () {
        const subscription = yield* referenced(given, "subscription", "subscription", view)
        const asked = given["customer"] ?? subscription?.["customer"]
        if (asked === undefined) return yield* Result.fail(missingParameter("customer"))
        const customer = (yield* referenced({ customer: asked }, "customer", "customer", view)) ?? {}
        const { pending_invoice_items_behavior: _, subscription: _id, ...rest } = given
        const blank = Invoice.shape({
          id: view.newId("in_", true),
          created: view.nowSeconds,
          billingReason: "manual",
          currency:
            textOf(given, "currency") ||
            textOf(subscription ?? {}, "currency") ||
            textOf(customer, "currency") ||
            "usd",
          customer: { id: textOf(customer, "id"), address: null, email: null, name: null, phone: null },
          lines: [],
          status: "draft",
          subscription: subscription === null ? null : textOf(subscription, "id"),
          total: 0
        })
        const record = applied(
          {
            ...blank,
            customer_address: customer["address"] ?? null,
            customer_email: customer["email"] ?? null,
            customer_name: customer["name"] ?? null,
            customer_phone: customer["phone"] ?? null
          },
          withDueDate(rest, view),
          view.profile
        )
        return { answer: record, changes: [changed("invoice", null, record, "invoice.created")] }
      })
  },
  update: {
    parameters: common,
    run: (record, given, view) => {
      const locked = Object.keys(given).find((name) => !editableAfterwards.includes(name))
      return record["status"] !== "draft" && locked !== undefined
        ? Result.fail(notPossible("This invoice is no longer editable.", "invoice_not_editable"))
        : done(changed("invoice", record, applied(record, withDueDate(given, view), view.profile), "invoice.updated"))
    }
  },
  remove: from(["draft"], {}, (record) => {
    const id = textOf(record, "id")
    return Result.succeed({
      answer: stub("invoice", id),
      changes: [{ entity: "invoice", id, before: record, after: null, events: ["invoice.deleted"] }]
    })
  }),
  commands: {
    add_lines: from(
      ["draft"],
      {
        invoice_metadata: P.metadata,
        lines: P.list(
          P.hash(
            {
              amount: P.integer,
              description: P.text,
              quantity: P.amount,
              ...P.unmodelled(
                "discountable",
                "discounts",
                "invoice_item",
                "metadata",
                "period",
                "price_data",
                "pricing",
                "tax_amounts",
                "tax_rates"
              )
            },
            ["amount"]
          )
        )
      },
      (record, given, view) => {
        const added = hashes(given, "lines").map((line) =>
          Invoice.lineShape({
            id: view.newId("il_", true),
            amount: number(line, "amount"),
            currency: textOf(record, "currency"),
            description: textOf(line, "description") || null,
            invoice: textOf(record, "id"),
            price: null,
            quantity: line["quantity"] === undefined ? 1 : number(line, "quantity"),
            period: { start: view.nowSeconds, end: view.nowSeconds },
            subscription: null
          })
        )
        const metadata = given["invoice_metadata"]
        const base = metadata === undefined ? record : applied(record, { metadata }, view.profile)
        return done(
          changed(
            "invoice",
            record,
            totalled(base, [...hashes(hash(record, "lines"), "data"), ...added]),
            "invoice.updated"
          )
        )
      }
    ),
    finalize: from(["draft"], { auto_advance: P.boolean }, (record, given, view) => {
      const { after, changes } = finalized(record, view)
      const open =
        isHash(after) && typeof given["auto_advance"] === "boolean"
          ? { ...after, auto_advance: given["auto_advance"] }
          : after
      // Nothing to pay is paid at once.
      return number(open, "amount_due") === 0
        ? done(changed("invoice", record, paid(open, view), "invoice.finalized", ...paidEvents), ...changes)
        : done(changed("invoice", record, open, "invoice.updated", "invoice.finalized"), ...changes)
    }),
    pay: from(
      ["draft", "open", "uncollectible"],
      {
        off_session: P.boolean,
        paid_out_of_band: P.boolean,
        payment_method: P.solidText,
        ...P.unmodelled("forgive", "mandate", "source")
      },
      (record, _given, view) => {
        if (record["status"] !== "draft") return done(changed("invoice", record, paid(record, view), ...paidEvents))
        const { after, changes } = finalized(record, view)
        return done(changed("invoice", record, paid(after, view), "invoice.finalized", ...paidEvents), ...changes)
      }
    ),
    void: from(["open", "uncollectible"], {}, (record, _given, view) =>
      done(
        changed(
          "invoice",
          record,
          {
            ...record,
            status: "void",
            status_transitions: at(record, "voided_at", view.nowSeconds)
          },
          "invoice.updated",
          "invoice.voided"
        )
      )
    ),
    mark_uncollectible: from(["open"], {}, (record, _given, view) =>
      done(
        changed(
          "invoice",
          record,
          {
            ...record,
            status: "uncollectible",
            status_transitions: at(record, "marked_uncollectible_at", view.nowSeconds)
          },
          "invoice.updated",
          "invoice.marked_uncollectible"
        )
      )
    )
  },
  filters: {
    collection_method: P.solidText,
    customer: P.solidText,
    due_date: P.range,
    status: P.choice("draft", "open", "paid", "uncollectible", "void"),
    subscription: P.solidText,
    ...P.unmodelled("customer_account")
  },
  shows: (filters) => {
    const fields = equal(filters, "collection_method", "customer", "status")
    const subscription = filters["subscription"]
    const due = filters["due_date"]
    if (subscription === undefined && due === undefined) return fields
    return (record) =>
      (fields === undefined || fields(record)) &&
      (subscription === undefined ||
        hash(hash(record, "parent"), "subscription_details")["subscription"] === subscription) &&
      (due === undefined || isWithin(record["due_date"], due))
  },
  stubAfterDelete: false
}

const isWithin = (value: Fields[string] | undefined, range: Fields[string]): boolean => {
  if (typeof value !== "number") return false
  if (!isHash(range)) return value === range
  const { gt, gte, lt, lte } = range
  return (
    (typeof gt !== "number" || value > gt) &&
    (typeof gte !== "number" || value >= gte) &&
    (typeof lt !== "number" || value < lt) &&
    (typeof lte !== "number" || value <= lte)
  )
}
