import { assert, describe, it } from "@effect/vitest"
import type { Fields } from "@syncline/core"
import * as Line from "./Line.ts"

const line = { LineItemID: "l1", Description: "Wax", Quantity: 2, UnitAmount: 5, LineAmount: 10, TaxAmount: 1 }
const sent = (change: Fields) => Line.sent([{ ...line, ...change }], [line])

describe("of a line that was there before", () => {
  it.each<[string, Fields, ReadonlyArray<string>]>([
    ["nothing contradicts itself where its words change", { Description: "Wax, warm" }, ["UnitAmount"]],
    ["the price follows from an amount", { Quantity: 3, LineAmount: 12 }, ["UnitAmount", "TaxAmount"]],
    ["the amount follows from a price", { UnitAmount: 6 }, ["LineAmount", "TaxAmount"]],
    ["only the tax follows from both", { UnitAmount: 6, LineAmount: 12 }, ["TaxAmount"]],
    ["a quantity alone is for Xero to refuse where it does not fit", { Quantity: 3 }, ["TaxAmount"]]
  ])("%s", (_, change, left) => {
    const [now = {}] = [sent(change)].flat().filter((each) => typeof each === "object" && each !== null)
    const expected = Object.fromEntries(Object.entries({ ...line, ...change }).filter(([name]) => !left.includes(name)))
    assert.deepStrictEqual(now, expected)
  })
})

it("a new line goes out as it is", () => {
  const { LineItemID: _, ...fresh } = line
  assert.deepStrictEqual(Line.sent([fresh], [line]), [fresh])
  assert.isNull(Line.sent(null, [line]))
})
