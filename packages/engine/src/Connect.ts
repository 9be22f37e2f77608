/** Connecting by consent: a person is sent to the provider with a state and a challenge, and comes back with a code. */
import { type Account, HttpClient, type HttpLayer, OAuth2 } from "@syncline/connector"
import { ConnectionName, TenantId } from "@syncline/core"
import { Authorizations, Credentials, Entropy, type SqlError } from "@syncline/store"
import { Effect, Option, Predicate, Redacted } from "effect"
import type * as Connection from "./Connection.ts"
import * as ConnectionTokens from "./ConnectionTokens.ts"
import { NotFound, Refused } from "./EngineError.ts"
import * as Explain from "./Explain.ts"
import type * as Registry from "./Registry.ts"
import * as StoredConfig from "./StoredConfig.ts"

type Failed = NotFound | Refused | Credentials.Unsealable | SqlError

/** Where the person goes, and what the browser keeps meanwhile: in a cookie that scripts cannot read. */
export interface Begun {
  readonly url: string
  readonly binding: Redacted.Redacted
}

/** What he comes back with: the address's query, which holds the code, and what his browser had kept. */
export interface Returned {
  readonly query: Redacted.Redacted<URLSearchParams>
  readonly binding: Redacted.Redacted
}

export const stateIn = ({ query }: Returned): string => Redacted.value(query).get("state") ?? ""

/** What came of a consent. */
export interface Finished {
  readonly connection: ConnectionName
  /** The account that is entered now; null: the credentials alone say, or it is still to be chosen. */
  readonly account: string | null
  /** Where one of several is still to be chosen: each with the fields that choose it, as `syncline connections add` takes them. */
  readonly choices: ReadonlyArray<string>
}

const secret = Effect.fnUntraced(function* (size: number) {
  const { bytes } = yield* Entropy.Entropy
  return Buffer.from(yield* bytes(size)).toString("base64url")
})

/** The connection, where a person enters it by consent. */
export const consented = Effect.fnUntraced(function* ({ connections }: Registry.Registry, name: string) {
  const opened = connections.find((connection) => connection.name === name)
  if (opened === undefined) {
    const known = connections.map((connection) => `"${connection.name}"`).join(", ")
    return yield* new NotFound({ what: "connection", id: name, detail: `known are ${known}` })
  }
  if (opened.oauth === null)
    return yield* new Refused({
      detail: `connection "${name}" (${opened.connector}) is entered by what its configuration holds, and nobody can consent to it: keep a key for it with: syncline connections add ${name}`
    })
  return { ...opened, oauth: opened.oauth }
})

/** The state names the tenant, since whoever comes back says nothing else of himself. */
const stateOf = (tenant: TenantId, random: string): string =>
  `${Buffer.from(tenant, "utf8").toString("base64url")}.${random}`

/** Null: the state is none of ours. */
export const tenantOf = (state: string): TenantId | null => {
  const name = Buffer.from(state.split(".", 1)[0] ?? "", "base64url").toString("utf8")
  return name === "" ? null : TenantId.make(name)
}

export const begin = Effect.fn("Connect.begin")(function* (
  registry: Registry.Registry,
  tenant: TenantId,
  name: string,
  redirectUri: string
): Effect.fn.Return<Begun, Failed, Authorizations.Authorizations> {
  const { oauth } = yield* consented(registry, name)
  const authorizations = yield* Authorizations.Authorizations
  const state = stateOf(tenant, yield* secret(32))
  const verifier = Redacted.make(yield* secret(32))
  const binding = Redacted.make(yield* secret(32))
  const connection = ConnectionName.make(name)
  yield* authorizations.begin(tenant, state, { connection, redirectUri, verifier, binding })
  const url = OAuth2.authorizeUrl(oauth, { state, redirectUri, challenge: OAuth2.challengeOf(verifier) })
  return { url, binding }
})

export const unknownState = new Refused({
  detail: "this consent was not begun here, was used already, or took longer than ten minutes: begin again"
})

