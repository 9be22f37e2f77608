/**
 * How a value changes on its way from the source's field to the target's, and back.
 *
 * Declared as data, so that a mapping can be stored and shown; `compile` makes it functions. Each transform says how it is undone
 * or that it is one-way. The laws hold on normal forms, the values that a transform itself writes: `backward` then `forward` gives
 * the same value, and so does `forward` then `backward`. Absent and null never reach a transform.
 */
import { Result, Schema } from "effect"
import * as Money from "./Canonical/Money.ts"
import * as Phone from "./Canonical/Phone.ts"
import * as Time from "./Canonical/Time.ts"
import type { Fields } from "./Fields.ts"
import { valueAt } from "./FieldPath.ts"

const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])

/** A fixed currency, or the fields that hold it on each side. */
const CurrencyOf = Schema.Union([Money.Currency, Schema.Struct({ source: Schema.String, target: Schema.String })])
type CurrencyOf = typeof CurrencyOf.Type

/** Where a provider counts otherwise than ISO 4217: `{ ISK: 2 }`. */
const Exponents = Schema.optionalKey(Schema.Record(Schema.String, Schema.Int))

export const Transform = Schema.TaggedUnion({
  /** White space at both ends goes. */
  Trim: {},
  Lower: {},
  Upper: {},
  /** Text at the source, a number at the target. Text that a double cannot hold exactly is refused. */
  Number: {},
  /** A number or boolean at the source, text at the target. */
  Text: {},
  Time: { source: Time.Form, target: Time.Form },
  /** The source's values and what the target calls them. One-way when two of them are called alike, or with `otherwise`. */
  Enum: { values: Schema.Record(Schema.String, Scalar), otherwise: Schema.optionalKey(Scalar) },
  /** Minor units at the source, a decimal at the target: 1999 ↔ "19.99". */
  MinorToDecimal: { currency: CurrencyOf, exponents: Exponents },
  /** A decimal at the source, minor units at the target. */
  DecimalToMinor: { currency: CurrencyOf, exponents: Exponents },
  /** E.164 at the target. `home` completes numbers without calling code. */
  Phone: { home: Schema.optionalKey(Schema.Struct({ callingCode: Schema.String, trunkPrefix: Schema.String })) },
  /** The same value for every record, whatever the source has. One-way. */
  Constant: { value: Schema.Json },
  /** A function that the integration brings under this name. */
  Custom: { name: Schema.String }
})
export type Transform = typeof Transform.Type

export const trim: Transform = { _tag: "Trim" }
export const lower: Transform = { _tag: "Lower" }
export const upper: Transform = { _tag: "Upper" }
export const number: Transform = { _tag: "Number" }
export const text: Transform = { _tag: "Text" }
export const time = (source: Time.Form, target: Time.Form): Transform => ({ _tag: "Time", source, target })
export const constant = (value: Schema.Json): Transform => ({ _tag: "Constant", value })
export const custom = (name: string): Transform => ({ _tag: "Custom", name })
export const oneOf = (values: { readonly [source: string]: string | number | boolean }): Transform => ({
  _tag: "Enum",
  values
})
export const minorToDecimal = (currency: CurrencyOf): Transform => ({ _tag: "MinorToDecimal", currency })
export const decimalToMinor = (currency: CurrencyOf): Transform => ({ _tag: "DecimalToMinor", currency })
export const phone = (home?: Phone.Home): Transform =>
  home === undefined ? { _tag: "Phone" } : { _tag: "Phone", home }

/** The kind of value that a table has to hold. `json` is anything. */
export type Kind = "text" | "integer" | "number" | "boolean" | "json"

