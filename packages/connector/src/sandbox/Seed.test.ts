import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Seed from "./Seed.ts"

const Index = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 916_132_831 }))

describe("Seed", () => {
  it.prop("a code leads back to its index", { index: Index }, ({ index }) => {
    assert.strictEqual(Seed.indexOfCode(Seed.code(index)), index)
  })

  it.prop(
    "the same numbers draw the same choices",
    { seed: Schema.Int, stream: Schema.Int, index: Index },
    ({ seed, stream, index }) => {
      const draws = () => {
        const draw = new Seed.Draw(seed, stream, index)
        return [draw.int(10), draw.int(1000), draw.chance(50), draw.pick(["a", "b", "c"])]
      }
      assert.deepStrictEqual(draws(), draws())
    }
  )

  it("draws spread over their range", () => {
    const counts = new Map<number, number>()
    for (let index = 0; index < 10_000; index += 1) {
      const drawn = new Seed.Draw(1, 1, index).int(10)
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1)
    }
    for (let value = 0; value < 10; value += 1) assert.approximately(counts.get(value) ?? 0, 1000, 150)
  })

  it("other text is no code", () => {
    for (const text of ["", "AAAA", "AAAAAA", "AAA-A"]) assert.strictEqual(Seed.indexOfCode(text), -1)
  })
})
