import { assert, describe, it } from "@effect/vitest"
import type { Json } from "effect/Schema"
import * as Merge from "./Merge.ts"

const merged = (
  kind: Merge.Kind,
  base: Json,
  source: Json,
  target: Json,
  winner: "source" | "target" | null = null
) => {
  const result = Merge.threeWay(kind, { base: { source: base, target: base }, source, target }, winner)
  return result._tag === "Merged" ? result.value : result._tag
}

describe("a set", () => {
  it.each<[string, Json, Json, Json, Json]>([
    ["keeps what either added", ["a"], ["a", "b"], ["a", "c"], ["a", "b", "c"]],
    ["loses what either removed", ["a", "b", "c"], ["a", "b"], ["b", "c"], ["b"]],
    ["adds and removes at once", ["a", "b"], ["b", "c"], ["a"], ["c"]],
    ["holds once what both added", [], ["a"], ["a"], ["a"]],
    ["was empty", null, ["a"], ["b"], ["a", "b"]],
    ["cleared by one", ["a"], null, ["a", "b"], ["b"]],
    ["emptied by both", ["a"], [], ["a"], []],
    ["that is none", ["a"], "a", ["a"], "Unmergeable"]
  ])("%s", (_what, base, source, target, value) => assert.deepStrictEqual(merged("set", base, source, target), value))
})

const line = (sku: string, count: number) => ({ sku, count })

describe("a list with keys", () => {
  const kind = { key: "sku" }
  it.each<[string, Json, Json, Json, "source" | "target" | null, Json]>([
    [
      "takes each side's edit",
      [line("a", 1), line("b", 1)],
      [line("a", 2), line("b", 1)],
      [line("a", 1), line("b", 3)],
      null,
      [line("a", 2), line("b", 3)]
    ],
    ["keeps an edit that the other side removed", [line("a", 1)], [line("a", 2)], [], null, [line("a", 2)]],
    [
      "loses what one removed and the other left",
      [line("a", 1), line("b", 1)],
      [line("b", 1)],
      [line("a", 1), line("b", 1)],
      null,
      [line("b", 1)]
    ],
    ["is undecided where both edited one item", [line("a", 1)], [line("a", 2)], [line("a", 3)], null, "Undecided"],
    ["takes the winner's item", [line("a", 1)], [line("a", 2)], [line("a", 3)], "target", [line("a", 3)]],
    ["with a key twice", [], [line("a", 1), line("a", 2)], [], null, "Unmergeable"],
    ["with an item without key", [], [{ count: 1 }], [], null, "Unmergeable"],
    ["with an item that is null", [], [null], [], null, "Unmergeable"]
  ])("%s", (_what, base, source, target, winner, value) =>
    assert.deepStrictEqual(merged(kind, base, source, target, winner), value)
  )
})

it.each<[string, Json]>([
  ["text", "ab"],
  ["a list", ["a", "b"]]
])("an item that is %s has no keys, though it has places", (_what, item) =>
  assert.strictEqual(merged({ key: "0" }, [], [item], []), "Unmergeable")
)

it("order and absence of items make no difference", () => {
  assert.isTrue(Merge.isSame("set", ["a", "b"], ["b", "a"]))
  assert.isTrue(Merge.isSame("set", [], null))
  assert.isTrue(Merge.isSame({ key: "sku" }, [line("a", 1), line("b", 2)], [line("b", 2), line("a", 1)]))
  assert.isFalse(Merge.isSame({ key: "sku" }, [line("a", 1)], [line("a", 2)]))
  assert.isFalse(Merge.isSame("set", ["a"], ["a", "b"]))
  assert.isFalse(Merge.isSame("value", ["a", "b"], ["b", "a"]))
})
