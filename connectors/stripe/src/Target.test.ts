/** Every verb through the connector's HTTP layer, on an account that behaves as Stripe documents. */
import { Faults } from "@syncline/connector/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Refusal } from "./sandbox/index.ts"
import { idOf, refusal, stored, written } from "../test/Written.ts"

describe("a create", () => {
  it.effect("makes the record, marks it with its op, and answers what Stripe stored", () =>
    Effect.gen(function* () {
      const { account, verbs, posted } = yield* written()
      const ada = stored(
        yield* verbs("customer").create("op-1", {
          name: "Ada",
          email: "ada@example.org",
          phone: null,
          address: { city: "London", line1: "1 Row", line2: null },
          metadata: { plan: "team" }
        })
      )
      assert.deepStrictEqual(yield* posted, [
        {
          name: "Ada",
          email: "ada@example.org",
          "address[city]": "London",
          "address[line1]": "1 Row",
          "metadata[plan]": "team",
          "metadata[syncline_key]": "op-1"
        }
      ])
      assert.deepStrictEqual(ada["metadata"], { plan: "team", syncline_key: "op-1" })
      assert.deepEqual((yield* account.truth("customer")).get(idOf(ada)), ada)
    })
  )

  it.effect("of a product, a price and a draft invoice goes by the same way", () =>
    Effect.gen(function* () {
      const { verbs } = yield* written()
      const tea = stored(
        yield* verbs("product").create("p", { name: "Tea", images: ["https://example.org/tea.png"], active: true })
      )
      const price = stored(
        yield* verbs("price").create("r", {
          product: idOf(tea),
          currency: "usd",
          unit_amount: 500,
          recurring: {
            interval: "month",
            interval_count: 1,
            meter: null,
            trial_period_days: null,
            usage_type: "licensed"
          }
        })
      )
      assert.include(price, { product: tea["id"], unit_amount: 500, type: "recurring" })
      const ada = stored(yield* verbs("customer").create("c", {}))
      const draft = stored(
        yield* verbs("invoice").create("i", { customer: idOf(ada), currency: "usd", status: "draft", footer: "Thanks" })
      )
      assert.include(draft, { status: "draft", customer: ada["id"], footer: "Thanks" })
    })
  )

  it.effect("that Stripe refuses names the record's field", () =>
    Effect.gen(function* () {
      const { verbs } = yield* written()
      const invalid = refusal(yield* verbs("customer").create("a", { email: "nobody" }))
      assert.deepInclude(invalid, { _tag: "Rejected", fields: { email: "Invalid email address: nobody" } })
      const nameless = refusal(yield* verbs("customer").create("b", { shipping: { address: { city: "Paris" } } }))
      assert.hasAllKeys(nameless._tag === "Rejected" ? nameless.fields : {}, ["shipping.name"])
      const orphan = refusal(yield* verbs("invoice").create("c", { customer: "cus_none" }))
      assert.deepInclude(orphan, { fields: { customer: "No such customer: 'cus_none'" } })
    })
  )

  it.effect("of a field that Stripe sets itself is refused before anything is sent", () =>
    Effect.gen(function* () {
      const { verbs, posted } = yield* written()
      const computed = refusal(yield* verbs("customer").create("a", { name: "Ada", livemode: true }))
      assert.hasAllKeys(computed._tag === "Rejected" ? computed.fields : {}, ["livemode"])
      const bracketed = refusal(yield* verbs("customer").create("c", { metadata: { "a][b": "1" } }))
      assert.hasAllKeys(bracketed._tag === "Rejected" ? bracketed.fields : {}, ["metadata.a][b"])
      const open = refusal(yield* verbs("invoice").create("b", { status: "open" }))
      assert.match(open._tag === "Rejected" ? (open.fields["status"] ?? "") : "", /finalize/)
      assert.deepStrictEqual(yield* posted, [])
    })
  )
})

