/** The kinds of fields that Shopify's records have in common. Enumerations are text, because Shopify adds values each quarter. */
import type { Fields } from "@syncline/core"
import { Schema } from "effect"

export const MaybeText = Schema.NullOr(Schema.String)
/** ISO 8601 in UTC, whole seconds. */
export const Moment = Schema.String
/** Decimal text with its currency. */
export const Money = Schema.Struct({ amount: Schema.String, currencyCode: Schema.String })
/** In the shop's currency; the customer's own is left out. */
export const ShopMoney = Schema.Struct({ shopMoney: Money })
export const shopMoney = "{ shopMoney { amount currencyCode } }"

export const Address = Schema.Struct({
  address1: MaybeText,
  address2: MaybeText,
  city: MaybeText,
  company: MaybeText,
  countryCodeV2: MaybeText,
  phone: MaybeText,
  provinceCode: MaybeText,
  zip: MaybeText
})
const addressParts = "address1 address2 city company countryCodeV2 phone provinceCode zip"
export const address = `{ ${addressParts} }`

/** One that is a record of its own. */
export const OwnAddress = Schema.Struct({ id: Schema.String, ...Address.fields })
export const ownAddress = `{ id ${addressParts} }`

/** Set for a moment by the op that makes a record, so that it is found again when its answer is lost. */
export const Marker = Schema.NullOr(Schema.Struct({ value: Schema.String }))
export const markerNamespace = "syncline"
export const markerKey = "op"
export const marker = `synclineOp: metafield(namespace: "${markerNamespace}", key: "${markerKey}") { value }`

const isAddress = (value: Schema.Json): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** An address as a mutation takes it. https://shopify.dev/docs/api/admin-graphql/latest/input-objects/MailingAddressInput */
export const addressInput = (address: Schema.Json): Schema.Json => {
  if (!isAddress(address)) return address
  const { countryCodeV2, id: _id, ...rest } = address
  return { ...rest, countryCode: countryCodeV2 ?? null }
}
