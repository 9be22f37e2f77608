import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Conflict from "../src/Conflict.ts"

it("a strategy is named as it is written, one of one's own by its name", () => {
  const custom: Conflict.Strategy = { _tag: "Custom", name: "longest", resolve: () => ({ _tag: "Manual" }) }
  assert.deepStrictEqual([Conflict.nameOf("merge"), Conflict.nameOf(custom)], ["merge", "longest"])
})

describe("a list of items", () => {
  const line = (sku: string, n: number) => ({ sku, n })
  const contest: Conflict.Contest = {
    base: { source: [line("a", 1), line("b", 1)], target: [line("a", 1), line("b", 1)] },
    source: [line("a", 2), line("b", 1), line("c", 1)],
    target: [line("a", 3), line("b", 5)],
    at: { source: 5, target: 3 }
  }
  const question: Conflict.Question = {
    contested: { lines: contest },
    source: null,
    target: null,
    base: { source: null, target: null },
    pending: { source: null, target: null },
    failure: null
  }
  it.each([
    ["source_wins", 2],
    ["target_wins", 3]
  ] as const)("an item that both changed is %s's, and all else of both is kept", (mergeFallback, n) =>
    assert.deepStrictEqual(
      Result.getOrThrow(
        Conflict.settle(question, { strategy: "merge", mergeFallback, tie: "source", granularityMs: 1 }, () => ({
          authority: null,
          merge: { key: "sku" }
        }))
      ).contested.get("lines"),
      {
        _tag: "Settled",
        value: [line("a", n), line("b", 5), line("c", 1)],
        winner: "merged",
        strategy: "merge"
      }
    )
  )
})
