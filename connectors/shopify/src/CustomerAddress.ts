/** The address of a customer that counts by default: it is written by mutations of its own. https://shopify.dev/docs/api/admin-graphql/latest/mutations/customerAddressUpdate */
import type { ConnectorError, Http } from "@syncline/connector"
import { type Fields, Fingerprint, type RecordId } from "@syncline/core"
import { Effect, type Schema } from "effect"
import * as Field from "./Field.ts"
import * as Target from "./Target.ts"

type Address = typeof Field.OwnAddress.Type

const owner = { variables: "$customerId: ID!", arguments: "customerId: $customerId" }
const itself = { variables: "$addressId: ID!", arguments: "addressId: $addressId" }
const parts = { variables: "$address: MailingAddressInput!", arguments: "address: $address, setAsDefault: true" }

const perform = (name: string, given: ReadonlyArray<typeof owner>, values: Fields) =>
  Target.perform(
    {
      name,
      variables: given.map(({ variables }) => variables).join(", "),
      arguments: given.map((each) => each.arguments).join(", "),
      values
    },
    () => "defaultAddress"
  )

/** An address without a part is none. */
export const isNone = (address: Schema.Json): boolean =>
  typeof address !== "object" ||
  address === null ||
  Object.entries(address).every(([name, part]) => name === "id" || part === null || part === "")

/** Whether anything had to be written. */
export const put = (
  customerId: RecordId,
  before: Address | null,
  wanted: Partial<Address> | null
): Effect.Effect<boolean, ConnectorError, Http> => {
  const next = wanted === null ? {} : { ...before, ...wanted }
  const addressId = before?.id ?? ""
  if (isNone(next))
    return before === null
      ? Effect.succeed(false)
      : Effect.as(perform("customerAddressDelete", [owner, itself], { customerId, addressId }), true)
  const address = Field.addressInput(next)
  if (before === null) return Effect.as(perform("customerAddressCreate", [owner, parts], { customerId, address }), true)
  if (Fingerprint.canonical(address) === Fingerprint.canonical(Field.addressInput(before))) return Effect.succeed(false)
  return Effect.as(perform("customerAddressUpdate", [owner, itself, parts], { customerId, addressId, address }), true)
}
