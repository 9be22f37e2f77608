import { assert, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as FieldPath from "./FieldPath.ts"

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
