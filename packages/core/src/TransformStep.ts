/** Transforms made functions. */
import { Result, type Schema } from "effect"
import * as Money from "./Canonical/Money.ts"
import * as Phone from "./Canonical/Phone.ts"
import * as Time from "./Canonical/Time.ts"
import type { Fields } from "./Fields.ts"
import { isObject, valueAt } from "./FieldPath.ts"
import * as Parts from "./Parts.ts"
import type { Side } from "./Side.ts"
import type { CurrencyOf, Scalar, Transform } from "./Transform.ts"

/**
 * One direction of a transform: the value, the record that it is read from or written into, and the side that record belongs to.
 * Fails with what is wrong with the value.
 */
export type Step = (value: Schema.Json, record: Fields, at: Side) => Result.Result<Schema.Json, string>

/** A transform made functions. `backward` is null where it is one-way. */
export interface Compiled {
  readonly forward: Step
  readonly backward: Step | null
}

/** The functions that `Custom` transforms name. */
export type Customs = { readonly [name: string]: Compiled }

/**
 * What becomes of decimals that the coarser side has no place for: `exact` refuses the value; `coarser` rounds half away from zero,
 * so that two sides of different scale are compared at the coarser one.
 */
export type Precision = "exact" | "coarser"

/**
 * `parts` is how many fields a `Split` ends at or a `Join` begins at; null where one field holds a list. Fails with what is wrong
 * with the declaration.
 */
export const compile = (
  transform: Transform,
  customs: Customs,
  precision: Precision = "exact",
  parts: number | null = null
): Result.Result<Compiled, string> => {
  const minorOf = precision === "exact" ? Money.minorOfDecimal : roundedMinorOf
  switch (transform._tag) {
    case "Trim":
      return Result.succeed(rewriting((value) => value.trim()))
    case "Lower":
      return Result.succeed(rewriting((value) => value.toLowerCase()))
    case "Upper":
      return Result.succeed(rewriting((value) => value.toUpperCase()))
    case "Number":
      return Result.succeed({ forward: numberOfText, backward: textOfScalar })
    case "Text":
      return Result.succeed({ forward: textOfScalar, backward: numberOfText })
    case "Time":
      return Result.succeed(timeBetween(transform.source, transform.target))
    case "Enum":
      return Result.succeed(enumerated(transform.values, transform.otherwise))
    case "MinorToDecimal":
      return Result.succeed({
        forward: withExponent(transform.currency, transform.exponents, Money.decimalOfMinor),
        backward: withExponent(transform.currency, transform.exponents, minorOf)
      })
    case "DecimalToMinor":
      return Result.succeed({
        forward: withExponent(transform.currency, transform.exponents, minorOf),
        backward: withExponent(transform.currency, transform.exponents, Money.decimalOfMinor)
      })
    case "Phone": {
      const home = transform.home ?? null
      return Result.succeed({ forward: ofText((value) => Phone.toE164(value, home)), backward: unchanged })
    }
    case "Sum": {
      const path = transform.of.split(".")
      return Result.succeed({ forward: (value) => summed(value, path), backward: null })
    }
    case "Constant": {
      const { value } = transform
      return Result.succeed({ forward: () => Result.succeed(value), backward: null })
    }
    case "Decimal": {
      const { scale } = transform
      const write = precision === "exact" ? Money.withScale : Money.round
      return Result.succeed({ forward: (value) => write(value, scale), backward: unchanged })
    }
    case "Split":
    case "Join": {
      const { separator, rest = "last" } = transform
      const split = ofText((value) => Result.succeed(Parts.split(value, separator, parts, rest)))
      const join: Step = (value) => Parts.join(value, separator)
      return Result.succeed(
        transform._tag === "Split" ? { forward: split, backward: join } : { forward: join, backward: split }
      )
    }
    case "Custom": {
      const compiled = Object.hasOwn(customs, transform.name) ? customs[transform.name] : undefined
      return compiled === undefined
        ? Result.fail(`names the custom transform "${transform.name}", which the integration does not bring`)
        : Result.succeed(guarded(transform.name, compiled))
    }
  }
}

const roundedMinorOf = (value: Schema.Json, exponent: number): Result.Result<Schema.Json, string> =>
  Result.flatMap(Money.round(value, exponent), (rounded) => Money.minorOfDecimal(rounded, exponent))

const summed = (value: Schema.Json, path: ReadonlyArray<string>): Result.Result<Schema.Json, string> => {
  const items = Array.isArray(value) ? Array.from<Schema.Json>(value) : null
  return items === null
    ? Result.fail("must be a list")
    : Money.sum(items.map((item) => (isObject(item) ? (valueAt(item, path) ?? null) : null)))
}