/** Keeps the tokens, and the account's fields where the consent reaches one only. A state is good once, for the browser that began with it. */
export const finish = Effect.fn("Connect.finish")(function* (
  registry: Registry.Registry,
  tenant: TenantId,
  returned: Returned
): Effect.fn.Return<Finished, Failed, Authorizations.Authorizations | Credentials.Credentials | HttpLayer.Transport> {
  const authorizations = yield* Authorizations.Authorizations
  const taken = yield* authorizations.take(tenant, stateIn(returned))
  if (Option.isNone(taken)) return yield* unknownState
  const { binding, connection, redirectUri, verifier } = taken.value
  if (Redacted.value(binding) !== Redacted.value(returned.binding)) return yield* unknownState
  const opened = yield* consented(registry, connection)
  const query = Redacted.value(returned.query)
  const doubt = opened.oauth.returned?.(query) ?? null
  if (doubt !== null) return yield* new Refused({ detail: `"${connection}" is not connected: ${doubt}; begin again` })
  const transport = yield* HttpClient.Transport
  const code = Redacted.make(query.get("code") ?? "", { label: "code" })
  const tokens = yield* Effect.mapError(
    OAuth2.exchange(transport, opened.oauth, { code, redirectUri, verifier }),
    ({ detail }) => new Refused({ detail: `the provider gave no token for "${connection}": ${detail}; begin again` })
  )
  const accounts = opened.accounts === null ? [] : yield* reached(opened.accounts, connection, tokens.access)
  const account = yield* chosen(opened, accounts)
  const credentials = yield* Credentials.Credentials
  yield* credentials.put(tenant, connection, { [StoredConfig.tokens]: ConnectionTokens.sealedForm(tokens) })
  if (account !== null) yield* StoredConfig.put(tenant, connection, account.config)
  return {
    connection,
    account: account?.name ?? null,
    choices: account === null ? accounts.map((each) => `${fieldsOf(each)}  # ${each.name}`) : []
  }
})

const reached = Effect.fnUntraced(function* (
  accounts: NonNullable<Connection.Connection["accounts"]>,
  connection: ConnectionName,
  token: Redacted.Redacted
): Effect.fn.Return<ReadonlyArray<Account>, Refused> {
  const found = yield* Effect.mapError(
    accounts(token),
    (error) =>
      new Refused({
        detail: `which accounts of "${connection}" were consented to cannot be asked: ${Explain.ofCheck(connection, error)}; begin again`
      })
  )
  if (found.length > 0) return found
  return yield* new Refused({
    detail: `the consent for "${connection}" reaches no account: begin again, and choose one`
  })
})

/** The one that the configuration names, or the only one. */
const chosen = ({ config, name }: Connection.Connection, accounts: ReadonlyArray<Account>) => {
  const [only, ...others] = accounts
  if (only === undefined) return Effect.succeed(null)
  const named = Object.keys(only.config).filter((field) => fieldOf(config, field) !== undefined)
  if (named.length === 0) return Effect.succeed(others.length === 0 ? only : null)
  const found = accounts.find((account) => named.every((field) => fieldOf(config, field) === account.config[field]))
  if (found !== undefined) return Effect.succeed(found)
  const wanted = named.map((field) => `${field} ${String(fieldOf(config, field))}`).join(", ")
  return Effect.fail(
    new Refused({
      detail: `"${name}" is for ${wanted}, which the consent does not reach: it reaches ${accounts.map((each) => `${each.name} (${fieldsOf(each)})`).join("; ")}. Begin again and choose that account, or correct the configuration`
    })
  )
}

const fieldOf = (config: unknown, field: string): unknown =>
  Predicate.hasProperty(config, field) ? config[field] : undefined

/** `tenantId=9f2d…` */
const fieldsOf = ({ config }: Account): string =>
  Object.entries(config)
    .map(([field, value]) => `${field}=${value}`)
    .join(" ")
