import { assert, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import * as Money from "./Money.ts"

it.each([
  ["EUR", 2],
  ["usd", 2],
  ["JPY", 0],
  ["krw", 0],
  ["KWD", 3],
  ["CLF", 4],
  ["XXX", 2]
])("%s has %i decimals", (currency, exponent) => assert.strictEqual(Money.exponentOf(currency), exponent))

it.each([
  ["19.99", true],
  ["-0.5", true],
  ["0", true],
  ["1200", true],
  ["", false],
  ["01", false],
  ["1.", false],
  [".5", false],
  ["1e3", false],
  ["+1", false],
  ["1,000", false],
  ["19.99 ", false],
  ["19.99\n", false]
])("%j is a decimal: %s", (text, isDecimal) => assert.strictEqual(Schema.is(Money.Decimal)(text), isDecimal))

it.each<[Schema.Json, number, string]>([
  ["19.995", 2, "20.00"],
  ["-19.995", 2, "-20.00"],
  ["19.9949999", 2, "19.99"],
  ["0.5", 0, "1"],
  ["-0.004", 2, "0.00"],
  ["99999999999999999999.995", 2, "100000000000000000000.00"],
  [12, 3, "12.000"],
  ["007.1", 1, "7.1"]
])("%j with %i decimals is %s", (decimal, scale, expected) =>
  assert.deepStrictEqual(Money.round(decimal, scale), Result.succeed(expected))
)

it.prop(
  "rounding moves by half a unit at most, and not at all what has its scale",
  { minor: Schema.Int, fine: Schema.Literals([0, 1, 2, 3]), scale: Schema.Literals([0, 1, 2, 3]) },
  ({ minor, fine, scale }) => {
    const decimal = Result.getOrThrow(Money.decimalOfMinor(minor, fine))
    const rounded = Result.getOrThrow(Money.round(decimal, scale))
    const inThousandths = (text: string): bigint => BigInt(Result.getOrThrow(Money.round(text, 3)).replace(".", ""))
    const moved = inThousandths(rounded) - inThousandths(decimal)
    const half = 10n ** BigInt(3 - scale) / 2n
    assert.isTrue(-half <= moved && moved <= half, `${decimal} became ${rounded}`)
    assert.deepStrictEqual(Money.round(rounded, scale), Result.succeed(rounded))
  }
)
