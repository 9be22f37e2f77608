/**
 * OAuth 2.0 as a client speaks it: the authorization-code flow with PKCE, and refreshing. Pure requests and their answers; who may
 * refresh, and where tokens are kept, is the engine's.
 *
 * https://www.rfc-editor.org/rfc/rfc6749, https://www.rfc-editor.org/rfc/rfc7636, https://www.rfc-editor.org/rfc/rfc9700
 */
import { Clock, Effect, Option, Redacted, Schema } from "effect"
import { createHash } from "node:crypto"
import * as HttpClient from "./HttpClient.ts"
import type { Auth } from "./Remote.ts"

export type OAuth2 = Extract<Auth, { readonly _tag: "OAuth2" }>

/** What a provider has given. A token without `renewAtMs` lives until it is refused. */
export interface Tokens {
  readonly access: Redacted.Redacted
  readonly refresh: Redacted.Redacted | null
  /** When it is time for the next, before it ends: Unix milliseconds, by our clock. */
  readonly renewAtMs: number | null
}

/**
 * `refused`: the provider said no, and `detail` why. `lost`: it was sent, and whether the provider has acted on it is not known.
 * `not sent`: nothing happened.
 */
export class OAuthFailure extends Schema.TaggedError<OAuthFailure>()("OAuthFailure", {
  kind: Schema.Literals(["refused", "lost", "not sent"]),
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

/** Shorter than a claim of a token lives, so that nobody takes it over while this may still be answered. */
export const timeoutMs = 20_000

/** A token is renewed this long before it ends, so that no call starts with one that ends on its way; a short-lived one at half its life. */
const marginMs = 60_000
const untilRenewalMs = (lifetimeMs: number): number => lifetimeMs - Math.min(marginMs, lifetimeMs / 2)

/** PKCE's challenge of a verifier, method S256. */
export const challengeOf = (verifier: Redacted.Redacted): string =>
  createHash("sha256").update(Redacted.value(verifier), "ascii").digest("base64url")

/** Where a person is sent to consent. */
export const authorizeUrl = (
  auth: OAuth2,
  {
    challenge,
    redirectUri,
    state
  }: { readonly state: string; readonly challenge: string; readonly redirectUri: string }
): string => {
  const url = new URL(auth.authorizeUrl)
  const parameters = {
    response_type: "code",
    client_id: auth.clientId,
    redirect_uri: redirectUri,
    scope: auth.scopes.join(auth.scopeSeparator ?? " "),
    state,
    code_challenge: challenge,
    code_challenge_method: "S256"
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** The code that a person came back with, for tokens. */
export const exchange = (
  transport: HttpClient.Transport["Service"],
  auth: OAuth2,
  {
    code,
    redirectUri,
    verifier
  }: {
    readonly code: Redacted.Redacted
    readonly redirectUri: string
    readonly verifier: Redacted.Redacted
  }
): Effect.Effect<Tokens, OAuthFailure> =>
  ask(transport, auth, {
    grant_type: "authorization_code",
    code: Redacted.value(code),
    redirect_uri: redirectUri,
    code_verifier: Redacted.value(verifier),
    ...auth.exchange
  })

/** New tokens for a refresh token. One that the provider leaves out stays the same. */
export const refresh = (
  transport: HttpClient.Transport["Service"],
  auth: OAuth2,
  token: Redacted.Redacted
): Effect.Effect<Tokens, OAuthFailure> =>
  Effect.map(ask(transport, auth, { grant_type: "refresh_token", refresh_token: Redacted.value(token) }), (tokens) => ({
    ...tokens,
    refresh: tokens.refresh ?? token
  }))

const Granted = Schema.fromJsonString(
  Schema.Struct({
    access_token: Schema.NonEmptyString,
    refresh_token: Schema.optionalKey(Schema.NonEmptyString),
    expires_in: Schema.optionalKey(Schema.Finite)
  })
)
const granted = Schema.decodeUnknownOption(Granted)

/** RFC 6749, 5.2. A description may repeat what was sent, so only the code is told. */
const Denied = Schema.fromJsonString(Schema.Struct({ error: Schema.String }))
const denied = Schema.decodeUnknownOption(Denied)

const ask = Effect.fnUntraced(function* (
  transport: HttpClient.Transport["Service"],
  auth: OAuth2,
  parameters: Readonly<Record<string, string>>
): Effect.fn.Return<Tokens, OAuthFailure> {
  const startedAtMs = yield* Clock.currentTimeMillis
  const { status, text } = yield* HttpClient.send(transport, requestOf(auth, parameters), timeoutMs).pipe(
    Effect.mapError(
      ({ detail, outcome }) => new OAuthFailure({ kind: outcome === "Lost" ? "lost" : "not sent", detail })
    )
  )
  if (status >= 200 && status < 300) {
    const answer = Option.getOrNull(granted(text))
    // What was answered cannot be read, and may have been the only copy of the next token.
    if (answer === null) return yield* new OAuthFailure({ kind: "lost", detail: "the answer holds no token" })
    const tokens: Tokens = {
      access: Redacted.make(answer.access_token, { label: "access token" }),
      refresh:
        answer.refresh_token === undefined ? null : Redacted.make(answer.refresh_token, { label: "refresh token" }),
      // Counted from when it was asked for: an answer may have been under way for long.
      renewAtMs: answer.expires_in === undefined ? null : startedAtMs + untilRenewalMs(answer.expires_in * 1000)
    }
    return tokens
  }
  const code = Option.match(denied(text), { onNone: () => "", onSome: ({ error }) => ` (${error.slice(0, 60)})` })
  if (status === 429) return yield* new OAuthFailure({ kind: "not sent", detail: "it asks for a pause" })
  return yield* new OAuthFailure({ kind: status < 500 ? "refused" : "lost", detail: `HTTP ${status}${code}` })
})

const requestOf = (auth: OAuth2, parameters: Readonly<Record<string, string>>): HttpClient.Request => {
  const secret = Redacted.value(auth.clientSecret)
  const withClient = { ...parameters, client_id: auth.clientId, client_secret: secret }
  const base = { method: "POST" as const, url: auth.tokenUrl }
  const headers = { accept: "application/json" }
  const form = (fields: Readonly<Record<string, string>>) => ({
    text: new URLSearchParams(fields).toString(),
    contentType: "application/x-www-form-urlencoded"
  })
  switch (auth.clientAuth) {
    case "basic": {
      // RFC 6749, 2.3.1: both are form-encoded before they are joined.
      const pair = [auth.clientId, secret].map((part) => encodeURIComponent(part)).join(":")
      const authorization = `Basic ${Buffer.from(pair, "utf8").toString("base64")}`
      return { ...base, headers: { ...headers, authorization }, body: form(parameters) }
    }
    case "form":
      return { ...base, headers, body: form(withClient) }
    case "json":
      return { ...base, headers, body: { text: JSON.stringify(withClient), contentType: "application/json" } }
  }
}
