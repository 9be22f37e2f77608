/** What a browser and a person in it do at a provider: go where they are sent, consent, and come back with a code. */
import { type HttpClient, type HttpLayer, OAuth2 } from "@syncline/connector"
import type { Wire } from "@syncline/connector/sandbox"
import { Effect, Redacted } from "effect"

/** Where the provider sends the person back to. */
export const back = "http://127.0.0.1:8788/connect/~back"

export const given = Effect.fnUntraced(function* (address: string, provider: Wire.Handler) {
  const { pathname, search } = new URL(address)
  const request = { method: "GET" as const, path: pathname, query: search.slice(1), headers: {}, body: "" }
  const reply = yield* Effect.orDie(provider(request))
  return { query: Redacted.make(new URL(reply.headers["Location"] ?? "").searchParams) }
})

/** A token by the consent that the connector asks for, for as long as it lives. */
export const token = (
  auth: OAuth2.OAuth2,
  provider: Wire.Handler,
  transport: HttpClient.Transport["Service"]
): Effect.Effect<HttpLayer.TokenSource> =>
  Effect.gen(function* () {
    const verifier = Redacted.make("a verifier that nobody has to guess, since this is a test")
    const asked = { state: "a state", challenge: OAuth2.challengeOf(verifier), redirectUri: back }
    const { query } = yield* given(OAuth2.authorizeUrl(auth, asked), provider)
    const code = Redacted.make(Redacted.value(query).get("code") ?? "")
    const { access } = yield* Effect.orDie(OAuth2.exchange(transport, auth, { code, redirectUri: back, verifier }))
    return { current: Effect.succeed(access), renewed: () => Effect.succeed(access) }
  })
