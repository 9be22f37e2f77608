import { assert, describe, it } from "@effect/vitest"
import type { Schema } from "effect"
import * as Tidying from "./Tidying.ts"

const cases: ReadonlyArray<readonly [sent: Schema.Json, stored: Schema.Json, isTidied: boolean]> = [
  ["  Ada  Lovelace ", "Ada Lovelace", true],
  ["ADA@Example.com", "ada@example.com", true],
  ["Ada", "Grace", false],
  ["Ada", "", false],
  ["", null, false],
  ["75", "75.00", true],
  ["75.10", "75.1", true],
  ["75.1", "75.01", false],
  ["750", "75", false],
  ["9007199254740993", "9007199254740992", false],
  [["b", "a", "a"], ["a", "b"], true],
  [["a", "b"], ["a"], false],
  [[1, 2], [2, 1], true],
  [[1], ["1"], true],
  [["a"], "a", false],
  ["a", ["a"], false],
  [1, 1, true],
  [1, 2, false],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [{ a: 1 }, { a: 2 }, false]
]

describe("Tidying", () => {
  for (const [sent, stored, isTidied] of cases)
    it(`${JSON.stringify(sent)} ${isTidied ? "may" : "may not"} have become ${JSON.stringify(stored)}`, () => {
      assert.strictEqual(Tidying.mayBe(sent, stored), isTidied)
    })
})