describe("an update", () => {
  it.effect("sends only what differs, and clears by null", () =>
    Effect.gen(function* () {
      const { verbs, posted } = yield* written()
      const { create, update } = verbs("customer")
      const ada = stored(
        yield* create("a", {
          name: "Ada",
          email: "ada@example.org",
          business_name: "Analytical Ltd",
          address: { city: "London", line1: "1 Row" },
          metadata: { plan: "team", note: "vip" }
        })
      )
      yield* posted
      const patch = {
        name: "Ada",
        email: null,
        business_name: null,
        address: { city: "Paris", line1: "1 Row" },
        metadata: { plan: "free" }
      }
      const after = stored(yield* update("b", ada, patch))
      assert.deepStrictEqual(yield* posted, [
        {
          email: "",
          business_name: "",
          "address[city]": "Paris",
          "address[line1]": "1 Row",
          "metadata[plan]": "free",
          "metadata[note]": ""
        }
      ])
      assert.deepInclude(after, { name: "Ada", email: null, metadata: { plan: "free", syncline_key: "a" } })
      assert.notProperty(after, "business_name")
      assert.deepStrictEqual(stored(yield* update("c", after, { name: "Ada", email: null })), after)
      assert.deepStrictEqual(yield* posted, [])
    })
  )

  it.effect("of a record that is gone finds nothing", () =>
    Effect.gen(function* () {
      const { account, verbs } = yield* written()
      const ada = stored(yield* verbs("customer").create("a", { name: "Ada" }))
      yield* account.user.remove("customer", idOf(ada))
      assert.strictEqual(refusal(yield* verbs("customer").update("b", ada, { name: "Eve" }))._tag, "NotFound")
    })
  )

  it.effect("of a price's amount is refused with the way out, its other fields are not", () =>
    Effect.gen(function* () {
      const { verbs, posted } = yield* written()
      const tea = stored(yield* verbs("product").create("p", { name: "Tea" }))
      const { create, update } = verbs("price")
      const price = stored(yield* create("r", { product: idOf(tea), currency: "usd", unit_amount: 500 }))
      yield* posted
      const locked = refusal(yield* update("u", price, { unit_amount: 400, nickname: "cheap" }))
      assert.match(locked._tag === "Rejected" ? (locked.fields["unit_amount"] ?? "") : "", /create another price/)
      assert.deepStrictEqual(yield* posted, [])
      const named = stored(yield* update("v", price, { unit_amount: 500, nickname: "usual" }))
      assert.include(named, { nickname: "usual", unit_amount: 500 })
    })
  )
})

describe("a removal", () => {
  it.effect("deletes a customer, and succeeds again", () =>
    Effect.gen(function* () {
      const { account, verbs } = yield* written()
      const { create, remove } = verbs("customer")
      const ada = stored(yield* create("a", {}))
      stored(yield* remove("b", ada))
      stored(yield* remove("b", ada))
      assert.strictEqual(yield* account.count("customer"), 0)
    })
  )

  it.effect("deletes a product, or makes one that has prices inactive; a price only becomes inactive", () =>
    Effect.gen(function* () {
      const { account, verbs } = yield* written()
      const product = verbs("product")
      const plain = stored(yield* product.create("a", { name: "Plain" }))
      const tea = stored(yield* product.create("b", { name: "Tea" }))
      const price = stored(yield* verbs("price").create("c", { product: idOf(tea), currency: "usd", unit_amount: 500 }))
      stored(yield* product.remove("d", plain))
      stored(yield* product.remove("e", tea))
      stored(yield* verbs("price").remove("f", price))
      const products = yield* account.truth("product")
      assert.strictEqual(products.size, 1)
      assert.strictEqual(products.get(idOf(tea))?.["active"], false)
      assert.strictEqual((yield* account.truth("price")).get(idOf(price))?.["active"], false)
    })
  )
})

