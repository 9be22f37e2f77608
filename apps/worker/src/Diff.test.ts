import { assert, describe, it } from "@effect/vitest"
import { RecordId } from "@syncline/core"
import * as Diff from "./Diff.ts"

const log: Diff.Page = { style: "plain", columns: null }
const terminal: Diff.Page = { style: "plain", columns: 80 }

describe("what two texts have in common", () => {
  it.each([
    ["Ada", "Ada Lovelace", ["Ada", "", " Lovelace", ""]],
    ["Ada", "Ida", ["", "A", "I", "da"]],
    ["", "x", ["", "", "x", ""]],
    ["same", "same", ["same", "", "", ""]],
    ["aa", "aaa", ["aa", "", "a", ""]],
    ["👩‍👧 x", "👩‍👦 x", ["", "👩‍👧", "👩‍👦", " x"]]
  ])("%j and %j: %j", (before, after, [prefix, removed, added, suffix]) => {
    assert.deepStrictEqual(Diff.parts(before, after), { prefix, before: removed, after: added, suffix })
  })
})

describe("a change", () => {
  it("says what was and what is", () => assert.strictEqual(Diff.change("a", "b", log), '"a" → "b"'))
  it("tells nothing from an empty text", () => assert.strictEqual(Diff.change(null, "", log), 'nothing → ""'))
  it("is cut on a terminal, and whole in a log", () => {
    const long = "x".repeat(200)
    assert.include(Diff.change(long, null, log), long)
    assert.isAtMost(Diff.change(long, long, terminal).length, 80)
  })
  it("escapes what would move the cursor", () => assert.notInclude(Diff.change("\u001b[2J", "\n", log), "\u001b"))
  it("colours only the difference", () => {
    const told = Diff.change("Ada", "Ida", { style: "coloured", columns: null })
    assert.include(told, "\u001b[31mA\u001b[39m")
    assert.include(told, "\u001b[32mI\u001b[39m")
  })
})

describe("a write", () => {
  const update = {
    side: "target",
    entity: "customer",
    operation: "update",
    key: "42",
    recordId: RecordId.make("cus_1"),
    fields: [
      { field: "name", before: "Ada", after: "Ada L." },
      { field: "address.city", before: null, after: "Turin" }
    ]
  } as const
  it("is its record and a line for each field", () =>
    assert.deepStrictEqual(Diff.write(update, log), [
      "  ~ update customer cus_1 at the target",
      '    name          "Ada" → "Ada L."',
      '    address.city  nothing → "Turin"'
    ]))
  it("that creates has no id yet", () =>
    assert.strictEqual(
      Diff.write({ ...update, operation: "create", recordId: null }, log)[0],
      "  + create customer for 42 at the target"
    ))
})

describe("a contested field", () => {
  const contest = {
    field: "phone",
    base: { source: "1", target: "1" },
    source: "2",
    target: "3",
    at: { source: null, target: null }
  }
  const names = { source: "SOURCE", target: "TARGET" }
  it("is one row on a terminal", () =>
    assert.deepStrictEqual(Diff.contested([contest], names, terminal), [
      "  FIELD  WAS  SOURCE  TARGET",
      '  phone  "1"  "2"     "3"'
    ]))
  it("is a line for each side in a log", () =>
    assert.deepStrictEqual(Diff.contested([contest], names, log), [
      '  phone: was "1"',
      '  phone: SOURCE "2"',
      '  phone: TARGET "3"'
    ]))
  it("may be the record itself", () =>
    assert.deepStrictEqual(Diff.contested([{ ...contest, field: "", source: null, target: {} }], names, log), [
      "  @record: SOURCE deleted",
      "  @record: TARGET edited"
    ]))
})
