import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Image from "./Image.ts"

const lagMs = 60_000
const get = (startedAtMs: number): Image.Read => ({ startedAtMs, lagMs: 0 })
const page = (startedAtMs: number): Image.Read => ({ startedAtMs, lagMs })

describe("after an image was made by", () => {
  it.each<[string, Image.Read, string, Image.Read, boolean]>([
    ["a page", page(100_000), "the next page of the same walk counts", page(100_001), true],
    ["a page", page(100_000), "a page begun in the same millisecond counts", page(100_000), true],
    ["a page", page(100_000), "a page begun before it does not", page(99_999), false],
    ["a page", page(100_000), "a get begun after it counts", get(100_001), true],
    ["a page", page(100_000), "a get begun shortly before it counts, since the page may have lagged", get(99_000), true],
    ["a page", page(100_000), "a get begun more than the lag before it does not", get(39_999), false],
    ["a get", get(100_000), "a page begun within the lag does not, since it may show an older state", page(159_999), false],
    ["a get", get(100_000), "a page begun after the lag counts", page(160_000), true],
    ["a get", get(100_000), "a later get counts", get(100_001), true],
    ["a get", get(100_000), "an earlier get that answered late does not", get(99_999), false]
  ])("%s, %4$s", (_, seen, __, read, isNewer) =>
    assert.strictEqual(Image.isNewerRead(read, Image.observedAtMs(seen)), isNewer))
})

const Ms = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4e12 }))

it.prop(
  "reading one after the other with one kind of call, nothing newer is ever ignored",
  { startsMs: Schema.Array(Ms), lagMs: Ms },
  ({ startsMs, lagMs }) => {
    const sorted = startsMs.toSorted((left, right) => left - right)
    for (const [index, startedAtMs] of sorted.entries()) {
      const before = sorted[index - 1] ?? 0
      assert.isTrue(Image.isNewerRead({ startedAtMs, lagMs }, Image.observedAtMs({ startedAtMs: before, lagMs })))
    }
  }
)
