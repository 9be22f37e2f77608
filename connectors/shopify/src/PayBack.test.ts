import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { connected, refusal, stored } from "../test/Connected.ts"

const lines = [
  { id: "gid://shopify/LineItem/1", title: "Board", variantId: null, quantity: 3, price: "10.00", tax: "0" }
]
const euros = (amount: string) => ({ shopMoney: { amount, currencyCode: "EUR" } })

describe("A refund that is made at Shopify", () => {
  it.effect("gives back from what was paid for its order, and no more than that", () =>
    Effect.gen(function* () {
      const { create, entity, run, shop } = yield* connected()
      const order = { id: yield* shop.user.create("order", { name: "#1", lines }) }
      const [some, tooMuch] = yield* create(
        "refund",
        { order, totalRefundedSet: euros("12.00"), note: "scratched" },
        { order, totalRefundedSet: euros("18.01") }
      )
      assert.deepInclude(stored(some), { totalRefundedSet: euros("12.00"), note: "scratched" })
      assert.property(refusal(tooMuch), "fields")
      assert.match(JSON.stringify(refusal(tooMuch)), /"totalRefundedSet":"Refund amount exceeds/)
      const [seen] = yield* run(entity("order").source.get.run([order.id]))
      assert.strictEqual(seen?._tag, "Present")
      if (seen?._tag === "Present") assert.deepStrictEqual(seen.record["currentTotalPriceSet"], euros("18.00"))
    })
  )

  it.effect("whose answer was lost is one refund when it is sent again, and Shopify makes none without a key", () =>
    Effect.gen(function* () {
      const { create, requests, shop } = yield* connected()
      const order = { id: yield* shop.user.create("order", { name: "#1", lines }) }
      const refund = { order, totalRefundedSet: euros("5.00") }
      yield* shop.faults.next(1, ({ body }) => body.includes("refundCreate"), { _tag: "DropAfter" })
      const [lost] = yield* create("refund", refund)
      assert.strictEqual(refusal(lost)._tag, "OutcomeUnknown")
      const [again] = yield* create("refund", refund)
      assert.deepInclude(stored(again), { totalRefundedSet: euros("5.00") })
      assert.strictEqual(yield* shop.count("refund"), 1)
      const sent = requests.findLast(({ body }) => body.includes("refundCreate"))
      if (sent === undefined) return assert.fail("nothing was sent")
      const keyless = { ...sent, body: sent.body.replace(" @idempotent(key: $key)", "").replace(", $key: String!", "") }
      assert.include(JSON.stringify(yield* shop.handler(keyless)), "@idempotent directive is required")
    })
  )

  it.effect("of an order that nobody paid, in another currency, or of no order says why", () =>
    Effect.gen(function* () {
      const { create, shop } = yield* connected()
      const open = { id: yield* shop.user.create("order", { name: "#1", lines, financialStatus: "PENDING" }) }
      const paid = { id: yield* shop.user.create("order", { name: "#2", lines }) }
      const dollars = { shopMoney: { amount: "1.00", currencyCode: "USD" } }
      const refused = (yield* create(
        "refund",
        { order: open, totalRefundedSet: euros("1.00") },
        { order: paid, totalRefundedSet: dollars },
        { totalRefundedSet: euros("1.00") },
        { order: paid }
      )).map((outcome) => JSON.stringify(refusal(outcome)))
      assert.match(refused[0] ?? "", /nothing was paid/)
      assert.match(refused[1] ?? "", /refund USD in Shopify/)
      assert.match(refused[2] ?? "", /a refund is of an order/)
      assert.match(refused[3] ?? "", /say how much/)
    })
  )
})
