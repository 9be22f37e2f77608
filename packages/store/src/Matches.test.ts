import { assert, describe, layer } from "@effect/vitest"
import { RecordId, type Side } from "@syncline/core"
import { Effect } from "effect"
import * as Pair from "../test/Pair.ts"
import * as World from "../test/World.ts"
import type { MatchRow } from "./Batch.ts"
import { type After, type Match, Matches } from "./Matches.ts"

const row = (side: Side.Side, name: string, ...keys: ReadonlyArray<string | null>): MatchRow => ({
  side,
  id: RecordId.make(name),
  record: { name },
  observedAtMs: 7,
  keys
})

const told = (match: Match) =>
  match._tag === "Pair"
    ? `${match.source.id} = ${match.target.id} by ${match.by}`
    : `${match.side} ${match.record.id} is alone`

const allPages = Effect.fnUntraced(function* (pair: Effect.Success<ReturnType<typeof Pair.held>>, limit: number) {
  const matches = yield* Matches
  const all: Array<string> = []
  let after: After = null
  do {
    const page: { readonly matches: ReadonlyArray<Match>; readonly after: After } = yield* matches.page(
      pair.key,
      after,
      limit
    )
    all.push(...page.matches.map(told))
    after = page.after
  } while (after !== null)
  return all
})

describe.each(World.servers)("Matches on $name", ({ url }) => {
  layer(World.layerOn(url), { excludeTestServices: true })((it) => {
    it.effect("one-to-one hits are pairs, what no key finds is alone, and whatever is unclear waits for a person", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("match")
        const matches = yield* Matches
        yield* pair.commit([], {
          matchRows: [
            row("source", "s1", "ada@x", "1"),
            row("target", "t1", "ada@x", "1"),
            // By the second key, since the first says nothing.
            row("source", "s2", null, "2"),
            row("target", "t2", "other@x", "2"),
            row("source", "s3", "nobody@x", null),
            row("target", "t3", null, null),
            // Two of one side have it.
            row("source", "s4", "twice@x", null),
            row("source", "s5", "twice@x", null),
            row("target", "t4", "twice@x", null),
            // The keys hit different records.
            row("source", "s6", "six@x", "7"),
            row("target", "t6", "six@x", "6"),
            row("target", "t7", "seven@x", "7"),
            // Doubled here and unknown there: nothing is hit.
            row("source", "s8", "double@x", null),
            row("source", "s9", "double@x", null)
          ]
        })
        // A page that is read again shows nothing twice.
        yield* pair.commit([], { matchRows: [row("source", "s1", "ada@x", "1")] })
        assert.deepStrictEqual(yield* matches.count(pair.key), { source: 8, target: 6 })
        const counted = { pairs: 2, lone: { source: 3, target: 1 }, review: 6 }
        assert.deepStrictEqual(yield* matches.match(pair.source, 2), counted)
        assert.deepStrictEqual(yield* matches.match(pair.source, 2), counted)
        for (const limit of [1, 2, 100]) {
          assert.deepStrictEqual(yield* allPages(pair, limit), [
            "s1 = t1 by 0",
            "s2 = t2 by 1",
            "source s3 is alone",
            "source s8 is alone",
            "source s9 is alone",
            "target t3 is alone"
          ])
        }
        const reviews = yield* matches.review(pair.key, 10)
        assert.deepStrictEqual(
          reviews.map(({ candidates, record, why }) => [record.id, why, ...candidates].join(" ")),
          [
            "s4 ambiguous t4",
            "s5 ambiguous t4",
            "s6 disagree t6 t7",
            "t4 ambiguous s4 s5",
            "t6 disagree s6",
            "t7 disagree s6"
          ]
        )
        yield* matches.forget(pair.source, [{ side: "source", id: RecordId.make("s4") }])
        assert.strictEqual((yield* matches.review(pair.key, 10)).length, 5)
        yield* pair.commit([], { reviewed: [{ side: "target", id: RecordId.make("t4") }] })
        assert.strictEqual((yield* matches.review(pair.key, 10)).length, 4)
        yield* matches.forget(pair.source)
        assert.deepStrictEqual(yield* matches.count(pair.key), { source: 2, target: 2 })
        assert.strictEqual((yield* matches.review(pair.key, 10)).length, 4)
        assert.deepStrictEqual(yield* allPages(pair, 10), [])
        yield* pair.release
      })
    )

    it.effect("a value that thousands have on both sides is no reason to compare each with each", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("shared value")
        const matches = yield* Matches
        const many = (side: Side.Side) =>
          Array.from({ length: 3000 }, (_, n) => row(side, `${side}-${n}`, "n/a", `${n}`))
        yield* pair.commit([], { matchRows: [...many("source"), ...many("target")] })
        const found = yield* matches.match(pair.source, 2)
        assert.deepStrictEqual(found, { pairs: 0, lone: { source: 0, target: 0 }, review: 6000 })
        yield* pair.release
      })
    )
  })
})
