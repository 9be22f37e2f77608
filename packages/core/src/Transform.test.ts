import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Money from "./Canonical/Money.ts"
import * as Time from "./Canonical/Time.ts"
import type { Fields } from "./Fields.ts"
import * as Transform from "./Transform.ts"

const compiled = (transform: Transform.Transform, customs: Transform.Customs = {}) =>
  Result.getOrThrow(Transform.compile(transform, customs))

const forward = (transform: Transform.Transform, value: Schema.Json, record: Fields = {}) =>
  compiled(transform).forward(value, record, "source")

const home = { callingCode: "41", trunkPrefix: "0" }
const colours = Transform.oneOf({ red: 1, green: 2 })
const byField = { source: "currency", target: "currency_code" }

describe("a value becomes", () => {
  it.each<[Transform.Transform, Schema.Json, Schema.Json]>([
    [Transform.trim, "  Ada \n", "Ada"],
    [Transform.lower, "Ada@Example.COM", "ada@example.com"],
    [Transform.upper, "chf", "CHF"],
    [Transform.number, "12.50", 12.5],
    [Transform.number, " -0 ", 0],
    [Transform.number, "1e3", 1000],
    [Transform.number, "9007199254740992", 9007199254740992],
    [Transform.text, 12.5, "12.5"],
    [Transform.text, true, "true"],
    [
      Transform.sum("price.amount"),
      [{ price: { amount: "0.10" } }, { price: { amount: "0.205" } }, { price: { amount: 3 } }],
      "3.305"
    ],
    [Transform.sum("amount"), [{ amount: "-1.5" }, { amount: "1.50" }], "0.00"],
    [Transform.sum("amount"), [], "0"],
    [Transform.text, 1e21, "1e+21"],
    [Transform.time("unix_seconds", "iso"), 1_700_000_000, "2023-11-14T22:13:20.000Z"],
    [Transform.time("iso", "unix_seconds"), "2023-11-14T23:13:20.999+01:00", 1_700_000_000],
    [Transform.time("unix_millis", "day"), 1_700_000_000_123, "2023-11-14"],
    [Transform.time("day", "iso"), "2024-02-29", "2024-02-29T00:00:00.000Z"],
    [Transform.time("iso", "unix_millis"), "1969-12-31T23:59:59.999Z", -1],
    [Transform.time("unix_seconds", "iso"), -1.5, "1969-12-31T23:59:58.500Z"],
    [Transform.time("iso", "unix_seconds"), "1969-12-31T23:59:58.500Z", -2],
    [colours, "green", 2],
    [{ _tag: "Enum", values: { a: "b" }, otherwise: "?" }, "z", "?"],
    [Transform.minorToDecimal("EUR"), 1999, "19.99"],
    [Transform.minorToDecimal("JPY"), 1999, "1999"],
    [Transform.minorToDecimal("KWD"), -5, "-0.005"],
    [Transform.minorToDecimal("EUR"), "900719925474099312345", "9007199254740993123.45"],
    [{ _tag: "MinorToDecimal", currency: "ISK", exponents: { ISK: 2 } }, 500, "5.00"],
    [Transform.decimalToMinor("EUR"), "19.9", 1990],
    [Transform.decimalToMinor("EUR"), 19.99, 1999],
    [Transform.decimalToMinor("EUR"), "-0.00", 0],
    [Transform.decimalToMinor("JPY"), "1999.000", 1999],
    [Transform.phone(home), "044 668-18-00", "+41446681800"],
    [Transform.phone(home), "+49 (0)30 123456", "+4930123456"],
    [Transform.phone(), "0041 44 668 18 00", "+41446681800"],
    [Transform.decimal(2), "19.9000", "19.90"],
    [Transform.decimal(2), 19.5, "19.50"],
    [Transform.decimal(0), "-0.0", "0"],
    [Transform.split(","), " a, b ,,c", ["a", "b", "c"]],
    [Transform.join(", "), ["a", null, " b "], "a, b"],
    [Transform.constant({ a: [1] }), "whatever", { a: [1] }]
  ])("%j of %j is %j", (transform, value, expected) =>
    assert.deepStrictEqual(forward(transform, value), Result.succeed(expected))
  )
})

