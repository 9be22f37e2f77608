/**
 * How a value changes on its way from the source's field to the target's, and back.
 *
 * Declared as data, so that a mapping can be stored and shown; `compile` makes it functions. Each transform says how it is undone
 * or that it is one-way. The laws hold on normal forms, the values that a transform itself writes: `backward` then `forward` gives
 * the same value, and so does `forward` then `backward`. Absent and null never reach a transform.
 */
import { Schema } from "effect"
import * as Money from "./Canonical/Money.ts"
import type * as Phone from "./Canonical/Phone.ts"
import * as Time from "./Canonical/Time.ts"
import type { Side } from "./Side.ts"

export { compile, type Compiled, type Customs, type Precision, sequence, type Step } from "./TransformStep.ts"

const Scalar = Schema.Union([Schema.String, Schema.Finite, Schema.Boolean])
export type Scalar = typeof Scalar.Type

/** A fixed currency, or the fields that hold it on each side. */
const CurrencyOf = Schema.Union([Money.Currency, Schema.Struct({ source: Schema.String, target: Schema.String })])
export type CurrencyOf = typeof CurrencyOf.Type

/** Where a provider counts otherwise than ISO 4217: `{ ISK: 2 }`. */
const Exponents = Schema.optionalKey(Schema.Record(Schema.String, Schema.Int))

/** One character with white space around it, so that no two parts make a separator where they meet. */
const Separator = Schema.NonEmptyString.check(
  Schema.isPattern(/^\s*\S?\s*$/u, { expected: 'a character such as ",", or white space' })
)

const Rest = Schema.optionalKey(Schema.Literals(["first", "last"]))

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
  /** A decimal of at most `scale` decimals at the target: "19.9000" → "19.90". */
  Decimal: { scale: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100 })) },
  /**
   * Text at the source, its parts at the target: as many as the rule has fields there, else a list. What is more than the fields
   * goes to the one that `rest` says, the last if not given. White space around parts and empty parts go.
   */
  Split: { separator: Separator, rest: Rest },
  /** Parts at the source, text at the target. */
  Join: { separator: Separator, rest: Rest },
  /** The exact sum of the decimals in a field of a list's items: a line's taxes. Of no items it is 0. One-way. */
  Sum: { of: Schema.String },
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

/** Dotted: `priceSet.shopMoney.amount`. */
export const sum = (of: string): Transform => ({ _tag: "Sum", of })
export const decimal = (scale: number): Transform => ({ _tag: "Decimal", scale })
export const split = (separator = " ", rest: "first" | "last" = "last"): Transform => ({
  _tag: "Split",
  separator,
  rest
})
export const join = (separator = " ", rest: "first" | "last" = "last"): Transform => ({ _tag: "Join", separator, rest })

/** The field beside it that a transform reads on a side, dotted; null: none. */
export const readsBeside = (transform: Transform, side: Side): string | null =>
  (transform._tag === "MinorToDecimal" || transform._tag === "DecimalToMinor") && typeof transform.currency !== "string"
    ? transform.currency[side]
    : null

/** The kind of value that a table has to hold. `json` is anything. */
export type Kind = "text" | "integer" | "number" | "boolean" | "json"

/** What a transform takes at the source. */
export const kindTaken = (transform: Transform): Kind => {
  switch (transform._tag) {
    case "Trim":
    case "Lower":
    case "Upper":
    case "Number":
    case "Enum":
    case "Phone":
    case "DecimalToMinor":
    case "Decimal":
    case "Split":
      return "text"
    case "MinorToDecimal":
      return "integer"
    case "Time":
      return transform.source === "iso" || transform.source === "day" ? "text" : "integer"
    case "Text":
    case "Join":
    case "Sum":
    case "Constant":
    case "Custom":
      return "json"
  }
}

/** What a transform writes at the target. */
export const kindOf = (transform: Transform): Kind => {
  switch (transform._tag) {
    case "Trim":
    case "Lower":
    case "Upper":
    case "Text":
    case "Phone":
    case "MinorToDecimal":
    case "Decimal":
    case "Join":
    case "Sum":
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
    case "Split":
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
