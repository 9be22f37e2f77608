import { assert, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as FieldPath from "./FieldPath.ts"
import type { Fields } from "./Fields.ts"

const Name = Schema.Literals(["a", "b", "c"])
const Path = Schema.NonEmptyArray(Name)
const Leaf = Schema.Union([Schema.Struct({ a: Schema.Int }), Schema.Struct({ b: Schema.Struct({ c: Schema.Int }) })])
const Record = Schema.Record(Name, Leaf)

it.prop(
  "what was written is there, and all that it does not touch stays",
  [Record, Path, Path, Schema.Json],
  ([record, path, other, value]) => {
    const written = FieldPath.withValue(record, path, value)
    if (Result.isFailure(written) || value === null) return
    assert.deepStrictEqual(FieldPath.valueAt(written.success, path), value)
    if (!FieldPath.overlap(path, other))
      assert.deepStrictEqual(FieldPath.valueAt(written.success, other), FieldPath.valueAt(record, other))
  }
)

it.each<[string, Fields, Schema.Json, Fields | string]>([
  ["null below a null changes nothing", { a: null }, null, { a: null }],
  ["null below what is no object changes nothing", { a: "x" }, null, { a: "x" }],
  ["null below what is absent is null there", {}, null, { a: { b: null } }],
  ["null below an object stands beside what it holds", { a: { c: 1 } }, null, { a: { b: null, c: 1 } }],
  ["a value below a null makes an object of it", { a: null }, 1, { a: { b: 1 } }],
  ["a value below a text is refused", { a: "x" }, 1, 'cannot be written, because "a" is no object there'],
  ["a value below a list is refused", { a: [] }, 1, 'cannot be written, because "a" is no object there']
])("%s", (_, record, value, expected) =>
  assert.deepStrictEqual(Result.merge(FieldPath.withValue(record, ["a", "b"], value)), expected)
)

it.each<[string, string, boolean]>([
  ["a", "a", true],
  ["a", "a.b", true],
  ["a.b", "a", true],
  ["a.b", "a.c", false],
  ["a", "ab", false]
])("%s and %s overlap: %s", (one, other, expected) =>
  assert.strictEqual(FieldPath.overlap(one.split("."), other.split(".")), expected)
)

it.each(["__proto__", "a.__proto__.b", "constructor.x", "prototype", "", "a.", "a..b"])("%j is no path", (path) =>
  assert.isTrue(Result.isFailure(FieldPath.parse(path)))
)
