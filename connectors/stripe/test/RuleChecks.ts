/** What the SDK must find about keys, events and errors. */
import { Faults } from "@syncline/connector/sandbox"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Stripe } from "stripe"
import * as StripeSandbox from "../src/sandbox/index.ts"
import { all, call, type Check, type Checks, idOf, refused } from "./World.ts"

const idempotentReplay: Check = Effect.fn(function* ({ stripe, account }) {
  const options = { idempotencyKey: "key-1" }
  const before = yield* account.count("customer")
  const first = yield* call(() => stripe.customers.create({ name: "Ada", metadata: { a: "1", b: "2" } }, options))
  const again = yield* call(() => stripe.customers.create({ metadata: { b: "2", a: "1" }, name: "Ada" }, options))
  assert.strictEqual(again.id, first.id)
  assert.strictEqual(again.lastResponse.headers["idempotent-replayed"], "true")
  const other = yield* refused(() => stripe.customers.create({ name: "Eve" }, options))
  assert.instanceOf(other, Stripe.errors.StripeIdempotencyError)
  assert.strictEqual(yield* account.count("customer"), before + 1)
  yield* TestClock.adjust("24 hours")
  const later = yield* call(() => stripe.customers.create({ name: "Ada" }, options))
  assert.notStrictEqual(later.id, first.id)
})

const storedFailure: Check = Effect.fn(function* ({ stripe, account }) {
  const options = { idempotencyKey: "key-1" }
  const before = yield* account.count("customer")
  const reply = () => StripeSandbox.Refusal.reply(StripeSandbox.Refusal.broken("An unknown error occurred."))
  yield* account.faults.next(1, Faults.to("POST", "/v1/customers"), { _tag: "FailAfter", reply })
  for (const replayed of [undefined, "true"]) {
    const failure = yield* refused(() => stripe.customers.create({ name: "Ada" }, options))
    assert.strictEqual(failure.statusCode, 500)
    assert.strictEqual(failure.headers?.["idempotent-replayed"], replayed)
  }
  assert.strictEqual(yield* account.count("customer"), before + 1)
})

const refusedRequestsKeepNoKey: Check = Effect.fn(function* ({ stripe }) {
  const options = { idempotencyKey: "key-1" }
  assert.strictEqual((yield* refused(() => stripe.customers.create({ email: "no" }, options))).code, "email_invalid")
  assert.strictEqual(
    (yield* call(() => stripe.customers.create({ email: "a@example.org" }, options))).email,
    "a@example.org"
  )
})

const everyChangeIsAnEvent: Check = Effect.fn(function* ({ stripe }) {
  const customer = yield* call(() =>
    stripe.customers.create({ name: "Ada", metadata: { a: "1" } }, { idempotencyKey: "key-7" })
  )
  for (const name of ["Ada L", "Ada Lo", "Ada Lovelace"])
    yield* call(() => stripe.customers.update(customer.id, { name }))
  yield* call(() => stripe.customers.update(customer.id, { metadata: { a: "2" } }))
  const product = yield* call(() =>
    stripe.products.create({
      name: "Tea",
      default_price_data: { currency: "usd", unit_amount: 5, recurring: { interval: "week" } }
    })
  )
  yield* call(() => stripe.prices.update(idOf(product.default_price), { nickname: "weekly" }))
  const subscription = yield* call(() =>
    stripe.subscriptions.create({ customer: customer.id, items: [{ price: idOf(product.default_price) }] })
  )
  const invoice = yield* call(() => stripe.invoices.create({ customer: customer.id }))
  yield* call(() => stripe.invoices.finalizeInvoice(invoice.id))
  yield* call(() => stripe.paymentIntents.create({ amount: 5, currency: "usd" }))
  yield* call(() => stripe.customers.del(customer.id))
  const events = [...(yield* all(stripe.events.list({ limit: 4 })))].reverse()
  assert.deepStrictEqual(
    events.map(({ type }) => type),
    [
      "customer.created",
      "customer.updated",
      "customer.updated",
      "customer.updated",
      "customer.updated",
      "product.created",
      "price.created",
      "price.updated",
      "customer.subscription.created",
      "invoice.created",
      "invoice.finalized",
      "invoice.updated",
      "invoice.paid",
      "invoice.payment_succeeded",
      "customer.updated",
      "payment_intent.created",
      "customer.subscription.deleted",
      "customer.deleted"
    ]
  )
  assert.strictEqual(events[0]?.request?.idempotency_key, "key-7")
  assert.deepStrictEqual(events[1]?.data.previous_attributes, { name: "Ada" })
  assert.deepStrictEqual(events[4]?.data.previous_attributes, { metadata: { a: "1" } })
  assert.nestedPropertyVal(events[1], "data.object.name", "Ada L")
  assert.strictEqual(events[0]?.api_version, "2026-10-28.endive")
  assert.strictEqual((yield* call(() => stripe.events.retrieve(events[0]?.id ?? ""))).id, events[0]?.id)
  const of = (params: Stripe.EventListParams) => Effect.map(all(stripe.events.list(params)), (found) => found.length)
  assert.strictEqual(yield* of({ type: "customer.updated" }), 5)
  assert.strictEqual(yield* of({ types: ["customer.created", "invoice.paid"] }), 2)
  assert.strictEqual(yield* of({ type: "invoice.*" }), 5)
  assert.strictEqual((yield* refused(() => stripe.events.list({ type: "a", types: ["b"] }))).statusCode, 400)
  assert.nestedPropertyVal(subscription, "items.data[0].price.recurring.interval", "week")
})