/** A function that throws refuses its value instead. */
const guarded = (name: string, { forward, backward }: Compiled): Compiled => {
  const guard =
    (step: Step): Step =>
    (value, record, at) =>
      Result.flatMap(
        Result.try({
          try: () => step(value, record, at),
          catch: (thrown) => `is more than the custom transform "${name}" can take; it threw ${String(thrown)}`
        }),
        (changed) => changed
      )
  return { forward: guard(forward), backward: backward === null ? null : guard(backward) }
}

/** The transforms one after the other; one-way if one of them is. */
export const sequence = (steps: ReadonlyArray<Compiled>): Compiled =>
  steps.reduce(
    (first, second) => {
      const { backward: undoFirst } = first
      const { backward: undoSecond } = second
      return {
        forward: (value, record, at) =>
          Result.flatMap(first.forward(value, record, at), (between) => second.forward(between, record, at)),
        backward:
          undoFirst === null || undoSecond === null
            ? null
            : (value, record, at) =>
                Result.flatMap(undoSecond(value, record, at), (between) => undoFirst(between, record, at))
      }
    },
    { forward: unchanged, backward: unchanged }
  )

const unchanged: Step = (value) => Result.succeed(value)

const ofText =
  (change: (value: string) => Result.Result<Schema.Json, string>): Step =>
  (value) =>
    typeof value === "string" ? change(value) : Result.fail("must be text")

/** Undone by leaving it: what it writes is already in normal form. */
const rewriting = (change: (value: string) => string): Compiled => ({
  forward: ofText((value) => Result.succeed(change(value))),
  backward: unchanged
})

const textOfScalar: Step = (value) =>
  typeof value === "number" || typeof value === "string" || typeof value === "boolean"
    ? Result.succeed(String(value))
    : Result.fail("must be a number, a boolean or text")

const decimalPattern = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?(?:[eE]([+-]?\d+))?$/

/** A decimal's digits without leading and trailing zeros, and where its point is: equal for equal values. */
const valueOfDecimal = (decimal: string): string | null => {
  const parts = decimalPattern.exec(decimal)
  if (parts === null || !/\d/.test(decimal)) return null
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts
  const digits = whole + fraction
  const significant = digits.replace(/^0+/, "").replace(/0+$/, "")
  if (significant === "") return "0"
  const scale = Number(exponent) - fraction.length + (digits.length - digits.replace(/0+$/, "").length)
  return `${sign === "-" ? "-" : ""}${significant}e${scale}`
}

const numberOfText: Step = ofText((value) => {
  const trimmed = value.trim()
  const exact = valueOfDecimal(trimmed)
  if (exact === null) return Result.fail("must be a number")
  const read = Number(trimmed)
  return Number.isFinite(read) && valueOfDecimal(String(read)) === exact
    ? Result.succeed(read === 0 ? 0 : read)
    : Result.fail("is a number that JSON cannot hold exactly; keep it as text")
})

const timeBetween = (source: Time.Form, target: Time.Form): Compiled => ({
  forward: (value) => Time.rewrite(value, source, target),
  backward: Time.isReversible(source, target) ? (value) => Time.rewrite(value, target, source) : null
})

const enumerated = (values: { readonly [source: string]: Scalar }, otherwise: Scalar | undefined): Compiled => {
  const targetBySource = new Map<Schema.Json, Scalar>(Object.entries(values))
  const sourceByTarget = new Map<Schema.Json, string>(
    Object.entries(values).map(([source, target]) => [target, source])
  )
  const isOneWay = otherwise !== undefined || sourceByTarget.size < targetBySource.size
  return {
    forward: looking(targetBySource, otherwise),
    backward: isOneWay ? null : looking(sourceByTarget, undefined)
  }
}

const looking =
  (map: ReadonlyMap<Schema.Json, Scalar>, otherwise: Scalar | undefined): Step =>
  (value) => {
    const found = map.get(value) ?? otherwise
    return found === undefined
      ? Result.fail(`must be one of ${[...map.keys()].map((known) => JSON.stringify(known)).join(", ")}`)
      : Result.succeed(found)
  }

const withExponent = (
  currency: CurrencyOf,
  exponents: { readonly [currency: string]: number } | undefined,
  change: (value: Schema.Json, exponent: number) => Result.Result<Schema.Json, string>
): Step => {
  const exponentOf = (code: string): number => exponents?.[code.toUpperCase()] ?? Money.exponentOf(code)
  if (typeof currency === "string") {
    const exponent = exponentOf(currency)
    return (value) => change(value, exponent)
  }
  const names = { source: currency.source.split("."), target: currency.target.split(".") }
  return (value, record, at) => {
    const code = valueAt(record, names[at])
    return typeof code === "string" && /^[A-Za-z]{3}$/.test(code)
      ? change(value, exponentOf(code))
      : Result.fail(`needs a currency in "${currency[at]}"`)
  }
}
