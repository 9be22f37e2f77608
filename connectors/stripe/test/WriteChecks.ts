/** What the SDK must find when it writes. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { call, type Check, type Checks, ids, refused } from "./World.ts"

const createUpdateDelete: Check = Effect.fn(function* ({ stripe }) {
  const made = yield* call(() =>
    stripe.customers.create({
      name: "Ada",
      email: "ada@example.org",
      address: { city: "London", line1: "1 Row" },
      metadata: { a: "1", b: "2" }
    })
  )
  assert.strictEqual(made.address?.city, "London")
  const after = yield* call(() =>
    stripe.customers.update(made.id, { email: "", address: { city: "Paris" }, metadata: { a: "", c: "3" } })
  )
  assert.isNull(after.email)
  assert.strictEqual(after.name, "Ada")
  assert.deepInclude(after.address, { city: "Paris", line1: "1 Row" })
  assert.deepStrictEqual(after.metadata, { b: "2", c: "3" })
  assert.deepStrictEqual((yield* call(() => stripe.customers.update(made.id, { metadata: "" }))).metadata, {})
  const business = yield* call(() => stripe.customers.update(made.id, { business_name: "Analytical Ltd" }))
  assert.strictEqual(business.business_name, "Analytical Ltd")
  assert.notProperty(yield* call(() => stripe.customers.update(made.id, { business_name: "" })), "business_name")
  assert.include(yield* call(() => stripe.customers.del(made.id)), { id: made.id, object: "customer", deleted: true })
  assert.include(yield* call(() => stripe.customers.retrieve(made.id)), { id: made.id, deleted: true })
  assert.notInclude(ids((yield* call(() => stripe.customers.list({ limit: 5 }))).data), made.id)
  assert.strictEqual((yield* refused(() => stripe.customers.update(made.id, { name: "Eve" }))).code, "resource_missing")
})

const products: Check = Effect.fn(function* ({ stripe }) {
  const tea = yield* call(() => stripe.products.create({ id: "tea", name: "Tea" }))
  assert.strictEqual(
    (yield* refused(() => stripe.products.create({ id: "tea", name: "Tea" }))).code,
    "resource_already_exists"
  )
  const price = yield* call(() =>
    stripe.prices.create({ product: tea.id, currency: "JPY", unit_amount: 500, lookup_key: "tea" })
  )
  assert.strictEqual(price.currency, "jpy")
  assert.strictEqual(price.unit_amount_decimal?.toString(), "500")
  assert.strictEqual((yield* refused(() => stripe.products.del(tea.id))).statusCode, 400)
  // The SDK's types leave `unit_amount` out, so this must not reach the account by them.
  const unpriced = yield* refused(() => stripe.rawRequest("POST", `/v1/prices/${price.id}`, { unit_amount: 400 }))
  assert.strictEqual(unpriced.code, "parameter_unknown")
  assert.strictEqual(
    (yield* refused(() =>
      stripe.prices.create({ product: tea.id, currency: "usd", unit_amount: 1, lookup_key: "tea" })
    )).statusCode,
    400
  )
  const moved = yield* call(() =>
    stripe.prices.create({
      product: tea.id,
      currency: "usd",
      unit_amount: 1,
      lookup_key: "tea",
      transfer_lookup_key: true
    })
  )
  assert.strictEqual(moved.lookup_key, "tea")
  assert.isNull((yield* call(() => stripe.prices.retrieve(price.id))).lookup_key)
  const plain = yield* call(() => stripe.products.create({ name: "Plain" }))
  assert.isTrue((yield* call(() => stripe.products.del(plain.id))).deleted)
  assert.strictEqual((yield* refused(() => stripe.products.retrieve(plain.id))).statusCode, 404)
})

const subscriptions: Check = Effect.fn(function* ({ stripe }) {
  const customer = yield* call(() => stripe.customers.create({ name: "Ada" }))
  const price = yield* call(() =>
    stripe.prices.create({
      product_data: { name: "Tea" },
      currency: "usd",
      unit_amount: 5,
      recurring: { interval: "month" }
    })
  )
  const made = yield* call(() =>
    stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id, quantity: 2 }] })
  )
  assert.strictEqual(made.status, "active")
  assert.strictEqual(made.items.data[0]?.price.id, price.id)
  const item = made.items.data[0]?.id ?? ""
  const after = yield* call(() =>
    stripe.subscriptions.update(made.id, { cancel_at_period_end: true, items: [{ id: item, quantity: 3 }] })
  )
  assert.strictEqual(after.items.data[0]?.quantity, 3)
  assert.isTrue(after.cancel_at_period_end)
  const canceled = yield* call(() => stripe.subscriptions.cancel(made.id))
  assert.strictEqual(canceled.status, "canceled")
  assert.isNumber(canceled.canceled_at)
  assert.strictEqual(
    (yield* refused(() => stripe.subscriptions.update(made.id, { description: "x" }))).code,
    "invalid_canceled_subscription_fields"
  )
  assert.deepStrictEqual((yield* call(() => stripe.subscriptions.list({ customer: customer.id }))).data, [])
})

const invoices: Check = Effect.fn(function* ({ stripe }) {
  const customer = yield* call(() => stripe.customers.create({ name: "Ada", email: "ada@example.org" }))
  const draft = yield* call(() => stripe.invoices.create({ customer: customer.id, currency: "usd" }))
  assert.include(draft, { status: "draft", total: 0, customer_email: "ada@example.org", number: null })
  const lined = yield* call(() =>
    stripe.invoices.addLines(draft.id, { lines: [{ amount: 700, description: "Tea" }, { amount: 300 }] })
  )
  assert.include(lined, { total: 1000, amount_due: 1000 })
  const open = yield* call(() => stripe.invoices.finalizeInvoice(draft.id))
  assert.strictEqual(open.status, "open")
  assert.match(open.number ?? "", /-0001$/)
  assert.strictEqual(
    (yield* refused(() => stripe.invoices.update(draft.id, { description: "late" }))).code,
    "invoice_not_editable"
  )
  assert.strictEqual((yield* refused(() => stripe.invoices.del(draft.id))).statusCode, 400)
  assert.include(yield* call(() => stripe.invoices.pay(draft.id)), {
    status: "paid",
    amount_paid: 1000,
    amount_remaining: 0
  })
  const other = yield* call(() => stripe.invoices.create({ customer: customer.id }))
  yield* call(() => stripe.invoices.addLines(other.id, { lines: [{ amount: 5 }] }))
  assert.match((yield* call(() => stripe.invoices.finalizeInvoice(other.id))).number ?? "", /-0002$/)
  assert.strictEqual((yield* call(() => stripe.invoices.voidInvoice(other.id))).status, "void")
  const third = yield* call(() => stripe.invoices.create({ customer: customer.id }))
  assert.isTrue((yield* call(() => stripe.invoices.del(third.id))).deleted)
})

const paymentIntents: Check = Effect.fn(function* ({ stripe }) {
  const made = yield* call(() => stripe.paymentIntents.create({ amount: 1000, currency: "kwd" }))
  assert.strictEqual(made.status, "requires_payment_method")
  assert.include(yield* call(() => stripe.paymentIntents.confirm(made.id, { payment_method: "pm_card_visa" })), {
    status: "succeeded",
    amount_received: 1000
  })
  assert.strictEqual(
    (yield* refused(() => stripe.paymentIntents.cancel(made.id))).code,
    "payment_intent_unexpected_state"
  )
  const other = yield* call(() => stripe.paymentIntents.create({ amount: 1, currency: "usd" }))
  assert.strictEqual((yield* call(() => stripe.paymentIntents.cancel(other.id))).status, "canceled")
})

const refunds: Check = Effect.fn(function* ({ stripe }) {
  const payment = yield* call(() =>
    stripe.paymentIntents.create({ amount: 1000, currency: "eur", confirm: true, payment_method: "pm_card_visa" })
  )
  const part = yield* call(() => stripe.refunds.create({ payment_intent: payment.id, amount: 400 }))
  assert.include(part, { status: "succeeded", amount: 400, currency: "eur" })
  assert.strictEqual(
    (yield* refused(() => stripe.refunds.create({ payment_intent: payment.id, amount: 700 }))).param,
    "amount"
  )
  assert.strictEqual((yield* call(() => stripe.refunds.create({ payment_intent: payment.id }))).amount, 600)
  assert.strictEqual(
    (yield* refused(() => stripe.refunds.create({ payment_intent: payment.id }))).code,
    "charge_already_refunded"
  )
  const { data } = yield* call(() => stripe.refunds.list({ payment_intent: payment.id }))
  assert.deepStrictEqual(
    data.map(({ amount }) => amount),
    [600, 400]
  )
})

const creditNotes: Check = Effect.fn(function* ({ stripe }) {
  const customer = yield* call(() => stripe.customers.create({ name: "Ada" }))
  const draft = yield* call(() => stripe.invoices.create({ customer: customer.id, currency: "usd" }))
  yield* call(() => stripe.invoices.addLines(draft.id, { lines: [{ amount: 1000 }] }))
  assert.strictEqual(
    (yield* refused(() => stripe.creditNotes.create({ invoice: draft.id, amount: 1 }))).statusCode,
    400
  )
  yield* call(() => stripe.invoices.finalizeInvoice(draft.id))
  const note = yield* call(() => stripe.creditNotes.create({ invoice: draft.id, amount: 300, memo: "Late" }))
  assert.include(note, { status: "issued", type: "pre_payment", total: 300, memo: "Late" })
  assert.strictEqual((yield* call(() => stripe.invoices.retrieve(draft.id))).amount_remaining, 700)
  assert.strictEqual(
    (yield* refused(() => stripe.creditNotes.create({ invoice: draft.id, amount: 701 }))).param,
    "amount"
  )
  assert.strictEqual((yield* call(() => stripe.creditNotes.voidCreditNote(note.id))).status, "void")
  assert.strictEqual((yield* call(() => stripe.invoices.retrieve(draft.id))).amount_remaining, 1000)
  yield* call(() => stripe.invoices.pay(draft.id))
  const settled = { invoice: draft.id, amount: 100 }
  assert.strictEqual((yield* refused(() => stripe.creditNotes.create(settled))).statusCode, 400)
  assert.strictEqual(
    (yield* call(() => stripe.creditNotes.create({ ...settled, out_of_band_amount: 100 }))).type,
    "post_payment"
  )
})

export const checks: Checks = {
  "a customer is created, changed field by field, and deleted to a stub": createUpdateDelete,
  "a product with prices cannot be deleted, an amount never changes, a lookup key is unique": products,
  "a subscription is created, changed and canceled": subscriptions,
  "an invoice goes from draft to open to paid or void": invoices,
  "a payment intent is confirmed or canceled": paymentIntents,
  "a payment is given back in parts, and never twice": refunds,
  "an invoice is taken back by credit notes, which are voided": creditNotes
}
