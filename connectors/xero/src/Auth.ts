/**
 * How Xero is entered: by consent, with tokens that live for half an hour and refresh tokens that rotate, or by a token that is given.
 * https://developer.xero.com/documentation/guides/oauth2/auth-flow
 */
import { type Account, type Auth, type ConnectorError, type Http, Rest } from "@syncline/connector"
import { Effect, Redacted, Schema } from "effect"

const Secret = Schema.RedactedFromValue(Schema.NonEmptyString)

/** Of apps since March 2026; older ones may ask for `accounting.transactions` instead of the last two. https://developer.xero.com/documentation/guides/oauth2/scopes */
export const scopes = [
  "offline_access",
  "accounting.contacts",
  "accounting.settings",
  "accounting.invoices",
  "accounting.payments"
]

/** Either a token, which somebody else renews, or an app by whose consent the connection is entered. */
export const fields = {
  accessToken: Schema.optionalKey(Secret),
  /** The app's, as developer.xero.com shows them. */
  clientId: Schema.optionalKey(Schema.NonEmptyString),
  clientSecret: Schema.optionalKey(Secret),
  /** What a person is asked to consent to. */
  scopes: Schema.Array(Schema.NonEmptyString).pipe(Schema.withDecodingDefaultKey(Effect.succeed(scopes)))
}

interface Config {
  readonly accessToken?: Redacted.Redacted
  readonly clientId?: string
  readonly clientSecret?: Redacted.Redacted
  readonly scopes: ReadonlyArray<string>
  readonly baseUrl: string
}

export const isOneWay = ({ accessToken, clientId, clientSecret }: Config): boolean =>
  accessToken === undefined ? clientId !== undefined && clientSecret !== undefined : clientId === undefined

export const oneWay = "either an accessToken, or the clientId and clientSecret of an app that a person consents to"

const xero = "https://api.xero.com"

/** A sandbox has everything at one address. */
export const of = ({ accessToken, baseUrl, clientId = "", clientSecret, scopes }: Config): Auth =>
  accessToken !== undefined
    ? { _tag: "Bearer", token: accessToken }
    : {
        _tag: "OAuth2",
        authorizeUrl: `${baseUrl === xero ? "https://login.xero.com" : baseUrl}/identity/connect/authorize`,
        tokenUrl: `${baseUrl === xero ? "https://identity.xero.com" : baseUrl}/connect/token`,
        scopes,
        clientAuth: "basic",
        clientId,
        clientSecret: clientSecret ?? Redacted.make(""),
        // A refresh token that was spent can be sent again for half an hour, in case its answer was lost.
        refresh: { rotates: true, graceMs: 1_800_000 }
      }

const Connections = Schema.Array(
  Schema.Struct({ tenantId: Schema.String, tenantType: Schema.String, tenantName: Schema.String })
)

/** The organisations that a consent reaches. https://developer.xero.com/documentation/guides/oauth2/tenants */
export const organisations: Effect.Effect<ReadonlyArray<Account>, ConnectorError, Http> = Effect.map(
  Rest.get("/connections", Connections),
  (connections) =>
    connections
      .filter(({ tenantType }) => tenantType === "ORGANISATION")
      .map(({ tenantId, tenantName }) => ({ name: tenantName, config: { tenantId } }))
)
