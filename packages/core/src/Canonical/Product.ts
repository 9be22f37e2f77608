/** Something that is sold. */
import { Schema } from "effect"
import { Money } from "./Money.ts"

const Text = Schema.optionalKey(Schema.NullOr(Schema.String))

export const Product = Schema.Struct({
  name: Schema.String,
  /** The seller's own number of it, unique where it is given. */
  sku: Text,
  description: Text,
  /** What one costs, tax as the seller states it. */
  price: Schema.optionalKey(Schema.NullOr(Money)),
  is_active: Schema.optionalKey(Schema.Boolean),
  tags: Schema.optionalKey(Schema.Array(Schema.String))
})
export type Product = typeof Product.Type
