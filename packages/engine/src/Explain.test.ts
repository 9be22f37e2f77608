import { assert, describe, it } from "@effect/vitest"
import { SqlError } from "@syncline/store"
import * as Explain from "./Explain.ts"

const sqlError = (kind: SqlError["kind"]) =>
  new SqlError({ operation: "commit", kind, sqlState: null, message: "", column: null, constraint: null })

describe("classOf", () => {
  const cases: ReadonlyArray<readonly [SqlError["kind"], ReturnType<typeof Explain.classOf>]> = [
    ["unavailable", "transient"],
    ["commit unknown", "transient"],
    ["serialization", "transient"],
    ["permission", "auth"],
    ["constraint", null],
    ["data", null],
    ["other", null]
  ]
  for (const [kind, expected] of cases) {
    it(`a store whose answer was "${kind}" is ${expected ?? "of no class"}`, () => {
      assert.strictEqual(Explain.classOf(sqlError(kind)), expected)
    })
  }
})
