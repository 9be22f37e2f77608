import { assert, describe, it } from "@effect/vitest"
import * as Table from "./Table.ts"

it("columns stay straight whatever script their cells are in", () => {
  const lines = Table.render(
    [
      { title: "NAME", align: "left" },
      { title: "COUNT", align: "right" }
    ],
    [
      ["customer", "10,000"],
      ["請求書", "7"],
      ["פריט", "12"]
    ]
  )
  assert.deepStrictEqual(lines, ["NAME       COUNT", "customer  10,000", "請求書         7", "פריט          12"])
  assert.strictEqual(new Set(lines.map(Table.width)).size, 1)
})

describe("fit", () => {
  it.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["顧客名簿", 5, "顧客…"],
    ["顧客名簿", 4, "顧…"],
    ["👩‍👩‍👧 family", 4, "👩‍👩‍👧 …"],
    ["abc", 0, ""]
  ])("%s in %i cells is %s", (text, cells, fitted) => {
    assert.strictEqual(Table.fit(text, cells), fitted)
    assert.isAtMost(Table.width(Table.fit(text, cells)), cells)
  })
})
