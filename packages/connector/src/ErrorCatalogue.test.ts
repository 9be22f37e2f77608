import { assert, describe, it } from "@effect/vitest"
import { Conflicted, Rejected } from "./ConnectorError.ts"
import * as ErrorCatalogue from "./ErrorCatalogue.ts"
import type { ErrorRule } from "./Remote.ts"

const taken: ErrorRule = {
  when: "the name is taken",
  matches: ({ status, text }) => status === 422 && text.includes("taken"),
  reason: () => new Conflicted({ detail: "taken" }),
  example: { status: 422, text: `{"error":"taken"}` }
}
const invalid: ErrorRule = {
  when: "a field is not valid",
  matches: ({ status }) => status === 422,
  reason: () => new Rejected({ fields: {} }),
  example: { status: 422, text: `{"error":"invalid"}` }
}

describe("ErrorCatalogue", () => {
  it("a table in which each example is taken by its own line has no faults", () => {
    assert.deepStrictEqual(ErrorCatalogue.misclassified([taken, invalid]), [])
  })

  it("a line that an earlier one hides is named", () => {
    assert.deepStrictEqual(ErrorCatalogue.misclassified([invalid, taken]), [
      `"the name is taken": its example is taken by "a field is not valid"`
    ])
  })

  it("so is a line that does not match its own example", () => {
    assert.deepStrictEqual(ErrorCatalogue.misclassified([{ ...taken, example: { status: 409, text: "" } }]), [
      `"the name is taken": its example is taken by no line`
    ])
  })

  const waits: ReadonlyArray<readonly [string, Record<string, string>, number | null]> = [
    ["seconds", { "retry-after": "3" }, 3000],
    ["a fraction of a second", { "retry-after": "0.25" }, 250],
    ["a date", { "retry-after": "Sat, 21 Nov 2026 05:15:00 GMT", date: "Sat, 21 Nov 2026 05:14:00 GMT" }, 60_000],
    [
      "a date that has passed",
      { "retry-after": "Sat, 21 Nov 2026 05:13:00 GMT", date: "Sat, 21 Nov 2026 05:14:00 GMT" },
      0
    ],
    ["a date without a clock to hold it against", { "retry-after": "Sat, 21 Nov 2026 05:15:00 GMT" }, null],
    ["something else", { "retry-after": "soon" }, null],
    ["nothing", {}, null]
  ]
  for (const [name, headers, expected] of waits) {
    it(`Retry-After as ${name} is ${expected ?? "no"} ms`, () => {
      assert.strictEqual(ErrorCatalogue.retryAfterMs({ headers }), expected)
    })
  }
})
