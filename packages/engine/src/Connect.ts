/** Connecting by consent: a person is sent to the provider with a state and a challenge, and comes back with a code. */
import { HttpClient, type HttpLayer, OAuth2 } from "@syncline/connector"
import { ConnectionName, type TenantId } from "@syncline/core"
import { Authorizations, Credentials, Entropy, type SqlError } from "@syncline/store"
import { Effect, Option, Redacted } from "effect"
import * as ConnectionTokens from "./ConnectionTokens.ts"
import { NotFound, Refused } from "./EngineError.ts"
import type * as Registry from "./Registry.ts"
import * as StoredConfig from "./StoredConfig.ts"

type Failed = NotFound | Refused | Credentials.Unsealable | SqlError

/** Where the person goes, and what the browser keeps meanwhile: in a cookie that scripts cannot read. */
export interface Begun {
  readonly url: string
  readonly binding: Redacted.Redacted
}

/** What he comes back with; `binding` is what his browser had kept. */
export interface Returned {
  readonly state: string
  readonly code: Redacted.Redacted
  readonly binding: Redacted.Redacted
}

const secret = Effect.fnUntraced(function* (size: number) {
  const { bytes } = yield* Entropy.Entropy
  return Buffer.from(yield* bytes(size)).toString("base64url")
})

const authOf = Effect.fnUntraced(function* ({ connections }: Registry.Registry, name: string) {
  const opened = connections.find((connection) => connection.name === name)
  if (opened === undefined) {
    const known = connections.map((connection) => `"${connection.name}"`).join(", ")
    return yield* new NotFound({ what: "connection", id: name, detail: `known are ${known}` })
  }
  if (opened.oauth === null)
    return yield* new Refused({
      detail: `connection "${name}" (${opened.connector}) is not entered by consent; give it a key with: syncline connections add ${name}`
    })
  return opened.oauth
})

/** The state names the tenant, since whoever comes back says nothing else of himself. */
const stateOf = (tenant: TenantId, random: string): string =>
  `${Buffer.from(tenant, "utf8").toString("base64url")}.${random}`

export const begin = Effect.fn("Connect.begin")(function* (
  registry: Registry.Registry,
  tenant: TenantId,
  name: string,
  redirectUri: string
): Effect.fn.Return<Begun, Failed, Authorizations.Authorizations> {
  const auth = yield* authOf(registry, name)
  const authorizations = yield* Authorizations.Authorizations
  const state = stateOf(tenant, yield* secret(32))
  const verifier = Redacted.make(yield* secret(32))
  const binding = Redacted.make(yield* secret(32))
  const connection = ConnectionName.make(name)
  yield* authorizations.begin(tenant, state, { connection, redirectUri, verifier, binding })
  const url = OAuth2.authorizeUrl(auth, { state, redirectUri, challenge: OAuth2.challengeOf(verifier) })
  return { url, binding }
})

const unknownState = new Refused({
  detail: "this consent was not begun here, was used already, or took longer than ten minutes: begin again"
})

/** Keeps the tokens. A state is good once, for the browser that began with it. Answers the connection's name. */
export const finish = Effect.fn("Connect.finish")(function* (
  registry: Registry.Registry,
  tenant: TenantId,
  returned: Returned
): Effect.fn.Return<
  ConnectionName,
  Failed,
  Authorizations.Authorizations | Credentials.Credentials | HttpLayer.Transport
> {
  const authorizations = yield* Authorizations.Authorizations
  const taken = yield* authorizations.take(tenant, returned.state)
  if (Option.isNone(taken)) return yield* unknownState
  const { binding, connection, redirectUri, verifier } = taken.value
  if (Redacted.value(binding) !== Redacted.value(returned.binding)) return yield* unknownState
  const auth = yield* authOf(registry, connection)
  const transport = yield* HttpClient.Transport
  const tokens = yield* Effect.mapError(
    OAuth2.exchange(transport, auth, { code: returned.code, redirectUri, verifier }),
    ({ detail }) => new Refused({ detail: `the provider gave no token for "${connection}": ${detail}; begin again` })
  )
  const credentials = yield* Credentials.Credentials
  yield* credentials.put(tenant, connection, { [StoredConfig.tokens]: ConnectionTokens.sealedForm(tokens) })
  return connection
})
