/**
 * How a shop is entered: by its owner's consent, with offline tokens that end after an hour and refresh tokens that rotate, or by a
 * token that does not end. https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens
 */
import type { Auth } from "@syncline/connector"
import { Effect, Redacted, Schema } from "effect"

const Secret = Schema.RedactedFromValue(Schema.NonEmptyString)

/** https://shopify.dev/docs/api/usage/access-scopes */
export const scopes = [
  "read_customers",
  "write_customers",
  "read_companies",
  "write_companies",
  "read_products",
  "write_products",
  "read_inventory",
  "write_inventory",
  "read_locations",
  "read_orders",
  "write_orders",
  "read_fulfillments",
  "write_fulfillments",
  "read_merchant_managed_fulfillment_orders",
  "write_merchant_managed_fulfillment_orders"
]

/** Either a token, or an app by whose consent the connection is entered. */
export const fields = {
  /** Of a custom app (`shpat_…`), which does not end. */
  accessToken: Schema.optionalKey(Secret),
  /** The app's, which a shop's owner consents to. */
  clientId: Schema.optionalKey(Schema.NonEmptyString),
  /** The app's, which its webhooks are signed with too; two while it is changed, of which the first asks for tokens. */
  clientSecrets: Schema.optionalKey(Schema.Array(Secret)),
  /** What the owner is asked to consent to. */
  scopes: Schema.Array(Schema.NonEmptyString).pipe(Schema.withDecodingDefaultKey(Effect.succeed(scopes)))
}

interface Config {
  readonly accessToken?: Redacted.Redacted
  readonly clientId?: string
  readonly clientSecrets?: ReadonlyArray<Redacted.Redacted>
  readonly scopes: ReadonlyArray<string>
}

export const isOneWay = ({ accessToken, clientId, clientSecrets = [] }: Config): boolean =>
  accessToken === undefined ? clientId !== undefined && clientSecrets.length > 0 : clientId === undefined

export const oneWay = "either an accessToken, or the clientId and clientSecrets of an app that the shop consents to"

const header = "x-shopify-access-token"

/** A refresh token that was spent can be sent again until what it gave is used, for 30 days at most. */
const graceMs = 30 * 86_400_000

/** `address` is the shop's own, or a sandbox's. */
export const of = (
  { accessToken, clientId = "", clientSecrets: [clientSecret = Redacted.make("")] = [], scopes }: Config,
  address: string
): Auth =>
  accessToken !== undefined
    ? { _tag: "Header", name: header, value: accessToken }
    : {
        _tag: "OAuth2",
        authorizeUrl: `${address}/admin/oauth/authorize`,
        tokenUrl: `${address}/admin/oauth/access_token`,
        scopes,
        scopeSeparator: ",",
        clientAuth: "json",
        clientId,
        clientSecret,
        refresh: { rotates: true, graceMs },
        // Without this a token that never ends is given, which Shopify takes until the end of 2026 only.
        exchange: { expiring: "1" },
        header
      }