describe("a value is refused by", () => {
  it.each<[Transform.Transform, Schema.Json, string]>([
    [Transform.trim, 5, "must be text"],
    [Transform.number, "", "must be a number"],
    [Transform.number, "12,5", "must be a number"],
    [Transform.number, "0x10", "must be a number"],
    [Transform.number, ".", "must be a number"],
    [Transform.number, "9007199254740993", "is a number that JSON cannot hold exactly; keep it as text"],
    [Transform.number, "1e999", "is a number that JSON cannot hold exactly; keep it as text"],
    [Transform.number, "0.1234567890123456789", "is a number that JSON cannot hold exactly; keep it as text"],
    [Transform.text, { a: 1 }, "must be a number, a boolean or text"],
    [
      Transform.time("iso", "unix_seconds"),
      "2026-02-30T00:00:00Z",
      'must be a moment with its time zone, such as "2026-11-21T09:30:00Z"'
    ],
    [
      Transform.time("iso", "unix_seconds"),
      "2026-11-21T09:30:00",
      'must be a moment with its time zone, such as "2026-11-21T09:30:00Z"'
    ],
    [Transform.time("day", "iso"), "2023-02-29", 'must be a day that exists, such as "2026-11-21"'],
    [Transform.time("unix_seconds", "iso"), "1700000000", "must be a number of seconds since 1970"],
    [Transform.time("unix_seconds", "iso"), 1_700_000_000_000, "must be a number of seconds since 1970"],
    [colours, "blue", 'must be one of "red", "green"'],
    [colours, "constructor", 'must be one of "red", "green"'],
    [Transform.minorToDecimal("EUR"), 19.99, "must be a whole number of minor units"],
    [Transform.decimalToMinor("EUR"), "19.999", "has more than the 2 decimals of its currency"],
    [Transform.decimalToMinor("JPY"), "0.5", "has more than the 0 decimals of its currency"],
    [Transform.decimalToMinor("EUR"), "99999999999999999.99", "is beyond what a JSON number holds exactly"],
    [Transform.decimalToMinor("EUR"), "1,5", 'must be a decimal number such as "19.99"'],
    [
      Transform.phone(),
      "044 668 18 00",
      'has no calling code; begin it with "+", or give the transform a home country'
    ],
    [Transform.phone(home), "044 668 18 00 x12", "is not a telephone number with at most 15 digits"],
    [Transform.decimal(2), "19.995", "has more than 2 decimals"],
    [Transform.decimal(2), "1,5", 'must be a decimal number such as "19.99"'],
    [Transform.split(), 5, "must be text"],
    [Transform.join(), "Ada", "must be a list of texts"],
    [Transform.minorToDecimal(byField), 5, 'needs a currency in "currency"']
  ])("%j: %j %s", (transform, value, why) => assert.deepStrictEqual(forward(transform, value), Result.fail(why)))
})

it("money takes the currency from the field that each side has for it", () => {
  const { forward, backward } = compiled(Transform.minorToDecimal(byField))
  assert.deepStrictEqual(forward(1999, { currency: "jpy" }, "source"), Result.succeed("1999"))
  assert.deepStrictEqual(forward(1999, { currency: "usd" }, "source"), Result.succeed("19.99"))
  assert.deepStrictEqual(backward?.("1.999", { currency_code: "KWD" }, "target"), Result.succeed(1999))
})

it("a custom transform is the integration's own, and an unknown one is refused", () => {
  const quoted: Transform.Compiled = { forward: (value) => Result.succeed(JSON.stringify(value)), backward: null }
  assert.deepStrictEqual(
    compiled(Transform.custom("quoted"), { quoted }).forward("abc", {}, "source"),
    Result.succeed('"abc"')
  )
  for (const name of ["other", "toString"]) {
    assert.deepStrictEqual(
      Transform.compile(Transform.custom(name), { quoted }),
      Result.fail(`names the custom transform "${name}", which the integration does not bring`)
    )
  }
})

it("a custom transform that throws refuses its value", () => {
  const broken: Transform.Compiled = {
    forward: () => {
      throw new Error("no")
    },
    backward: null
  }
  assert.deepStrictEqual(
    compiled(Transform.custom("broken"), { broken }).forward(1, {}, "source"),
    Result.fail('is more than the custom transform "broken" can take; it threw Error: no')
  )
})

describe("at the coarser precision", () => {
  it.each<[Transform.Transform, Schema.Json, Schema.Json]>([
    [Transform.decimalToMinor("EUR"), "19.995", 2000],
    [Transform.decimalToMinor("EUR"), "-19.995", -2000],
    [Transform.decimalToMinor("JPY"), "0.4999", 0],
    [Transform.decimal(2), "0.005", "0.01"],
    [Transform.decimal(1), 0.25, "0.3"]
  ])("%j of %j is rounded to %j", (transform, value, expected) =>
    assert.deepStrictEqual(
      Result.getOrThrow(Transform.compile(transform, {}, "coarser")).forward(value, {}, "source"),
      Result.succeed(expected)
    )
  )
})

describe("one-way are", () => {
  it.each<[Transform.Transform, boolean]>([
    [Transform.constant(1), true],
    [Transform.oneOf({ a: 1, b: 1 }), true],
    [{ _tag: "Enum", values: { a: 1 }, otherwise: 2 }, true],
    [Transform.time("iso", "day"), true],
    [Transform.time("day", "unix_seconds"), true],
    [Transform.time("iso", "unix_seconds"), false],
    [Transform.time("day", "day"), false],
    [colours, false],
    [Transform.trim, false],
    [Transform.decimal(2), false],
    [Transform.split(), false],
    [Transform.join(), false]
  ])("%j: %s", (transform, isOneWay) => {
    assert.strictEqual(compiled(transform).backward === null, isOneWay)
    assert.strictEqual(Transform.sequence([compiled(Transform.lower), compiled(transform)]).backward === null, isOneWay)
  })
})