describe("a draft invoice", () => {
  const drafted = Effect.fn(function* (lines: ReadonlyArray<{ readonly amount: number }>) {
    const { account, verbs } = yield* written()
    const ada = stored(yield* verbs("customer").create("c", {}))
    const draft = stored(yield* verbs("invoice").create("i", { customer: idOf(ada), currency: "usd" }))
    if (lines.length > 0) yield* account.press("invoice", idOf(draft), "add_lines", { lines })
    return { account, draft, ...verbs("invoice") }
  })

  it.effect("is changed and deleted", () =>
    Effect.gen(function* () {
      const { account, draft, update, remove } = yield* drafted([])
      assert.include(stored(yield* update("u", draft, { description: "Tea" })), { description: "Tea" })
      stored(yield* remove("d", draft))
      assert.strictEqual(yield* account.count("invoice"), 0)
    })
  )

  it.effect("is finalized by a command, which finds its own work done when it is repeated", () =>
    Effect.gen(function* () {
      const { draft, command } = yield* drafted([{ amount: 500 }])
      const open = stored(yield* command("finalize", "f", draft))
      assert.include(open, { status: "open", total: 500 })
      assert.deepStrictEqual(stored(yield* command("finalize", "f", draft)), open)
      assert.include(stored(yield* command("finalize", "g", draft)), { status: "open", number: open["number"] })
      assert.include(stored(yield* command("mark_uncollectible", "m", open)), { status: "uncollectible" })
      assert.include(stored(yield* command("void", "v", open)), { status: "void" })
      const late = refusal(yield* command("finalize", "h", draft))
      assert.hasAllKeys(late._tag === "Rejected" ? late.fields : {}, ["status"])
    })
  )

  it.effect("of nothing is paid by being finalized", () =>
    Effect.gen(function* () {
      const { draft, command } = yield* drafted([])
      assert.include(stored(yield* command("finalize", "f", draft)), { status: "paid" })
      assert.include(stored(yield* command("finalize", "g", draft)), { status: "paid" })
    })
  )

  it.effect("once finalized refuses its fields by name, and is not deleted", () =>
    Effect.gen(function* () {
      const { draft, command, update, remove } = yield* drafted([{ amount: 500 }])
      const open = stored(yield* command("finalize", "f", draft))
      const locked = refusal(yield* update("u", draft, { description: "late", metadata: { a: "1" } }))
      assert.deepInclude(locked, { _tag: "Rejected", fields: { description: "This invoice is no longer editable." } })
      assert.deepInclude(stored(yield* update("v", open, { metadata: { a: "1" } })), {
        metadata: { a: "1", syncline_key: "i" }
      })
      const kept = refusal(yield* remove("d", open))
      assert.hasAllKeys(kept._tag === "Rejected" ? kept.fields : {}, ["status"])
    })
  )
})

describe("a look-up", () => {
  it.effect("finds customers by the very email, every one of them", () =>
    Effect.gen(function* () {
      const { run, entity, account } = yield* written()
      const emails = ["a@example.org", "A@example.org", "a@example.org", "b@example.org", "c@example.org"]
      for (const email of emails) yield* account.user.create("customer", { email })
      const { lookup } = entity("customer").source
      assert.deepStrictEqual(lookup?.fields, ["email"])
      const seen = yield* run(
        lookup?.run("email", ["a@example.org", "b@example.org", "z@example.org"]) ?? Effect.succeed([])
      )
      assert.deepStrictEqual(
        seen.map((each) => (each._tag === "Present" ? each.record["email"] : each._tag)),
        ["a@example.org", "a@example.org", "b@example.org"]
      )
    })
  )

  it.effect("finds products by id and prices by lookup key, many in one call", () =>
    Effect.gen(function* () {
      const { run, entity, verbs, account } = yield* written()
      const tea = stored(yield* verbs("product").create("p", { name: "Tea" }))
      yield* verbs("product").create("q", { name: "Coffee" })
      for (let index = 0; index < 12; index += 1) {
        yield* account.user.create("price", {
          product: idOf(tea),
          currency: "usd",
          unit_amount: 1,
          lookup_key: `k${index}`
        })
      }
      const products = yield* run(
        entity("product").source.lookup?.run("id", [idOf(tea), "prod_none"]) ?? Effect.succeed([])
      )
      assert.strictEqual(products.length, 1)
      const keys = Array.from({ length: 12 }, (_, index) => `k${index}`)
      const prices = yield* run(entity("price").source.lookup?.run("lookup_key", keys) ?? Effect.succeed([]))
      assert.strictEqual(prices.length, 12)
      assert.strictEqual((yield* account.calls.byEndpoint).get("GET /v1/prices"), 2)
    })
  )
})

it.effect("a lock timeout is waited out under the same key", () =>
  Effect.gen(function* () {
    const { account, verbs } = yield* written()
    yield* account.faults.next(2, Faults.to("POST", "/v1/customers"), Faults.answer(Refusal.reply(Refusal.lockTimeout)))
    stored(yield* verbs("customer").create("a", { name: "Ada" }))
    assert.strictEqual(yield* account.count("customer"), 1)
  })
)
