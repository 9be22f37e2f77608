import { assert, describe, it } from "@effect/vitest"
import { OpKey } from "@syncline/core"
import { Effect, Option } from "effect"
import { connected, refusal, stored } from "../test/Connected.ts"

describe("Shopify write", () => {
  it.effect("a customer is made, changed by what differs, and deleted", () =>
    Effect.gen(function* () {
      const { create, remove, requests, shop, update } = yield* connected()
      const [made] = yield* create("customer", { firstName: "Ada", email: "ada@example.com", tags: ["vip"] })
      const customer = stored(made)
      assert.deepInclude(customer, { firstName: "Ada", email: "ada@example.com", displayName: "Ada" })
      requests.splice(0)
      assert.deepStrictEqual(stored(yield* update("customer", customer, { firstName: "Ada" })), customer)
      assert.strictEqual(requests.length, 0)
      const changed = stored(yield* update("customer", customer, { firstName: "Ada", note: "Hi", email: null }))
      assert.deepInclude(changed, { note: "Hi", email: null })
      assert.notInclude(requests[0]?.body ?? "", 'firstName":"Ada')
      stored(yield* remove("customer", changed))
      stored(yield* remove("customer", changed))
      assert.strictEqual(yield* shop.count("customer"), 0)
    })
  )

  it.effect(
    "mail that is taken is a conflict, mail that is none names its field, and a computed field is not sent",
    () =>
      Effect.gen(function* () {
        const { create, requests } = yield* connected()
        const [, taken, none] = yield* create(
          "customer",
          { email: "ada@example.com" },
          { email: "ada@example.com" },
          { email: "nobody" }
        )
        assert.strictEqual(refusal(taken)._tag, "Conflicted")
        assert.deepInclude(refusal(none), { _tag: "Rejected", fields: { email: "Email is invalid" } })
        requests.splice(0)
        const [computed] = yield* create("customer", { firstName: "Ada", displayName: "Ada Byron" })
        assert.strictEqual(refusal(computed)._tag, "Rejected")
        assert.strictEqual(requests.length, 0)
      })
  )

  it.effect("an address is made with its customer, changed in what differs, taken away, and made anew", () =>
    Effect.gen(function* () {
      const { create, requests, update } = yield* connected()
      const address = { address1: "1 Row", city: "Bern", zip: "3000", countryCodeV2: "CH" }
      const nothing = { address1: null, city: null, zip: null, countryCodeV2: null }
      const [homeless] = (yield* create("customer", { firstName: "Bea", defaultAddress: nothing })).map(stored)
      assert.isNull(homeless?.["defaultAddress"])
      const [made] = (yield* create("customer", { firstName: "Ada", defaultAddress: address })).map(stored)
      if (made === undefined) return assert.fail("none")
      assert.deepInclude(made["defaultAddress"], address)
      requests.splice(0)
      assert.strictEqual(stored(yield* update("customer", made, { defaultAddress: address })), made)
      assert.isEmpty(requests)
      const moved = stored(
        yield* update("customer", made, { note: "moved", defaultAddress: { ...address, city: "Basel", zip: null } })
      )
      assert.strictEqual(requests.length, 2)
      assert.deepInclude(moved["defaultAddress"], { address1: "1 Row", city: "Basel", zip: null })
      assert.include(moved, { note: "moved" })
      const gone = stored(yield* update("customer", moved, { defaultAddress: nothing }))
      assert.isNull(gone["defaultAddress"])
      const again = stored(yield* update("customer", gone, { defaultAddress: address }))
      assert.deepInclude(again["defaultAddress"], address)
    })
  )

  it.effect("a variant of no product is refused with what to do, and nothing is sent for it", () =>
    Effect.gen(function* () {
      const { create, requests } = yield* connected()
      const [reason] = (yield* create("variant", { sku: "A", price: "1.00" })).map(refusal)
      if (reason?._tag !== "Rejected") return assert.fail(`it is ${reason?._tag}`)
      assert.include(reason.fields["product"], "make it in Shopify")
      assert.isEmpty(requests)
    })
  )

  it.effect("a create whose answer was lost is found by its mark; one that never was is not", () =>
    Effect.gen(function* () {
      const { create, entity, run, shop } = yield* connected()
      yield* shop.faults.next(1, ({ body }) => body.includes("productCreate"), { _tag: "DropAfter" })
      const [lost] = yield* create("product", { title: "Board" })
      assert.strictEqual(refusal(lost)._tag, "OutcomeUnknown")
      const find = entity("product").target?.create?.find
      if (find === undefined) return assert.fail("no find")
      const sought = ["op-0", "op-9"].map((key) => ({ key: OpKey.make(key), patch: {}, sentAtMs: 0 }))
      const found = yield* run(find.run(sought))
      assert.deepStrictEqual(
        sought.map(({ key }) => Option.map(found.get(key) ?? Option.none(), ({ title }) => title)),
        [Option.some("Board"), Option.none()]
      )
    })
  )

  it.effect("a variant is made below its product with its number and price", () =>
    Effect.gen(function* () {
      const { create, shop, update } = yield* connected()
      const product = yield* shop.user.create("product", { title: "Suit" })
      const [made, bad] = yield* create(
        "variant",
        { product: { id: product }, sku: "S-1", price: "19.9", selectedOptions: [{ name: "Size", value: "M" }] },
        { product: { id: product }, price: "-1", sku: "S-2" }
      )
      assert.deepInclude(stored(made), { sku: "S-1", price: "19.90", displayName: "Suit - M" })
      assert.deepInclude(refusal(bad), { _tag: "Rejected", fields: { price: "Price must be at least 0" } })
      assert.deepInclude(stored(yield* update("variant", stored(made), { sku: "S-9" })), { sku: "S-9" })
    })
  )

  it.effect("a quantity is set only where it is what was seen, once for the same op", () =>
    Effect.gen(function* () {
      const { drain, entity, shop, update } = yield* connected({ size: { customers: 0, products: 1, orders: 0 } })
      const { items } = yield* drain(entity("inventory_level").source.list)
      const [first] = items
      if (first?._tag !== "Present") return assert.fail("no level")
      const seen = first.record
      const now = stored(yield* update("inventory_level", seen, { available: 77 }))
      assert.strictEqual(now["available"], 77)
      const [id] = [...(yield* shop.truth("inventory_level")).keys()]
      if (id === undefined) return assert.fail("no level")
      yield* shop.user.edit("inventory_level", id, { available: 5 })
      assert.strictEqual(
        refusal(yield* update("inventory_level", { ...now }, { available: 78 }, "other"))._tag,
        "Conflicted"
      )
    })
  )

  it.effect("a quantity is set at its own location", () =>
    Effect.gen(function* () {
      const { shop, update } = yield* connected({ size: { customers: 0, products: 1, orders: 0 } })
      const [variant] = (yield* shop.truth("variant")).keys()
      const elsewhere = yield* shop.user.create("inventory_level", {
        variant: { id: variant ?? "" },
        location: { id: "gid://shopify/Location/2", name: "Shop" },
        available: 3
      })
      const before = yield* shop.truth("inventory_level")
      const level = before.get(elsewhere)
      if (level === undefined) return assert.fail("no level")
      assert.strictEqual(stored(yield* update("inventory_level", level, { available: 4 }))["available"], 4)
      const after = yield* shop.truth("inventory_level")
      for (const [id, { available }] of before)
        assert.strictEqual(after.get(id)?.["available"], id === elsewhere ? 4 : available)
    })
  )

  it.effect("an order takes a note, and says why its lines stay", () =>
    Effect.gen(function* () {
      const { drain, entity, update } = yield* connected({ size: { customers: 1, products: 1, orders: 1 } })
      const { items } = yield* drain(entity("order").source.list)
      const [first] = items
      if (first?._tag !== "Present") return assert.fail("no order")
      assert.strictEqual(stored(yield* update("order", first.record, { note: "Ring twice" }))["note"], "Ring twice")
      assert.match(JSON.stringify(refusal(yield* update("order", first.record, { lines: [] }))), /edited in Shopify/)
    })
  )

  it.effect("an order's address is sent whole, in the form that the mutation takes", () =>
    Effect.gen(function* () {
      const { drain, entity, requests, shop, update } = yield* connected()
      const address = { address1: "Main St 1", city: "Zurich", countryCodeV2: "CH", zip: "8001" }
      yield* shop.user.create("order", { name: "#1", lines: [], shippingAddress: address })
      const { items } = yield* drain(entity("order").source.list)
      const [first] = items
      if (first?._tag !== "Present") return assert.fail("no order")
      const before = first.record["shippingAddress"]
      const moved = { ...Object(before), city: "Bern", countryCodeV2: "LI" }
      const after = stored(yield* update("order", first.record, { shippingAddress: moved }))
      assert.deepInclude(after["shippingAddress"], { address1: "Main St 1", city: "Bern", countryCodeV2: "LI" })
      assert.include(requests.at(-1)?.body, '"countryCode":"LI"')
      const sent = requests.length
      stored(yield* update("order", after, { shippingAddress: after["shippingAddress"] ?? null }))
      assert.strictEqual(requests.length, sent, "an address that is the same is not sent")
    })
  )

  it.effect("a parcel's tracking is written, and it is cancelled by a command unless it has arrived", () =>
    Effect.gen(function* () {
      const { entity, invoke, run, shop, update } = yield* connected()
      const order = yield* shop.user.create("order", { name: "#1", lines: [] })
      const parcel = yield* shop.user.create("fulfillment", { order: { id: order }, name: "#1-F1", quantity: 1 })
      const [seen] = yield* run(entity("fulfillment").source.get.run([parcel]))
      if (seen?._tag !== "Present") return assert.fail("no parcel")
      const trackingInfo = [
        { company: "DHL", number: "1", url: "https://dhl.test/1" },
        { company: "DHL", number: "2", url: "https://dhl.test/2" }
      ]
      const tracked = stored(yield* update("fulfillment", seen.record, { trackingInfo }))
      assert.deepStrictEqual(tracked["trackingInfo"], trackingInfo)
      assert.match(
        JSON.stringify(refusal(yield* update("fulfillment", tracked, { status: "CANCELLED" }))),
        /the command cancel/
      )
      assert.strictEqual(stored(yield* invoke("fulfillment", "cancel", parcel))["status"], "CANCELLED")
      const arrived = yield* shop.user.create("fulfillment", {
        order: { id: order },
        name: "#1-F2",
        quantity: 1,
        deliveredAt: "2026-11-01T00:00:00Z"
      })
      assert.match(JSON.stringify(refusal(yield* invoke("fulfillment", "cancel", arrived))), /delivered/)
    })
  )

  it.effect("a throttled query waits for the bucket and goes on", () =>
    Effect.gen(function* () {
      const { drain, entity, shop } = yield* connected(
        { size: { customers: 600, products: 0, orders: 0 }, pointsPerSecond: 100 },
        { pointsPerSecond: 100 }
      )
      const { changes } = entity("customer").source
      if (changes === undefined) return assert.fail("no changes")
      const { items } = yield* drain(changes)
      // Those of the last five minutes, and the bound itself.
      assert.strictEqual(items.length, 301)
      assert.isAtLeast(yield* shop.calls.total, 3)
    })
  )
})
