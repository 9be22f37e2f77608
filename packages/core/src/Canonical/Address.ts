/** A postal address. */
import { Schema } from "effect"

const Text = Schema.optionalKey(Schema.NullOr(Schema.String))

/** Lines as they are printed; `country` is an ISO 3166-1 alpha-2 code in capitals. */
export const Address = Schema.Struct({
  line1: Text,
  line2: Text,
  city: Text,
  region: Text,
  postal_code: Text,
  country: Schema.optionalKey(
    Schema.NullOr(Schema.String.check(Schema.isPattern(/^[A-Z]{2}$/, { expected: 'an ISO 3166 code such as "CH"' })))
  )
})
export type Address = typeof Address.Type
