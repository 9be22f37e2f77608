/** A person or a company that is dealt with: a Stripe or Shopify customer, a Xero or HubSpot contact. */
import { Schema } from "effect"
import { Address } from "./Address.ts"
import { Phone } from "./Phone.ts"

const Text = Schema.optionalKey(Schema.NullOr(Schema.String))

/** Every field may be absent, since no provider has them all. Null: it was cleared. */
export const Contact = Schema.Struct({
  full_name: Text,
  first_name: Text,
  last_name: Text,
  company: Text,
  email: Text,
  phone: Schema.optionalKey(Schema.NullOr(Phone)),
  address: Schema.optionalKey(Schema.NullOr(Address)),
  /** A set: order and repetition mean nothing. */
  tags: Schema.optionalKey(Schema.Array(Schema.String)),
  note: Text
})
export type Contact = typeof Contact.Type
