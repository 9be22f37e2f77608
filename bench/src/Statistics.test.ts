import { assert, describe, it } from "@effect/vitest"
import { difference, mean, median, spread } from "./Statistics.ts"

describe("of several rounds", () => {
  it("the median is the middle one, or between the two in the middle", () => {
    assert.strictEqual(median([3, 1, 100]), 3)
    assert.strictEqual(median([4, 1, 2, 100]), 3)
  })

  it("the spread names the worst and the best, and of none there is none", () => {
    assert.deepStrictEqual(spread([0.5, 0.2, 0.9]), { median: 0.5, min: 0.2, max: 0.9 })
    assert.isNull(spread([]))
  })

  it("two runs that took 4 and 5 seconds differ by a quarter", () => {
    assert.closeTo(difference([5, 4]), 0.25, 1e-9)
    assert.strictEqual(difference([4]), 0)
    assert.strictEqual(mean([4, 5]), 4.5)
  })
})
