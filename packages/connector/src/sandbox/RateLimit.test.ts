import { assert, describe, it } from "@effect/vitest"
import * as RateLimit from "./RateLimit.ts"

describe("RateLimit", () => {
  it("a bucket holds one second's calls and refills steadily", () => {
    const { take } = RateLimit.bucket(4)
    const taken = (times: ReadonlyArray<number>) => times.map(take)
    assert.deepStrictEqual(taken([0, 0, 0, 0, 0]), [true, true, true, true, false])
    assert.deepStrictEqual(taken([249, 250, 250]), [false, true, false])
    assert.deepStrictEqual(taken([10_000, 10_000, 10_000, 10_000, 10_000]), [true, true, true, true, false])
  })

  it("a clock that goes backwards gives nothing away", () => {
    const { take } = RateLimit.bucket(1)
    assert.deepStrictEqual([take(5000), take(1000), take(5500), take(6000)], [true, false, false, true])
  })

  it("buckets are separate by name", () => {
    const { take } = RateLimit.buckets(1)
    assert.deepStrictEqual([take("a", 0), take("b", 0), take("a", 0)], [true, true, false])
  })

  it("a gate lets in as many as have left", () => {
    const { enter, leave } = RateLimit.gate(1)
    assert.deepStrictEqual([enter(), enter()], [true, false])
    leave()
    assert.isTrue(enter())
  })
})
