import { assert, it } from "@effect/vitest"
import * as Quantity from "./Quantity.ts"

it.each([
  [0, "0 ms"],
  [850, "850 ms"],
  [3100, "3.1 s"],
  [59_940, "59.9 s"],
  [59_990, "1 min"],
  [125_000, "2 min 5 s"],
  [3_599_900, "1 h"],
  [3_780_000, "1 h 3 min"],
  [86_399_900, "1 d"],
  [187_200_000, "2 d 4 h"]
])("%i ms is %s", (ms, text) => assert.strictEqual(Quantity.duration(ms), text))

it.each([
  [0, "just now"],
  [5000, "5 s ago"],
  [300_000, "5 min ago"],
  [7_200_000, "2 h ago"],
  [259_200_000, "3 d ago"]
])("%i ms ago is %s", (ms, text) => assert.strictEqual(Quantity.ago(1_000_000_000_000 - ms, 1_000_000_000_000), text))

it("one thing is singular", () => {
  assert.strictEqual(Quantity.of(1, "record"), "1 record")
  assert.strictEqual(Quantity.of(12_345, "record"), "12,345 records")
})

it("a rate of nothing is not told", () => {
  assert.strictEqual(Quantity.rate(0, 1000), "")
  assert.strictEqual(Quantity.rate(10, 0), "")
  assert.strictEqual(Quantity.rate(6824, 2000), "3,412/s")
})
