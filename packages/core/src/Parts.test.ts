import { assert, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Parts from "./Parts.ts"

it.each<[string, string, number | null, "first" | "last", ReadonlyArray<string | null>]>([
  ["Ada Lovelace", " ", 2, "last", ["Ada", "Lovelace"]],
  ["Ada King Lovelace", " ", 2, "last", ["Ada", "King Lovelace"]],
  ["Ada King Lovelace", " ", 2, "first", ["Ada King", "Lovelace"]],
  ["  Ada  ", " ", 2, "last", ["Ada", null]],
  ["Ada", " ", 2, "first", ["Ada", null]],
  ["", " ", 2, "last", ["", null]],
  ["a, b,,c ", ",", null, "last", ["a", "b", "c"]],
  ["", ",", null, "last", []],
  ["a b c d", " ", 3, "first", ["a b", "c", "d"]]
])("%j by %j into %j, the rest in the %s, is %j", (text, separator, count, rest, expected) =>
  assert.deepStrictEqual(Parts.split(text, separator, count, rest), expected)
)

it.each<[Schema.Json, Result.Result<string, string>]>([
  [["Ada", " Lovelace "], Result.succeed("Ada Lovelace")],
  [["Ada", null], Result.succeed("Ada")],
  [["", null], Result.succeed("")],
  [[], Result.succeed("")],
  [["Ada", 1], Result.fail("must be a list of texts")],
  ["Ada", Result.fail("must be a list of texts")]
])("%j joined is %j", (list, expected) => assert.deepStrictEqual(Parts.join(list, " "), expected))

const Separator = Schema.Literals([" ", ",", ", ", " / "])
const Count = Schema.NullOr(Schema.Literals([1, 2, 3]))
const Rest = Schema.Literals(["first", "last"])

it.prop(
  "what was split and joined is split as before",
  { texts: Schema.Array(Schema.String), separator: Separator, count: Count, rest: Rest },
  ({ texts, separator, count, rest }) => {
    const parts = Parts.split(texts.join(separator), separator, count, rest)
    const text = Result.getOrThrow(Parts.join([...parts], separator))
    assert.deepStrictEqual(Parts.split(text, separator, count, rest), parts)
    assert.deepStrictEqual(Parts.join([...parts], separator), Result.succeed(text))
  }
)
