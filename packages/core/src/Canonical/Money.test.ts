import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
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
