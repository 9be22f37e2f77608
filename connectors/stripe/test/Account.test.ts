/** The account as tests, demo and bench use it: a person's hands, faults, limits, scale, and a folder that outlives a kill. */
import { appendFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { RecordId } from "@syncline/core"
import { Faults, Journal, Wire } from "@syncline/connector/sandbox"
import { Cause, Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as StripeSandbox from "../src/sandbox/index.ts"
import * as Plan from "../src/sandbox/Plan.ts"

const request = (
  account: StripeSandbox.StripeAccount,
  method: string,
  target: string,
  body = "",
  headers: Readonly<Record<string, string>> = {}
) => {
  const [path = "", query = ""] = target.split("?")
  return account.handler({
    method,
    path,
    query,
    body,
    headers: { authorization: `Bearer ${account.apiKey}`, ...headers }
  })
}
const bodyOf = (reply: Wire.Reply) => JSON.parse(Wire.text(reply))
const small: StripeSandbox.Size = {
  customers: 400,
  products: 12,
  prices: 30,
  subscriptions: 60,
  invoices: 200,
  paymentIntents: 40
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "stripe-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

describe("the seeded account", () => {
  it.effect("is the same for the same seed, and another for another", () =>
    Effect.gen(function* () {
      const one = yield* (yield* StripeSandbox.open({ size: small })).truth("invoice")
      const same = yield* (yield* StripeSandbox.open({ size: small })).truth("invoice")
      const other = yield* (yield* StripeSandbox.open({ size: small, seed: 2 })).truth("invoice")
      assert.deepStrictEqual([...one], [...same])
      assert.notDeepEqual([...one.keys()], [...other.keys()])
    })
  )

  it.effect("refers only to what exists, and to the right customer", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open({ size: small })
      const [customers, products, prices, subscriptions, invoices, intents] = yield* Effect.all(
        ["customer", "product", "price", "subscription", "invoice", "payment_intent"].map(account.truth)
      )
      const has = (records: typeof customers, id: unknown) =>
        typeof id === "string" && records?.has(RecordId.make(id)) === true
      for (const price of prices?.values() ?? []) assert.isTrue(has(products, price["product"]))
      for (const subscription of subscriptions?.values() ?? []) {
        assert.isTrue(has(customers, subscription["customer"]))
        assert.isTrue(has(invoices, subscription["latest_invoice"]))
      }
      for (const invoice of invoices?.values() ?? []) {
        const id = JSON.parse(JSON.stringify(invoice)).parent.subscription_details.subscription
        assert.strictEqual(subscriptions?.get(id)?.["customer"], invoice["customer"])
      }
      for (const intent of intents?.values() ?? []) assert.isTrue(has(customers, intent["customer"]))
    })
  )

  it.effect("has customers that are gone: in no list, a stub by id", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open({ size: small })
      const plan = Plan.make(small, 1, StripeSandbox.defaultEpochMs, StripeSandbox.defaultSpanMs)
      const gone = Array.from({ length: small.customers }, (_, index) => index)
        .filter(Plan.isDeletedCustomer)
        .map((index) => plan.id("customer", index))
      assert.isAbove(gone.length, 0)
      const truth = yield* account.truth("customer")
      assert.strictEqual(truth.size, small.customers - gone.length)
      assert.strictEqual(yield* account.count("customer"), truth.size)
      for (const id of gone) {
        assert.isFalse(truth.has(RecordId.make(id)))
        assert.deepStrictEqual(bodyOf(yield* request(account, "GET", `/v1/customers/${id}`)), {
          id,
          object: "customer",
          deleted: true
        })
      }
    })
  )

  it.effect("of a million customers opens at once and answers from anywhere", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open({ size: { ...StripeSandbox.empty, customers: 1_000_000 } })
      const middle = Math.floor((StripeSandbox.defaultEpochMs - StripeSandbox.defaultSpanMs / 2) / 1000)
      const page = bodyOf(yield* request(account, "GET", `/v1/customers?limit=100&created[lt]=${middle}`))
      assert.strictEqual(page.data.length, 100)
      assert.isBelow(page.data[0].created, middle)
      const next = bodyOf(yield* request(account, "GET", `/v1/customers?limit=100&starting_after=${page.data[99].id}`))
      assert.isAtMost(next.data[0].created, page.data[99].created)
      assert.deepStrictEqual(bodyOf(yield* request(account, "GET", `/v1/customers/${page.data[7].id}`)), page.data[7])
    })
  )

  it.effect("can hold all of its records in one second", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open({ size: { ...StripeSandbox.empty, customers: 300 }, spanMs: 0 })
      const times = [...(yield* account.truth("customer")).values()].map(({ created }) => created)
      assert.deepStrictEqual([...new Set(times)], [StripeSandbox.defaultEpochMs / 1000])
    })
  )
})

