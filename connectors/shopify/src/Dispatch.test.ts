import { assert, describe, it } from "@effect/vitest"
import { OpKey } from "@syncline/core"
import { Effect, Option } from "effect"
import { connected, refusal, stored } from "../test/Connected.ts"

const lines = [
  { id: "gid://shopify/LineItem/1", title: "Board", variantId: null, quantity: 3, price: "1.00", tax: "0" }
]
const trackingInfo = [{ company: "DHL", number: "42", url: "https://dhl.test/42" }]

describe("A parcel that is made at Shopify", () => {
  it.effect("has all that is left of its order, once", () =>
    Effect.gen(function* () {
      const { create, invoke, shop } = yield* connected()
      const order = { id: yield* shop.user.create("order", { name: "#1", lines }) }
      const [parcel, again] = yield* create("fulfillment", { order, trackingInfo }, { order, trackingInfo })
      assert.deepInclude(stored(parcel), { order, trackingInfo, totalQuantity: 3, status: "SUCCESS" })
      const why = refusal(again)
      if (why._tag !== "Rejected") return assert.fail(`it is ${why._tag}`)
      assert.include(why.fields["order"], "nothing of this order is left")
      const [id] = (yield* shop.truth("fulfillment")).keys()
      if (id === undefined) return assert.fail("no parcel")
      stored(yield* invoke("fulfillment", "cancel", id))
      const [anew] = yield* create("fulfillment", { order })
      assert.deepInclude(stored(anew), { order, trackingInfo: [] })
    })
  )

  it.effect("whose answer was lost is found at its order by its number, and one that never was is not", () =>
    Effect.gen(function* () {
      const { create, entity, run, shop } = yield* connected()
      const order = { id: yield* shop.user.create("order", { name: "#1", lines }) }
      yield* shop.faults.next(1, ({ body }) => body.includes("fulfillmentCreate"), { _tag: "DropAfter" })
      const [lost] = yield* create("fulfillment", { order, trackingInfo })
      assert.strictEqual(refusal(lost)._tag, "OutcomeUnknown")
      const find = entity("fulfillment").target?.create?.find
      if (find === undefined) return assert.fail("no find")
      const seek = (key: string, number: string, sentAtMs: number) =>
        Effect.map(
          run(find.run([{ key: OpKey.make(key), patch: { order, trackingInfo: [{ number }] }, sentAtMs }])),
          (found) => Option.isSome(found.get(OpKey.make(key)) ?? Option.none())
        )
      assert.isTrue(yield* seek("op-0", "42", 0))
      assert.isFalse(yield* seek("op-1", "43", 0), "another parcel's number")
      assert.isFalse(yield* seek("op-2", "42", 86_400_000), "made long before")
    })
  )
})