const eventsAreForgotten: Check = Effect.fn(function* ({ stripe }) {
  yield* call(() => stripe.customers.create({ name: "Ada" }))
  const [event] = (yield* call(() => stripe.events.list())).data
  yield* TestClock.adjust("30 days")
  assert.strictEqual((yield* call(() => stripe.events.list())).data.length, 1)
  yield* TestClock.adjust("1 second")
  assert.strictEqual((yield* call(() => stripe.events.list())).data.length, 0)
  assert.strictEqual((yield* refused(() => stripe.events.retrieve(event?.id ?? ""))).statusCode, 404)
})

const validationErrors: Check = Effect.fn(function* ({ stripe }) {
  const of = (run: () => Promise<unknown>) =>
    Effect.map(refused(run), ({ type, statusCode, code, param }) => ({ type, statusCode, code, param }))
  const invalid = { type: "StripeInvalidRequestError", statusCode: 400 }
  assert.deepStrictEqual(yield* of(() => stripe.rawRequest("POST", "/v1/customers", { emial: "x" })), {
    ...invalid,
    code: "parameter_unknown",
    param: "emial"
  })
  assert.deepStrictEqual(yield* of(() => stripe.rawRequest("POST", "/v1/products", {})), {
    ...invalid,
    code: "parameter_missing",
    param: "name"
  })
  assert.deepStrictEqual(yield* of(() => stripe.customers.create({ email: "nobody" })), {
    ...invalid,
    code: "email_invalid",
    param: "email"
  })
  assert.deepStrictEqual(yield* of(() => stripe.customers.list({ limit: 101 })), {
    ...invalid,
    code: "parameter_invalid_integer",
    param: "limit"
  })
  assert.deepStrictEqual(yield* of(() => stripe.customers.list({ starting_after: "cus_none" })), {
    ...invalid,
    code: "resource_missing",
    param: "starting_after"
  })
  assert.deepStrictEqual(yield* of(() => stripe.customers.create({ metadata: { long: "x".repeat(501) } })), {
    ...invalid,
    code: undefined,
    param: "metadata"
  })
  assert.deepStrictEqual(yield* of(() => stripe.customers.retrieve("cus_none")), {
    ...invalid,
    statusCode: 404,
    code: "resource_missing",
    param: "id"
  })
  assert.strictEqual((yield* refused(() => stripe.rawRequest("GET", "/v1/nothing"))).statusCode, 404)
})

const keyErrors: Check = Effect.fn(function* ({ client }) {
  const wrong = yield* refused(() => client("sk_test_wrongwrongwrong1234").customers.list())
  assert.instanceOf(wrong, Stripe.errors.StripeAuthenticationError)
  assert.match(wrong.message, /^Invalid API Key provided: sk_test_\*+1234$/)
  const restricted = client("rk_test_readsCustomers0001")
  assert.strictEqual((yield* call(() => restricted.customers.list({ limit: 1 }))).data.length, 1)
  assert.instanceOf(yield* refused(() => restricted.invoices.list()), Stripe.errors.StripePermissionError)
  assert.instanceOf(yield* refused(() => restricted.customers.create({})), Stripe.errors.StripePermissionError)
})

export const checks: Checks = {
  "a key repeats its answer, refuses other parameters, and is forgotten after a day": idempotentReplay,
  "a failure is stored as well, and repeated as such": storedFailure,
  "a refused request keeps no key": refusedRequestsKeepNoKey,
  "every change is an event with what was there before": everyChangeIsAnEvent,
  "events are forgotten after 30 days": eventsAreForgotten,
  "bad requests are refused with Stripe's codes": validationErrors,
  "wrong and restricted keys are refused, and never shown whole": keyErrors
}
