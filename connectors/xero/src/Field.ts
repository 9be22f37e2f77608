/** The kinds of fields that Xero's records have in common. Enumerations are text where Xero adds values. */
import { Rest } from "@syncline/connector"
import { Schema } from "effect"

export const MaybeText = Schema.NullOr(Schema.String)
export const Text = Schema.optionalKey(MaybeText)
/** Money and quantities are JSON numbers, at most four decimals. */
export const Amount = Schema.optionalKey(Schema.NullOr(Schema.Finite))
export const YesNo = Schema.optionalKey(Schema.Boolean)
/** A calendar day of the organisation, without a zone: `2026-11-27`. */
export const Day = Schema.optionalKey(Schema.NullOr(Schema.String))
/** A moment: `2026-11-27T09:30:00.000Z`. */
export const Moment = Schema.String
/** An object or a list, kept as it came. */
export const Nested = Schema.optionalKey(Rest.Nested)
