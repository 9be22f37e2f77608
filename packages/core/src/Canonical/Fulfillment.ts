/** A parcel, or another delivery, of things that were ordered. */
import { Schema } from "effect"
import { Reference } from "../Reference.ts"
import { Address } from "./Address.ts"
import { Decimal } from "./Money.ts"
import { Moment } from "./Time.ts"

const Text = Schema.optionalKey(Schema.NullOr(Schema.String))
const When = Schema.optionalKey(Schema.NullOr(Moment))

export const Item = Schema.Struct({
  product: Schema.optionalKey(Schema.NullOr(Reference("product"))),
  description: Text,
  quantity: Decimal
})
export type Item = typeof Item.Type

export const Fulfillment = Schema.Struct({
  number: Text,
  order: Reference("order"),
  status: Schema.Literals(["pending", "in_transit", "delivered", "failed", "cancelled"]),
  carrier: Text,
  tracking_number: Text,
  tracking_url: Text,
  shipped_at: When,
  delivered_at: When,
  items: Schema.Array(Item),
  address: Schema.optionalKey(Schema.NullOr(Address))
})
export type Fulfillment = typeof Fulfillment.Type
