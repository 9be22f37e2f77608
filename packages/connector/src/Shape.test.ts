import { RecordId, Reference } from "@syncline/core"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Rest from "./Rest.ts"
import { type Column, columnsOf } from "./Shape.ts"

const table: ReadonlyArray<readonly [string, Schema.Constraint, Column["kind"], boolean]> = [
  ["a string", Schema.String, "text", false],
  ["a record id", RecordId, "text", false],
  ["a reference", Reference("customer"), "text", false],
  ["a reference or null", Schema.NullOr(Reference("customer")), "text", true],
  ["a literal", Schema.Literal("customer"), "text", false],
  ["one of several words", Schema.Literals(["a", "b"]), "text", false],
  ["a whole number", Schema.Int, "integer", false],
  ["a whole number within bounds", Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9 })), "integer", false],
  ["a 32-bit number", Schema.Number.check(Schema.isInt32()), "integer", false],
  ["a whole number or null", Schema.NullOr(Schema.Int), "integer", true],
  ["a number", Schema.Finite, "number", false],
  ["a boolean", Schema.Boolean, "boolean", false],
  ["a field that may be missing", Schema.optionalKey(Schema.Boolean), "boolean", true],
  ["one that may be missing or null", Schema.optionalKey(Schema.NullOr(Schema.String)), "text", true],
  ["an object", Schema.Struct({ city: Schema.String }), "json", false],
  ["a list", Schema.Array(Schema.String), "json", false],
  ["a dictionary", Schema.Record(Schema.String, Schema.String), "json", false],
  ["any JSON", Schema.Json, "json", true],
  ["nested JSON", Rest.Nested, "json", true],
  ["a string or a number", Schema.Union([Schema.String, Schema.Int]), "json", false],
  ["nothing but null", Schema.Null, "json", true]
]

describe("Shape.columnsOf", () => {
  for (const [name, schema, kind, isNullable] of table) {
    it(`${name} is ${isNullable ? "a nullable" : "a"} ${kind} column`, () => {
      assert.deepStrictEqual(columnsOf(Schema.Struct({ field: schema })), [{ name: "field", kind, isNullable }])
    })
  }

  it("keeps the schema's order", () => {
    const schema = Schema.Struct({ z: Schema.String, a: Schema.String, m: Schema.String })
    assert.deepStrictEqual(
      columnsOf(schema).map(({ name }) => name),
      ["z", "a", "m"]
    )
  })

  it("what is no struct has no columns", () => {
    assert.deepStrictEqual(columnsOf(Schema.String), [])
  })
})
