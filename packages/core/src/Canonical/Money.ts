/** An amount with its currency, exact: never a float. */
import { Result, Schema } from "effect"

/** Decimal text without exponent, plus sign or leading zeros: `19.99`, `-0.5`, `1200`. */
export const Decimal = Schema.String.check(
  Schema.isPattern(/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/, { expected: 'a decimal number such as "19.99"' })
)

/** An ISO 4217 code in capitals. */
export const Currency = Schema.String.check(
  Schema.isPattern(/^[A-Z]{3}$/, { expected: 'an ISO 4217 code such as "EUR"' })
)

export const Money = Schema.Struct({ amount: Decimal, currency: Currency })
export type Money = typeof Money.Type

/**
 * How many decimals the minor unit of a currency has, where it is not two. ISO 4217, list one.
 * https://www.six-group.com/en/products-services/financial-information/data-standards.html
 */
const exponents: { readonly [currency: string]: number } = {
  ...Object.fromEntries(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" ").map((currency) => [currency, 0])
  ),
  ...Object.fromEntries("BHD IQD JOD KWD LYD OMR TND".split(" ").map((currency) => [currency, 3])),
  CLF: 4,
  UYW: 4
}

/** Decimals of the minor unit; the case of `currency` does not matter. */
export const exponentOf = (currency: string): number => exponents[currency.toUpperCase()] ?? 2

/** 1999 minor units with exponent 2 are `19.99`. Takes a safe integer or an integer's text; fails with what is wrong. */
export const decimalOfMinor = (minor: Schema.Json, exponent: number): Result.Result<string, string> => {
  const text = typeof minor === "number" && Number.isSafeInteger(minor) ? String(minor) : minor
  if (typeof text !== "string" || !/^-?\d+$/.test(text)) return Result.fail("must be a whole number of minor units")
  const isNegative = text.startsWith("-")
  const digits = text.slice(isNegative ? 1 : 0).padStart(exponent + 1, "0")
  const whole = digits.slice(0, digits.length - exponent).replace(/^0+(?=\d)/, "")
  const decimal = exponent === 0 ? whole : `${whole}.${digits.slice(-exponent)}`
  return Result.succeed(isNegative && /[1-9]/.test(decimal) ? `-${decimal}` : decimal)
}

/**
 * `19.99` with exponent 2 are 1999 minor units. Fails with what is wrong: more decimals than the currency has are never rounded,
 * and an amount beyond 2^53 minor units has no exact JSON number.
 */
export const minorOfDecimal = (decimal: Schema.Json, exponent: number): Result.Result<number, string> => {
  const parts = /^(-?)(\d+)(?:\.(\d+))?$/.exec(
    typeof decimal === "number" ? String(decimal) : typeof decimal === "string" ? decimal : ""
  )
  if (parts === null) return Result.fail('must be a decimal number such as "19.99"')
  const [, sign = "", whole = "", fraction = ""] = parts
  if (/[1-9]/.test(fraction.slice(exponent)))
    return Result.fail(`has more than the ${exponent} decimals of its currency`)
  const minor = Number(whole + fraction.slice(0, exponent).padEnd(exponent, "0"))
  if (!Number.isSafeInteger(minor)) return Result.fail("is beyond what a JSON number holds exactly")
  return Result.succeed(sign === "-" && minor !== 0 ? -minor : minor)
}

const decimalPattern = /^(-?)0*(\d+)(?:\.(\d*))?$/

const partsOf = (decimal: Schema.Json): RegExpExecArray | null =>
  decimalPattern.exec(typeof decimal === "number" ? String(decimal) : typeof decimal === "string" ? decimal : "")

/**
 * The decimal with `scale` decimals, what is more rounded half away from zero, as PostgreSQL's `round` does: `19.995` is `20.00`.
 * Fails with what is wrong.
 */
export const round = (decimal: Schema.Json, scale: number): Result.Result<string, string> => {
  const parts = partsOf(decimal)
  if (parts === null) return Result.fail('must be a decimal number such as "19.99"')
  const [, sign = "", whole = "", fraction = ""] = parts
  const kept = BigInt(whole + fraction.slice(0, scale).padEnd(scale, "0"))
  const minor = (fraction[scale] ?? "0") >= "5" ? kept + 1n : kept
  return decimalOfMinor(`${sign}${minor}`, scale)
}

/** The decimal with `scale` decimals. Fails with what is wrong: more of them are never rounded. */
export const withScale = (decimal: Schema.Json, scale: number): Result.Result<string, string> =>
  /[1-9]/.test((partsOf(decimal)?.[3] ?? "").slice(scale))
    ? Result.fail(`has more than ${scale} decimals`)
    : round(decimal, scale)

/** The exact sum of decimals, with as many decimals as the finest of them. Fails with what is wrong. */
export const sum = (decimals: ReadonlyArray<Schema.Json>): Result.Result<string, string> => {
  const parts = decimals.map(partsOf)
  const scale = Math.max(0, ...parts.map((each) => each?.[3]?.length ?? 0))
  let total = 0n
  for (const each of parts) {
    if (each === null) return Result.fail('must be a decimal number such as "19.99"')
    const [, sign = "", whole = "", fraction = ""] = each
    const minor = BigInt(whole + fraction.padEnd(scale, "0"))
    total += sign === "-" ? -minor : minor
  }
  return decimalOfMinor(String(total), scale)
}