describe("a person's hands", () => {
  it.effect("make events without a request behind them", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open()
      const id = yield* account.user.create("customer", { name: "Ada", metadata: { a: 1 } })
      yield* account.user.edit("customer", id, { name: "Ada Lovelace", email: null })
      yield* account.user.edit("customer", id, { name: "Ada Lovelace" })
      yield* account.user.remove("customer", id)
      const { data } = bodyOf(yield* request(account, "GET", "/v1/events"))
      assert.deepStrictEqual(
        data.map(({ type }: { readonly type: string }) => type),
        ["customer.deleted", "customer.updated", "customer.created"]
      )
      assert.deepStrictEqual(data[0].request, { id: null, idempotency_key: null })
      assert.strictEqual((yield* account.truth("customer")).size, 0)
    })
  )

  it.effect("press buttons, and plant what the API would never let in", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open({ size: small })
      const customer = yield* account.user.create("customer", {})
      const invoice = yield* account.user.create("invoice", { customer })
      yield* account.press("invoice", invoice, "add_lines", { lines: [{ amount: 5 }] })
      yield* account.press("invoice", invoice, "finalize")
      assert.strictEqual((yield* account.truth("invoice")).get(invoice)?.["status"], "open")
      yield* account.plant("customer", customer, { balance: "no number" })
      const { data } = bodyOf(yield* request(account, "GET", "/v1/events?limit=1"))
      assert.strictEqual(data[0].data.object.balance, "no number")
      assert.deepStrictEqual(data[0].data.previous_attributes, { balance: 0 })
    })
  )

  it.effect("cannot do what nobody can, and say so", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open()
      const exit = yield* Effect.exit(account.user.create("customer", { emial: "x" }))
      assert.isTrue(Exit.isFailure(exit) && Cause.pretty(exit.cause).includes("emial"))
    })
  )
})

describe("time at the provider", () => {
  it.effect("goes by the Clock, and may be ahead of ours", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(StripeSandbox.defaultEpochMs + 3_600_000)
      const account = yield* StripeSandbox.open({ skewMs: 300_000 })
      const { headers } = yield* request(account, "GET", "/v1/account")
      assert.strictEqual(headers["Date"], "Sun, 01 Nov 2026 01:05:00 GMT")
      yield* TestClock.adjust("1 minute")
      const id = yield* account.user.create("customer", {})
      assert.strictEqual(
        (yield* account.truth("customer")).get(id)?.["created"],
        StripeSandbox.defaultEpochMs / 1000 + 3960
      )
    })
  )

  it.effect("shows an event late where the profile says so", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open({ profile: { eventLagMs: 5000 } })
      yield* account.user.create("customer", {})
      const count = Effect.map(request(account, "GET", "/v1/events"), (reply) => bodyOf(reply).data.length)
      yield* TestClock.adjust(4999)
      assert.strictEqual(yield* count, 0)
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* count, 1)
    })
  )
})

describe("faults and idempotency keys", () => {
  const key = { "idempotency-key": "key-1" }
  const create = (account: StripeSandbox.StripeAccount) => request(account, "POST", "/v1/customers", "name=Ada", key)
  const broken = () => StripeSandbox.Refusal.reply(StripeSandbox.Refusal.broken("An unknown error occurred."))
  const posts = Faults.to("POST", "/v1/customers")

  it.effect("a lost answer is repeated, not done again", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open()
      yield* account.faults.next(1, posts, { _tag: "DropAfter" })
      assert.isTrue(Exit.isFailure(yield* Effect.exit(create(account))))
      const again = yield* create(account)
      assert.strictEqual(again.headers["Idempotent-Replayed"], "true")
      assert.strictEqual(yield* account.count("customer"), 1)
    })
  )

  it.effect("a stored 500 is repeated, with or without its effect", () =>
    Effect.gen(function* () {
      for (const [tag, made] of [
        ["FailBefore", 0],
        ["FailAfter", 1]
      ] as const) {
        const account = yield* StripeSandbox.open()
        yield* account.faults.next(1, posts, { _tag: tag, reply: broken })
        assert.deepStrictEqual([(yield* create(account)).status, (yield* create(account)).status], [500, 500])
        assert.strictEqual(yield* account.count("customer"), made)
        yield* TestClock.adjust("24 hours")
        assert.strictEqual((yield* create(account)).status, 200)
      }
    })
  )

  it.effect("a key is in use while its request runs", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open()
      yield* account.faults.next(1, posts, { _tag: "Hold", ms: 1000 })
      const first = yield* Effect.forkChild(create(account))
      yield* TestClock.adjust(1)
      const second = yield* create(account)
      assert.strictEqual(second.status, 409)
      assert.strictEqual(bodyOf(second).error.code, "idempotency_key_in_use")
      yield* TestClock.adjust(1000)
      assert.strictEqual((yield* Fiber.join(first)).status, 200)
      assert.strictEqual((yield* create(account)).status, 200)
      assert.strictEqual(yield* account.count("customer"), 1)
    })
  )

  it.effect("a request that was interrupted frees its key", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open()
      yield* account.faults.next(1, posts, { _tag: "Hold", ms: 1000 })
      const first = yield* Effect.forkChild(create(account))
      yield* TestClock.adjust(1)
      yield* Fiber.interrupt(first)
      assert.strictEqual((yield* create(account)).status, 200)
    })
  )
})