/** What a transform writes at the target. */
export const kindOf = (transform: Transform): Kind => {
  switch (transform._tag) {
    case "Trim":
    case "Lower":
    case "Upper":
    case "Text":
    case "Phone":
    case "MinorToDecimal":
      return "text"
    case "Number":
      return "number"
    case "DecimalToMinor":
      return "integer"
    case "Time":
      return transform.target === "iso" || transform.target === "day" ? "text" : "integer"
    case "Enum":
      return commonKind([
        ...Object.values(transform.values),
        ...(transform.otherwise === undefined ? [] : [transform.otherwise])
      ])
    case "Constant":
      return commonKind([transform.value])
    case "Custom":
      return "json"
  }
}

const commonKind = (values: ReadonlyArray<Schema.Json>): Kind => {
  const kinds = new Set(values.map(kindOfValue))
  const [kind = "json"] = kinds
  if (kinds.size <= 1) return kind
  return kinds.size === 2 && kinds.has("integer") && kinds.has("number") ? "number" : "json"
}

const kindOfValue = (value: Schema.Json): Kind => {
  if (typeof value === "string") return "text"
  if (typeof value === "boolean") return "boolean"
  return typeof value !== "number" ? "json" : Number.isInteger(value) ? "integer" : "number"
}

/** One direction of a transform: the value, and the record that holds it. Fails with what is wrong with the value. */
export type Step = (value: Schema.Json, record: Fields) => Result.Result<Schema.Json, string>

/** A transform made functions. `backward` is null where it is one-way. */
export interface Compiled {
  readonly forward: Step
  readonly backward: Step | null
}

/** The functions that `Custom` transforms name. */
export type Customs = { readonly [name: string]: Compiled }

/** Fails with what is wrong with the declaration. */
export const compile = (transform: Transform, customs: Customs): Result.Result<Compiled, string> => {
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
        forward: withExponent(transform.currency, "source", transform.exponents, Money.decimalOfMinor),
        backward: withExponent(transform.currency, "target", transform.exponents, Money.minorOfDecimal)
      })
    case "DecimalToMinor":
      return Result.succeed({
        forward: withExponent(transform.currency, "source", transform.exponents, Money.minorOfDecimal),
        backward: withExponent(transform.currency, "target", transform.exponents, Money.decimalOfMinor)
      })
    case "Phone": {
      const home = transform.home ?? null
      return Result.succeed({ forward: ofText((value) => Phone.toE164(value, home)), backward: unchanged })
    }
    case "Constant": {
      const { value } = transform
      return Result.succeed({ forward: () => Result.succeed(value), backward: null })
    }
    case "Custom": {
      const compiled = Object.hasOwn(customs, transform.name) ? customs[transform.name] : undefined
      return compiled === undefined
        ? Result.fail(`names the custom transform "${transform.name}", which the integration does not bring`)
        : Result.succeed(compiled)
    }
  }
}

/** The transforms one after the other; one-way if one of them is. */
export const sequence = (steps: ReadonlyArray<Compiled>): Compiled =>
  steps.reduce(
    (first, second) => {
      const { backward: undoFirst } = first
      const { backward: undoSecond } = second
      return {
        forward: (value, record) =>
          Result.flatMap(first.forward(value, record), (between) => second.forward(between, record)),
        backward:
          undoFirst === null || undoSecond === null
            ? null
            : (value, record) => Result.flatMap(undoSecond(value, record), (between) => undoFirst(between, record))
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

type Scalar = typeof Scalar.Type

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
  side: "source" | "target",
  exponents: { readonly [currency: string]: number } | undefined,
  change: (value: Schema.Json, exponent: number) => Result.Result<Schema.Json, string>
): Step => {
  const exponentOf = (code: string): number => exponents?.[code.toUpperCase()] ?? Money.exponentOf(code)
  if (typeof currency === "string") {
    const exponent = exponentOf(currency)
    return (value) => change(value, exponent)
  }
  const path = currency[side]
  const names = path.split(".")
  return (value, record) => {
    const code = valueAt(record, names)
    return typeof code === "string" && /^[A-Za-z]{3}$/.test(code)
      ? change(value, exponentOf(code))
      : Result.fail(`needs a currency in "${path}"`)
  }
}
