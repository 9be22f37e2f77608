import { assert, describe, it } from "@effect/vitest"
import * as Pages from "./Pages.ts"
import * as Records from "./Records.ts"

interface Row {
  readonly id: string
  readonly name: string
}

/** Rows s0 to s9, one every ten seconds, the fourth already gone. */
const make = () =>
  Records.make<Row>({
    seeded: {
      size: 10,
      at: (index) => ({ id: `s${index}`, name: "seeded" }),
      indexOf: (id) => (id.startsWith("s") ? Number(id.slice(1)) : -1),
      instantAt: (index) => index * 10,
      isRemoved: (index) => index === 3,
      removedCount: 1
    },
    text: ({ id, name }) => `${id}:${name}`,
    cachedTexts: 4
  })

const text = (records: Records.Records<Row>, position: number) => new TextDecoder().decode(records.bytesAt(position))

const newest = (records: Records.Records<Row>, limit: number, high = records.size()) =>
  Pages.newest({ low: 0, high }, limit, records.isLive)

describe("Records", () => {
  it("shows seeded rows with what changed since laid over them", () => {
    const records = make()
    assert.strictEqual(records.count(), 9)
    assert.strictEqual(text(records, 2), "s2:seeded")
    records.put("s2", { id: "s2", name: "edited" }, 0)
    records.put("n1", { id: "n1", name: "new" }, 200)
    records.remove("s5")
    records.remove("s5")
    assert.strictEqual(records.count(), 9)
    assert.strictEqual(text(records, 2), "s2:edited")
    assert.strictEqual(records.get("n1")?.name, "new")
    assert.isUndefined(records.get("s5"))
    assert.strictEqual(records.positionOf("s5"), 5)
    assert.strictEqual(records.positionOf("s10"), -1)
    assert.strictEqual(records.instantAt(10), 200)
  })

  it("pages through all of it, newest first, in both directions", () => {
    const records = make()
    records.put("n1", { id: "n1", name: "new" }, 200)
    const first = newest(records, 4)
    assert.deepStrictEqual(first, { positions: [10, 9, 8, 7], hasMore: true })
    assert.deepStrictEqual(newest(records, 4, 7), { positions: [6, 5, 4, 2], hasMore: true })
    assert.deepStrictEqual(newest(records, 4, 2), { positions: [1, 0], hasMore: false })
    assert.deepStrictEqual(Pages.oldest({ low: 3, high: 11 }, 4, records.isLive), {
      positions: [7, 6, 5, 4],
      hasMore: true
    })
    assert.deepStrictEqual(Pages.oldest({ low: 8, high: 11 }, 4, records.isLive), {
      positions: [10, 9, 8],
      hasMore: false
    })
  })

  it("finds where a time begins", () => {
    const { instantAt } = make()
    assert.deepStrictEqual(
      [0, 1, 10, 90, 91].map((least) => Pages.firstAtLeast(10, instantAt, least)),
      [0, 1, 1, 9, 10]
    )
  })

  it("gives the same texts whether they are still kept or not", () => {
    const records = make()
    for (const round of [1, 2, 3]) {
      for (const position of [0, 1, 2, 4, 5, 6, 7])
        assert.strictEqual(text(records, position), `s${position}:seeded`, `round ${round}`)
    }
  })
})
