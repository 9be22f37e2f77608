/** How a connection is entered where a provider offers both: by a token that is given, or by an app that a person consents to. */
import { Effect, Redacted, Schema } from "effect"
import type { OAuth2 } from "./OAuth2.ts"
import type { Auth } from "./Remote.ts"

const Secret = Schema.RedactedFromValue(Schema.NonEmptyString)

/** Fields of a connector's configuration. `scopes`: what a person is asked to consent to unless the configuration says otherwise. */
export const fields = (scopes: ReadonlyArray<string>) => ({
  /** A token that somebody else renews, or that does not end. */
  accessToken: Schema.optionalKey(Secret),
  /** The app's, which a person consents to. */
  clientId: Schema.optionalKey(Schema.NonEmptyString),
  /** The app's; two while it is changed, of which the first asks for tokens. Some providers sign their webhooks with it too. */
  clientSecrets: Schema.optionalKey(Schema.Array(Secret)),
  /** What a person is asked to consent to. */
  scopes: Schema.Array(Schema.NonEmptyString).pipe(Schema.withDecodingDefaultKey(Effect.succeed(scopes)))
})

interface Config {
  readonly accessToken?: Redacted.Redacted
  readonly clientId?: string
  readonly clientSecrets?: ReadonlyArray<Redacted.Redacted>
  readonly scopes: ReadonlyArray<string>
}

const isOne = ({ accessToken, clientId, clientSecrets = [] }: Config): boolean =>
  accessToken === undefined ? clientId !== undefined && clientSecrets.length > 0 : clientId === undefined

/** A check of a configuration with these fields. */
export const isEither = Schema.makeFilter(isOne, {
  expected: "either an accessToken, or the clientId and clientSecrets of an app that a person consents to"
})

/** What a provider documents of its apps. */
export type App = Omit<OAuth2, "_tag" | "clientId" | "clientSecret" | "scopes">

/** A token goes the way that the app's own tokens would. */
export const auth = (
  { accessToken, clientId = "", clientSecrets: [clientSecret = Redacted.make("")] = [], scopes }: Config,
  app: App
): Auth => {
  if (accessToken === undefined) return { _tag: "OAuth2", clientId, clientSecret, scopes, ...app }
  return app.header === undefined
    ? { _tag: "Bearer", token: accessToken }
    : { _tag: "Header", name: app.header, value: accessToken }
}
