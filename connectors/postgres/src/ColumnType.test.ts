import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as ColumnType from "./ColumnType.ts"

const read = ColumnType.readerOf("numeric") ?? String

describe("an exact number", () => {
  it.prop("that JavaScript wrote is read as itself", { number: Schema.Finite }, ({ number }) => {
    assert.strictEqual(read(String(number)), number)
  })

  const decimals: ReadonlyArray<readonly [text: string, read: string | number]> = [
    ["0", 0],
    ["0.000", 0],
    ["12.50", 12.5],
    ["-0.10", -0.1],
    ["100000000000000000000000", 1e23],
    ["0.0000001", 1e-7],
    ["9007199254740991", 9007199254740991],
    ["9007199254740993", "9007199254740993"],
    ["-9223372036854775808", "-9223372036854775808"],
    ["0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"],
    ["NaN", "NaN"],
    ["-Infinity", "-Infinity"]
  ]
  it.each(decimals)("%s is read as %s", (text, expected) => {
    assert.strictEqual(read(text), expected)
  })
})

describe("an id", () => {
  const ids: ReadonlyArray<readonly [type: string, id: string, holds: boolean]> = [
    ["text", "cus_1", true],
    ["text", "é😀", true],
    ["text", "", false],
    ["text", "a\0", false],
    ["text", "\ud83d", false],
    ["text", "x".repeat(601), false],
    ["character varying(40)", "cus_1", true],
    ["uuid", "8b9b0c1e-4a5e-4a3b-9d3e-0a1b2c3d4e5f", true],
    ["uuid", "8B9B0C1E-4A5E-4A3B-9D3E-0A1B2C3D4E5F", false],
    ["bigint", "42", true],
    ["bigint", "042", false],
    ["bigint", "cus_1", false],
    ["timestamp with time zone", "now", false]
  ]
  it.each(ids)("in a column of type %s: %s (%s)", (type, id, holds) => {
    assert.strictEqual(ColumnType.holdsId(type, id), holds)
  })
})
