/** What the SDK must find when it reads. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { Stripe } from "stripe"
import { all, call, type Check, type Checks, idOf, ids, refused } from "./World.ts"

const listsShowAll: Check = Effect.fn(function* ({ stripe, account }) {
  const page = { limit: 100 }
  const lists = {
    customer: yield* all(stripe.customers.list(page)),
    product: yield* all(stripe.products.list(page)),
    price: yield* all(stripe.prices.list(page)),
    subscription: yield* all(stripe.subscriptions.list({ ...page, status: "all" })),
    invoice: yield* all(stripe.invoices.list(page)),
    payment_intent: yield* all(stripe.paymentIntents.list(page))
  }
  for (const [entity, records] of Object.entries(lists)) {
    const truth = yield* account.truth(entity)
    assert.isAbove(records.length, 100, entity)
    assert.deepStrictEqual([...ids(records)].sort(), [...truth.keys()].sort(), entity)
    const times = records.map(({ created }) => created)
    assert.deepStrictEqual(
      times,
      [...times].sort((one, other) => other - one),
      `${entity} newest first`
    )
  }
})

const listsGoBackwards: Check = Effect.fn(function* ({ stripe }) {
  const forwards = ids(yield* all(stripe.customers.list({ limit: 100 })))
  const oldest = forwards.at(-1) ?? ""
  const backwards = ids(yield* all(stripe.customers.list({ limit: 100, ending_before: oldest })))
  assert.deepStrictEqual(backwards, forwards.slice(0, -1).reverse())
})

const defaultPageIsTen: Check = Effect.fn(function* ({ stripe }) {
  const page = yield* call(() => stripe.customers.list())
  assert.strictEqual(page.data.length, 10)
  assert.isTrue(page.has_more)
  assert.strictEqual(page.url, "/v1/customers")
})

const createdFilters: Check = Effect.fn(function* ({ stripe }) {
  const customers = yield* all(stripe.customers.list({ limit: 100 }))
  const middle = customers[200]?.created ?? 0
  const count = (filter: (Stripe.CustomerListParams["created"] & object) | number) =>
    Effect.map(all(stripe.customers.list({ limit: 100, created: filter })), (found) => found.length)
  const of = (matches: (created: number) => boolean) => customers.filter(({ created }) => matches(created)).length
  assert.strictEqual(
    yield* count({ gt: middle }),
    of((created) => created > middle)
  )
  assert.strictEqual(
    yield* count({ gte: middle }),
    of((created) => created >= middle)
  )
  assert.strictEqual(
    yield* count({ lt: middle }),
    of((created) => created < middle)
  )
  assert.strictEqual(
    yield* count({ lte: middle }),
    of((created) => created <= middle)
  )
  assert.strictEqual(
    yield* count(middle),
    of((created) => created === middle)
  )
  assert.strictEqual(
    yield* count({ gte: middle, lt: middle + 86_400 }),
    of((created) => created >= middle && created < middle + 86_400)
  )
})

const otherFilters: Check = Effect.fn(function* ({ stripe }) {
  const subscriptions = yield* all(stripe.subscriptions.list({ limit: 100, status: "all" }))
  const open = subscriptions.filter(({ status }) => status !== "canceled")
  assert.isBelow(open.length, subscriptions.length)
  assert.deepStrictEqual(ids(yield* all(stripe.subscriptions.list({ limit: 100 }))), ids(open))
  const customer = idOf(subscriptions[0]?.customer)
  assert.deepStrictEqual(
    ids(yield* all(stripe.subscriptions.list({ customer, status: "all" }))),
    ids(subscriptions.filter((subscription) => subscription.customer === customer))
  )
  const paid = yield* all(stripe.invoices.list({ limit: 100, status: "paid" }))
  assert.isTrue(paid.length > 0 && paid.every(({ status }) => status === "paid"))
  const prices = yield* all(stripe.prices.list({ limit: 100 }))
  const product = idOf(prices[0]?.product)
  assert.deepStrictEqual(
    ids(yield* all(stripe.prices.list({ product }))),
    ids(prices.filter((price) => price.product === product))
  )
  const retired = yield* all(stripe.products.list({ limit: 100, active: false }))
  assert.isTrue(retired.length > 0 && retired.every(({ active }) => !active))
})

const recordsAreReadById: Check = Effect.fn(function* ({ stripe }) {
  const [customer] = (yield* call(() => stripe.customers.list({ limit: 1 }))).data
  const again = yield* call(() => stripe.customers.retrieve(customer?.id ?? ""))
  assert.strictEqual(JSON.stringify(again), JSON.stringify(customer))
  const account = yield* call(() => stripe.accounts.retrieveCurrent())
  assert.strictEqual(account.object, "account")
  assert.isNumber(account.created)
})

const longNestedLists: Check = Effect.fn(function* ({ stripe }) {
  const invoices = yield* all(stripe.invoices.list({ limit: 100 }))
  const long = invoices.find(({ lines }) => lines.has_more)
  assert.strictEqual(long?.lines.data.length, 10)
  const lines = yield* all(stripe.invoices.listLineItems(long?.id ?? "", { limit: 7 }))
  assert.strictEqual(lines.length, 23)
  assert.strictEqual(
    lines.reduce((sum, { amount }) => sum + amount, 0),
    long?.total
  )
  const subscriptions = yield* all(stripe.subscriptions.list({ limit: 100, status: "all" }))
  const many = subscriptions.find(({ items }) => items.has_more)
  assert.strictEqual((yield* all(stripe.subscriptionItems.list({ subscription: many?.id ?? "", limit: 5 }))).length, 12)
})

const expansion: Check = Effect.fn(function* ({ stripe }) {
  const page = yield* call(() =>
    stripe.subscriptions.list({ limit: 3, expand: ["data.customer", "data.latest_invoice"] })
  )
  for (const { customer, latest_invoice: invoice } of page.data) {
    assert.propertyVal(customer, "object", "customer")
    assert.propertyVal(invoice, "object", "invoice")
  }
  const [plain] = (yield* call(() => stripe.prices.list({ limit: 1 }))).data
  const price = yield* call(() => stripe.prices.retrieve(plain?.id ?? "", { expand: ["product.default_price"] }))
  assert.nestedPropertyVal(price, "product.object", "product")
  assert.nestedPropertyVal(price, "product.default_price.object", "price")
  assert.strictEqual((yield* refused(() => stripe.prices.list({ expand: ["data.nonsense"] }))).statusCode, 400)
  assert.strictEqual(
    (yield* refused(() => stripe.prices.list({ expand: ["data.product.default_price.product.id"] }))).statusCode,
    400
  )
})

const filtersAreExact: Check = Effect.fn(function* ({ stripe }) {
  const emails = ["ada@example.org", "Ada@example.org", "ada@example.org.uk"]
  const made = yield* Effect.forEach(emails, (email) =>
    call(() => stripe.customers.create({ email, metadata: { syncline_key: email } }))
  )
  const [first] = made
  const found = yield* all(stripe.customers.list({ email: "ada@example.org" }))
  assert.deepStrictEqual(ids(found), ids(made).slice(0, 1))
  const recent = yield* all(stripe.customers.list({ created: { gte: first?.created ?? 0, lte: first?.created ?? 0 } }))
  assert.deepStrictEqual(
    recent.map(({ metadata }) => metadata["syncline_key"]),
    [...emails].reverse()
  )
  const tea = yield* call(() => stripe.products.create({ name: "Tea" }))
  assert.deepStrictEqual(ids(yield* all(stripe.products.list({ ids: [tea.id, "prod_none"] }))), ids([tea]))
  const price = yield* call(() =>
    stripe.prices.create({ product: tea.id, currency: "usd", unit_amount: 5, lookup_key: "tea" })
  )
  assert.deepStrictEqual(ids(yield* all(stripe.prices.list({ lookup_keys: ["tea", "none"] }))), ids([price]))
})

export const checks: Checks = {
  "filters by email, id, lookup key and time find exactly what was asked for, at once": filtersAreExact,
  "auto-pagination finds every record of every list, newest first": listsShowAll,
  "auto-pagination by ending_before finds the same, backwards": listsGoBackwards,
  "a page has ten records unless asked otherwise": defaultPageIsTen,
  "lists filter by created, exact or by bounds": createdFilters,
  "lists filter by status, customer, product and active; canceled subscriptions are hidden": otherFilters,
  "records and the account are read by id": recordsAreReadById,
  "nested lists show ten and are paged by their own url": longNestedLists,
  "references expand four levels deep": expansion
}
