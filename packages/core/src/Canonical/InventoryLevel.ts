/** How many of a product are at a place. */
import { Schema } from "effect"
import { Reference } from "../Reference.ts"
import { Decimal } from "./Money.ts"
import { Moment } from "./Time.ts"

const Quantity = Schema.optionalKey(Schema.NullOr(Decimal))

/** Quantities are decimals, since some things are sold by weight. */
export const InventoryLevel = Schema.Struct({
  product: Reference("product"),
  /** The place as the seller names it; absent where there is only one. */
  location: Schema.optionalKey(Schema.NullOr(Schema.String)),
  /** What can be sold: on hand, less what is committed. */
  available: Quantity,
  on_hand: Quantity,
  committed: Quantity,
  incoming: Quantity,
  counted_at: Schema.optionalKey(Schema.NullOr(Moment))
})
export type InventoryLevel = typeof InventoryLevel.Type
