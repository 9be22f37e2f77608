/** The kinds of fields that Stripe's objects have in common. Enumerations are text, because Stripe adds values within a version. */
import { Rest } from "@syncline/connector"
import type { Transform } from "@syncline/core"
import { Schema } from "effect"

export const MaybeText = Schema.NullOr(Schema.String)
/** Times are whole seconds since 1970 UTC, amounts whole minor units of their currency. */
export const MaybeWhole = Schema.NullOr(Schema.Int)
export const MaybeYes = Schema.NullOr(Schema.Boolean)
/** What users of Stripe attach to a record: at most 50 entries. https://docs.stripe.com/api/metadata */
export const Metadata = Schema.Record(Schema.String, Schema.String)
/** An object or a list, kept as it came. */
export const Nested = Rest.Nested

/** An amount. Stripe counts some currencies otherwise than ISO 4217. https://docs.stripe.com/currencies#special-cases */
export const decimal = (currency: Transform.CurrencyOf): Transform.Transform => ({
  _tag: "MinorToDecimal",
  currency,
  exponents: { ISK: 2, UGX: 2, MGA: 0 }
})