it("a sequence is undone from its end", () => {
  const { forward, backward } = Transform.sequence([
    compiled(Transform.number),
    compiled(Transform.time("unix_seconds", "iso"))
  ])
  assert.deepStrictEqual(forward("1700000000", {}, "source"), Result.succeed("2023-11-14T22:13:20.000Z"))
  assert.deepStrictEqual(backward?.("2023-11-14T22:13:20.000Z", {}, "target"), Result.succeed("1700000000"))
})

/**
 * For any value a transform takes: what it writes is a normal form of the target, what it gives back is a normal form of the
 * source, and between normal forms each way undoes the other.
 */
const isLawful = (transform: Transform.Transform, value: Schema.Json) => {
  const { forward, backward } = compiled(transform)
  if (backward === null) return assert.fail("is one-way")
  const there = forward(value, {}, "source")
  if (Result.isFailure(there)) return
  const back = Result.getOrThrow(backward(there.success, {}, "target"))
  const again = Result.getOrThrow(forward(back, {}, "source"))
  assert.deepStrictEqual(again, there.success, "put, then get")
  assert.deepStrictEqual(Result.getOrThrow(backward(again, {}, "target")), back, "get, then put")
}

const Ms = Schema.Int.check(Schema.isBetween({ minimum: -62_167_219_200_000, maximum: 253_402_300_799_999 }))
const Moment = Schema.Literals(["iso", "unix_seconds", "unix_millis"])
const Currency = Schema.Literals(["EUR", "JPY", "KWD", "CLF", "XXX"])

describe("there and back again:", () => {
  it.prop(
    "trim, lower, upper",
    { text: Schema.String, transform: Schema.Literals(["Trim", "Lower", "Upper"]) },
    ({ text, transform }) => isLawful({ _tag: transform }, text)
  )
  it.prop("text of a number", [Schema.Finite], ([value]) => isLawful(Transform.text, value))
  it.prop("number of a text", [Schema.Finite], ([value]) => isLawful(Transform.number, String(value)))
  it.prop("moments, however written", { ms: Ms, source: Moment, target: Moment }, ({ ms, source, target }) =>
    isLawful(Transform.time(source, target), Result.getOrThrow(Time.rewrite(ms, "unix_millis", source)))
  )
  it.prop("minor units", { minor: Schema.Int, currency: Currency }, ({ minor, currency }) =>
    isLawful(Transform.minorToDecimal(currency), minor)
  )
  it.prop("decimals", { minor: Schema.Int, currency: Currency }, ({ minor, currency }) =>
    isLawful(Transform.decimalToMinor(currency), Result.getOrThrow(forward(Transform.minorToDecimal(currency), minor)))
  )
  it.prop("decimals of a scale", { minor: Schema.Int, scale: Schema.Literals([0, 1, 4]) }, ({ minor, scale }) =>
    isLawful(Transform.decimal(scale), Result.getOrThrow(Money.decimalOfMinor(minor, scale)))
  )
  it.prop("texts in parts", { text: Schema.String, separator: Schema.Literals([" ", ", "]) }, ({ text, separator }) =>
    isLawful(Transform.split(separator), text)
  )
  it.prop("parts in a text", { parts: Schema.Array(Schema.String) }, ({ parts }) => isLawful(Transform.join(), parts))
  it.prop("enumerations", { value: Schema.Literals(["red", "green", "blue"]) }, ({ value }) => isLawful(colours, value))
  it.prop(
    "telephone numbers",
    { digits: Schema.Int.check(Schema.isBetween({ minimum: 1e5, maximum: 1e10 })) },
    ({ digits }) => isLawful(Transform.phone(home), `0${digits}`)
  )
})

it.prop("no minor unit is lost or won", { minor: Schema.Int, currency: Currency }, ({ minor, currency }) => {
  const { forward, backward } = compiled(Transform.minorToDecimal(currency))
  assert.deepStrictEqual(
    Result.flatMap(
      forward(minor, {}, "source"),
      (decimal) => backward?.(decimal, {}, "target") ?? Result.fail("one-way")
    ),
    Result.succeed(minor === 0 ? 0 : minor)
  )
})

it.prop(
  "a transform takes any value without throwing",
  { value: Schema.Json, transform: Transform.Transform },
  ({ value, transform }) => {
    const outcome = Transform.compile(transform, {})
    if (Result.isSuccess(outcome)) outcome.success.forward(value, {}, "source")
  }
)
