import { assert, describe, it } from "@effect/vitest"
import { OpKey } from "@syncline/core"
import { Effect, Option } from "effect"
import { connected, refusal, stored } from "../test/Connected.ts"

const euros = (amount: string) => ({ shopMoney: { amount, currencyCode: "EUR" } })
const board = { title: "Board", quantity: 2, originalUnitPriceSet: euros("10.00") }

describe("An order that is made at Shopify", () => {
  it.effect("has its lines, delivery, taxes, customer and addresses", () =>
    Effect.gen(function* () {
      const { create, requests, shop } = yield* connected()
      const customer = yield* shop.user.create("customer", { firstName: "Ada", email: "ada@example.com" })
      const product = yield* shop.user.create("product", { title: "Suit", price: "90.00", sku: "S-1" })
      const variant = [...(yield* shop.truth("variant")).keys()][0] ?? product
      const [made] = yield* create("order", {
        customer: { id: customer },
        note: "Ring twice",
        currencyCode: "EUR",
        displayFinancialStatus: "PAID",
        processedAt: "2026-10-01T10:00:00Z",
        shippingAddress: { address1: "1 Row", city: "Bern", zip: "3000", countryCodeV2: "CH" },
        lines: [
          { ...board, taxLines: [{ title: "VAT", priceSet: euros("3.80") }] },
          { quantity: 1, variant: { id: variant } }
        ],
        shippingLine: { title: "Post", discountedTotalSet: euros("5.00"), taxLines: [] }
      })
      const order = stored(made)
      assert.deepInclude(order, {
        customer: { id: customer },
        note: "Ring twice",
        displayFinancialStatus: "PAID",
        processedAt: "2026-10-01T10:00:00Z",
        currentTotalPriceSet: euros("118.80")
      })
      assert.deepInclude(order["shippingAddress"], { city: "Bern", countryCodeV2: "CH" })
      assert.match(JSON.stringify(order["lines"]), /"title":"Board".*"title":"Suit"/)
      // Of 20.00 before tax.
      assert.include(requests.at(-1)?.body, '"rate":"0.190000"')
    })
  )

  it.effect("with more lines than come at once is answered whole", () =>
    Effect.gen(function* () {
      const { create } = yield* connected()
      const [made] = yield* create("order", { lines: Array.from({ length: 12 }, () => board) })
      const { lines } = stored(made)
      assert.lengthOf(Array.isArray(lines) ? lines : [], 12)
    })
  )

  it.effect("without lines, for nobody, or with a line that is not valid says which field is wrong", () =>
    Effect.gen(function* () {
      const { create, requests } = yield* connected()
      const [empty] = (yield* create("order", { note: "nothing" })).map(refusal)
      assert.deepInclude(empty, { _tag: "Rejected", fields: { lines: "an order has lines" } })
      assert.isEmpty(requests)
      const [none, stranger] = (yield* create(
        "order",
        { lines: [{ ...board, quantity: 0 }] },
        { lines: [board], customer: { id: "gid://shopify/Customer/9" } }
      )).map(refusal)
      assert.deepInclude(none, { _tag: "Rejected", fields: { lines: "Quantity must be greater than 0" } })
      assert.strictEqual(stranger?._tag, "NotFound")
    })
  )

  it.effect("whose answer was lost is found by its mark, with every line", () =>
    Effect.gen(function* () {
      const { create, entity, run, shop } = yield* connected()
      yield* shop.faults.next(1, ({ body }) => body.includes("orderCreate"), { _tag: "DropAfter" })
      const [lost] = yield* create("order", { lines: Array.from({ length: 7 }, () => board) })
      assert.strictEqual(refusal(lost)._tag, "OutcomeUnknown")
      const find = entity("order").target?.create?.find
      if (find === undefined) return assert.fail("no find")
      const sought = ["op-0", "op-9"].map((key) => ({ key: OpKey.make(key), patch: {}, sentAtMs: 0 }))
      const found = yield* run(find.run(sought))
      const lines = sought.map(({ key }) =>
        Option.match(found.get(key) ?? Option.none(), {
          onNone: () => null,
          onSome: ({ lines }) => (Array.isArray(lines) ? lines.length : 0)
        })
      )
      assert.deepStrictEqual(lines, [7, null])
    })
  )
})