describe("rate limits", () => {
  const get = (account: StripeSandbox.StripeAccount, path: string) =>
    Effect.map(request(account, "GET", path), ({ status }) => status)

  it.effect("refuse the 26th call of a second, and count by the Clock", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open({
        limits: StripeSandbox.documentedLimits,
        profile: { retryAfterSeconds: 2 }
      })
      const statuses = yield* Effect.forEach(Array.from({ length: 26 }), () => get(account, "/v1/customers"))
      assert.deepStrictEqual([...new Set(statuses.slice(0, 25)), statuses[25]], [200, 429])
      const refused = yield* request(account, "GET", "/v1/customers")
      assert.include(refused.headers, { "Retry-After": "2", "Stripe-Rate-Limited-Reason": "global-rate" })
      assert.strictEqual(bodyOf(refused).error.code, "rate_limit")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* get(account, "/v1/customers"), 200)
    })
  )

  it.effect("are per endpoint and for calls at once as well", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open({ limits: { perSecond: 100, perEndpointPerSecond: 1, atOnce: 1 } })
      assert.deepStrictEqual(
        [
          yield* get(account, "/v1/customers"),
          yield* get(account, "/v1/customers"),
          yield* get(account, "/v1/invoices")
        ],
        [200, 429, 200]
      )
      yield* TestClock.adjust("1 second")
      yield* account.faults.next(1, Faults.to("POST", "/v1/customers"), { _tag: "Hold", ms: 100 })
      const held = yield* Effect.forkChild(request(account, "POST", "/v1/customers"))
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* get(account, "/v1/prices"), 429)
      yield* TestClock.adjust(100)
      assert.strictEqual((yield* Fiber.join(held)).status, 200)
    })
  )
})

describe("an account in a folder", () => {
  it.effect("is the same after a kill: records, events, keys, ids and calls", () =>
    Effect.gen(function* () {
      const path = yield* folder
      // A scope that is never closed stands for a process that was killed.
      const killed = yield* Scope.make()
      const before = yield* StripeSandbox.openFolder(path, { size: small }).pipe(Scope.provide(killed))
      const [gone] = [...(yield* before.truth("customer")).keys()]
      yield* before.user.remove("customer", gone ?? RecordId.make("none"))
      const made = bodyOf(yield* request(before, "POST", "/v1/customers", "name=Ada", { "idempotency-key": "k" }))
      yield* request(before, "GET", "/v1/customers")
      appendFileSync(`${path}/changes.jsonl`, `{"atMs":1,"ids":`)

      const after = yield* StripeSandbox.openFolder(path, { size: small })
      assert.deepStrictEqual([...(yield* after.truth("customer"))], [...(yield* before.truth("customer"))])
      const events = bodyOf(yield* request(after, "GET", "/v1/events"))
      assert.deepStrictEqual(events, bodyOf(yield* request(before, "GET", "/v1/events")))
      const again = yield* request(after, "POST", "/v1/customers", "name=Ada", { "idempotency-key": "k" })
      assert.deepStrictEqual([bodyOf(again).id, again.headers["Idempotent-Replayed"]], [made.id, "true"])
      assert.notStrictEqual(yield* after.user.create("customer", {}), made.id)
      assert.strictEqual(yield* after.calls.total, 4)
      assert.strictEqual((yield* after.calls.byEndpoint).get("POST /v1/customers"), 2)
    })
  )

  it.effect("of another seed or version is not mixed with this one", () =>
    Effect.gen(function* () {
      const path = yield* folder
      yield* Effect.scoped(StripeSandbox.openFolder(path, { size: small }))
      const error = yield* Effect.flip(Effect.scoped(StripeSandbox.openFolder(path, { size: small, seed: 2 })))
      assert.include(error.detail, `delete ${path}`)
      appendFileSync(`${path}/changes.jsonl`, "{}\n")
      const unreadable = yield* Effect.flip(Effect.scoped(StripeSandbox.openFolder(path, { size: small })))
      assert.include(unreadable.detail, "line 1")
    })
  )

  it.effect("that cannot be written answers with the reason, and changes nothing", () =>
    Effect.gen(function* () {
      const full: Journal.Journal = {
        lines: [],
        append: () =>
          Effect.fail(
            new Journal.JournalUnusable({ path: "/data/changes.jsonl", detail: "ENOSPC: no space left on device" })
          )
      }
      const account = yield* StripeSandbox.open({ changes: full })
      const reply = yield* request(account, "POST", "/v1/customers", "", { "idempotency-key": "k" })
      assert.strictEqual(reply.status, 500)
      assert.include(bodyOf(reply).error.message, "ENOSPC")
      assert.strictEqual(yield* account.count("customer"), 0)
    })
  )
})
