import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { connected, idOf } from "../test/Connected.ts"

const size = { customers: 320, products: 40, orders: 45 }

describe("Shopify read", () => {
  for (const name of [
    "customer",
    "product",
    "variant",
    "inventory_level",
    "order",
    "fulfillment",
    "refund",
    "company"
  ]) {
    it.effect(`a list shows every ${name} once, as it is`, () =>
      Effect.gen(function* () {
        const { drain, entity, shop } = yield* connected({ size })
        const [order] = [...(yield* shop.truth("order")).keys()]
        if (order === undefined) return assert.fail("no order")
        yield* shop.user.create("fulfillment", { order: { id: order }, name: "#1001-F1" })
        yield* shop.user.create("refund", { order: { id: order }, amount: "1.00" })
        yield* shop.user.create("company", { name: "Ridgeway" })
        const { items } = yield* drain(entity(name).source.list)
        const seen = items.map((item) =>
          item._tag === "Present"
            ? ([idOf(item.record, "id"), item.record] as const)
            : assert.fail(JSON.stringify(item))
        )
        assert.deepStrictEqual(new Map(seen), yield* shop.truth(name))
        assert.strictEqual(seen.length, yield* shop.count(name))
      })
    )
  }

  it.effect("orders keep their lines wherever a bulk file is cut into parts", () =>
    Effect.gen(function* () {
      const { drain, entity, shop } = yield* connected()
      const note = "x".repeat(3000)
      for (let index = 0; index < 3; index += 1) {
        // Lines of 500 bytes and more, so that three orders are some parts.
        const lines = Array.from({ length: 5000 }, (_, line) => ({
          id: `gid://shopify/LineItem/${index * 10_000 + line}`,
          title: `Line ${line}`,
          quantity: 1,
          price: "1.00"
        }))
        yield* shop.user.create("order", { name: `#${index}`, note, lines })
      }
      const { items } = yield* drain(entity("order").source.list)
      const counts = items.map((item) => {
        const lines = item._tag === "Present" ? item.record["lines"] : null
        return Array.isArray(lines) ? new Set(lines.map((line) => JSON.stringify(line))).size : 0
      })
      assert.deepStrictEqual(counts, [5000, 5000, 5000])
    })
  )

  it.effect("an order with more lines than fit is read whole", () =>
    Effect.gen(function* () {
      const { entity, run, shop } = yield* connected()
      const lines = Array.from({ length: 333 }, (_, index) => ({
        id: `gid://shopify/LineItem/${1000 + index}`,
        title: `Line ${index}`,
        quantity: 1,
        price: "1.00"
      }))
      const id = yield* shop.user.create("order", { name: "#1", lines })
      const [seen] = yield* run(entity("order").source.get.run([id]))
      if (seen?._tag !== "Present") return assert.fail(JSON.stringify(seen))
      const read = seen.record["lines"]
      assert.strictEqual(Array.isArray(read) ? new Set(read.map((line) => JSON.stringify(line))).size : 0, 333)
    })
  )

  it.effect("changes show edits and deletions of customers although the filter knows days only", () =>
    Effect.gen(function* () {
      const { drain, entity, shop } = yield* connected({ size: { ...size, customers: 30, orders: 0 } })
      yield* TestClock.adjust("3 days")
      const { changes } = entity("customer").source
      if (changes === undefined) return assert.fail("no changes")
      const { ending } = yield* drain(changes)
      if (ending._tag !== "CaughtUp") return assert.fail("not caught up")
      yield* TestClock.adjust("1 hour")
      const [edited, doomed] = [...(yield* shop.truth("customer")).keys()]
      if (edited === undefined || doomed === undefined) return assert.fail("too few")
      yield* shop.user.edit("customer", edited, { note: "Edited" })
      yield* shop.user.remove("customer", doomed)
      const { items } = yield* drain(changes, undefined, ending.position)
      assert.deepStrictEqual(
        items
          .map((item) =>
            item._tag === "Present"
              ? `note ${JSON.stringify(item.record["note"])}`
              : `${item._tag} ${item._tag === "Touched" ? item.id : ""}`
          )
          .toSorted(),
        [`Touched ${doomed}`, 'note "Edited"']
      )
    })
  )

  it.effect("what is gone is told by get, and an id of another kind is nobody's", () =>
    Effect.gen(function* () {
      const { entity, run, shop } = yield* connected({ size: { customers: 2, products: 1, orders: 0 } })
      const [here, gone] = [...(yield* shop.truth("customer")).keys()]
      const [product] = [...(yield* shop.truth("product")).keys()]
      if (here === undefined || gone === undefined || product === undefined) return assert.fail("too few")
      yield* shop.user.remove("customer", gone)
      const found = yield* run(entity("customer").source.get.run([here, gone, product]))
      assert.deepStrictEqual(
        found.map(({ _tag }) => _tag),
        ["Present", "Gone", "Gone"]
      )
    })
  )

  it.effect("a bulk operation that failed is not read, and a file is read in parts", () =>
    Effect.gen(function* () {
      const { drain, entity, requests } = yield* connected({ size: { customers: 320, products: 0, orders: 0 } })
      const { items } = yield* drain(entity("customer").source.list)
      assert.strictEqual(items.length, 320)
      assert.isAtLeast(requests.filter(({ path }) => path.startsWith("/bulk/")).length, 1)
    })
  )

  it.effect("variants are found by their number, customers by their mail", () =>
    Effect.gen(function* () {
      const { entity, run, shop } = yield* connected({ size: { customers: 3, products: 3, orders: 0 } })
      yield* shop.user.create("customer", { email: "ada@example.com" })
      const found = yield* run(entity("variant").source.lookup?.run("sku", ["SKU-00002", "none"]) ?? Effect.die("none"))
      assert.deepStrictEqual(
        found.map((seen) => (seen._tag === "Present" ? seen.record["sku"] : seen._tag)),
        ["SKU-00002"]
      )
      const ada = yield* run(entity("customer").source.lookup?.run("email", ["ada@example.com"]) ?? Effect.die("none"))
      assert.strictEqual(ada.length, 1)
    })
  )

  it.effect("an item that lies at many locations is read whole when it changed", () =>
    Effect.gen(function* () {
      const { drain, entity, shop } = yield* connected({ size: { customers: 0, products: 1, orders: 0 } })
      const { changes } = entity("inventory_level").source
      const [variant] = yield* shop.truth("variant")
      if (changes === undefined || variant === undefined) return assert.fail("no variant")
      const [id] = variant
      for (let index = 2; index <= 300; index += 1)
        yield* shop.user.create("inventory_level", {
          variant: { id },
          available: index,
          location: { id: `gid://shopify/Location/${index}`, name: `Shop ${index}` }
        })
      const { items } = yield* drain(changes)
      assert.strictEqual(items.length, 300)
    })
  )
})
