/**
 * How HubSpot is entered: by consent, with tokens that live for half an hour, or by the token of a private app or a service key.
 * https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/oauth-quickstart-guide
 */
import type { Auth } from "@syncline/connector"
import { Effect, Redacted, Schema } from "effect"

const Secret = Schema.RedactedFromValue(Schema.NonEmptyString)

const kinds = ["contacts", "companies", "deals", "products", "line_items", "tickets"]

/** Reading and writing the standard kinds of objects, and their properties, of which one is made as the marker. */
export const scopes = [
  "oauth",
  "tickets",
  ...kinds.flatMap((kind) => [`crm.objects.${kind}.read`, `crm.objects.${kind}.write`]),
  ...kinds.slice(0, 3).flatMap((kind) => [`crm.schemas.${kind}.read`, `crm.schemas.${kind}.write`])
]

/** Either a token, or an app by whose consent the connection is entered. */
export const fields = {
  /** Of a private app or a service key (`pat-…`). */
  accessToken: Schema.optionalKey(Secret),
  /** The app's, which a person consents to. */
  clientId: Schema.optionalKey(Schema.NonEmptyString),
  /** The app's, which its webhooks are signed with too; two while it is changed, of which the first asks for tokens. */
  clientSecrets: Schema.optionalKey(Schema.Array(Secret)),
  /** What a person is asked to consent to. Each must be one of the app's. */
  scopes: Schema.Array(Schema.NonEmptyString).pipe(Schema.withDecodingDefaultKey(Effect.succeed(scopes)))
}

interface Config {
  readonly accessToken?: Redacted.Redacted
  readonly clientId?: string
  readonly clientSecrets?: ReadonlyArray<Redacted.Redacted>
  readonly scopes: ReadonlyArray<string>
  readonly baseUrl: string
}

export const isOneWay = ({ accessToken, clientId, clientSecrets = [] }: Config): boolean =>
  accessToken === undefined ? clientId !== undefined && clientSecrets.length > 0 : clientId === undefined

export const oneWay = "either an accessToken, or the clientId and clientSecrets of an app that a person consents to"

/** Tokens are had at the dated version too; the numbered ones end in February 2027. A sandbox has everything at one address. */
export const of = (
  { accessToken, baseUrl, clientId = "", clientSecrets: [clientSecret = Redacted.make("")] = [], scopes }: Config,
  apiVersion: string
): Auth =>
  accessToken !== undefined
    ? { _tag: "Bearer", token: accessToken }
    : {
        _tag: "OAuth2",
        authorizeUrl: `${baseUrl === "https://api.hubapi.com" ? "https://app.hubspot.com" : baseUrl}/oauth/authorize`,
        tokenUrl: `${baseUrl}/oauth/${apiVersion}/token`,
        scopes,
        clientAuth: "form",
        clientId,
        clientSecret,
        // A refresh token stays the same; whatever comes back is kept.
        refresh: { rotates: false, graceMs: 0 }
      }
