import { assert, describe, it } from "@effect/vitest"
import * as Seed from "./Seed.ts"

const draw = (stream: Seed.Stream, count: number) => Array.from({ length: count }, () => stream.below(1000))

describe("a seed", () => {
  it("says the same twice, and another says something else", () => {
    assert.deepStrictEqual(draw(Seed.stream(7), 50), draw(Seed.stream(7), 50))
    assert.notDeepEqual(draw(Seed.stream(7), 50), draw(Seed.stream(8), 50))
  })

  it("splits into streams that do not move each other", () => {
    const one = Seed.streams(3)
    const other = Seed.streams(3)
    draw(one.workload, 20)
    assert.deepStrictEqual(draw(one.faults, 20), draw(other.faults, 20))
    assert.notDeepEqual(draw(Seed.streams(3).faults, 20), draw(Seed.streams(3).scheduling, 20))
  })

  it("is even enough", () => {
    const stream = Seed.stream(1)
    const counts = [0, 0, 0, 0]
    for (let at = 0; at < 4000; at += 1) {
      const index = stream.below(4)
      counts[index] = (counts[index] ?? 0) + 1
    }
    for (const count of counts) assert.isTrue(count > 900 && count < 1100, String(counts))
  })
})
