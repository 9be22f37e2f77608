import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Image from "./Image.ts"

const lagMs = 60_000
const get = (startedAtMs: number): Image.Read => ({ startedAtMs, lagMs: 0 })
const page = (startedAtMs: number): Image.Read => ({ startedAtMs, lagMs })

describe("after an image was made by", () => {
  it.each<[string, string, boolean, Image.Read, Image.Read]>([
    ["a page", "the next page of the same walk counts", true, page(100_000), page(100_001)],
    ["a page", "a page begun in the same millisecond counts", true, page(100_000), page(100_000)],
    ["a page", "a page begun before it does not", false, page(100_000), page(99_999)],
    ["a page", "a get begun after it counts", true, page(100_000), get(100_001)],
    [
      "a page",
      "a get begun shortly before it counts, since the page may have lagged",
      true,
      page(100_000),
      get(99_000)
    ],
    ["a page", "a get begun more than the lag before it does not", false, page(100_000), get(39_999)],
    [
      "a get",
      "a page begun within the lag does not, since it may show an older state",
      false,
      get(100_000),
      page(159_999)
    ],
    ["a get", "a page begun after the lag counts", true, get(100_000), page(160_000)],
    ["a get", "a later get counts", true, get(100_000), get(100_001)],
    ["a get", "an earlier get that answered late does not", false, get(100_000), get(99_999)]
  ])("%s, %s: %s", (_, __, isNewer, seen, read) =>
    assert.strictEqual(Image.isNewerRead(read, Image.observedAtMs(seen)), isNewer)
  )
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
