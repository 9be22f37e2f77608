/** An opened connection: a connector with its configuration decoded, and all it may touch. */
import {
  type Account,
  type Budget,
  type ConnectorError,
  type Entities,
  Http,
  HttpClient,
  HttpLayer,
  type HttpRemote,
  type Notices,
  type OAuth2,
  Sql,
  type Webhooks
} from "@syncline/connector"
import { ConnectionName, type TenantId } from "@syncline/core"
import { type Credentials, Postgres } from "@syncline/store"
import { Context, Effect, Predicate, type Redacted, Schema, SchemaIssue, type Scope, Stream } from "effect"
import * as ConnectionTokens from "./ConnectionTokens.ts"
import type { ConnectionDefinition } from "./Project.ts"
import { resolveSecrets } from "./Secrets.ts"
import * as StoredConfig from "./StoredConfig.ts"
import * as SqlRemote from "./SqlRemote.ts"

/** Where a connection's rows live: in the store's own database, in another one, or behind an HTTP interface. */
export type Database =
  | { readonly _tag: "Store"; readonly postgres: Postgres.Postgres }
  | { readonly _tag: "Other"; readonly postgres: Postgres.Postgres }
  | { readonly _tag: "None" }

export interface Connection {
  readonly name: string
  readonly connector: string
  /** The provider's API version that the connector is written for. */
  readonly apiVersion: string
  /** How the provider calls back; null: it does not. */
  readonly webhooks: Webhooks<unknown, Http | Sql> | null
  /** As the connector's schema decoded it. */
  readonly config: unknown
  readonly entities: Entities<Http | Sql>
  /** What its effects may touch outside of a write. */
  readonly services: Context.Context<Http | Sql>
  readonly database: Database
  /** How its database tells of changes, and where: `url` null is the store's own. */
  readonly notices: (Notices & { readonly url: Redacted.Redacted | null }) | null
  /** What the provider's limits allow in the long run; null: nothing limits it. */
  readonly callsPerSecond: number | null
  /** How a person consents to it; null where it is entered by a key. */
  readonly oauth: OAuth2.OAuth2 | null
  /** The accounts that a consent reaches which gave this token; null: the credentials alone decide. */
  readonly accounts: ((token: Redacted.Redacted) => Effect.Effect<ReadonlyArray<Account>, ConnectorError>) | null
  /** Calls sent to the provider since the connection was opened. */
  readonly calls: Effect.Effect<number>
  /** Proves the credentials and says whose they are. */
  readonly check: Effect.Effect<string, ConnectorError>
}

const formatted = SchemaIssue.makeFormatterStandardSchemaV1()

const placeOf = (path: StandardIssue["path"]): string =>
  (path ?? []).map((part) => `.${String(typeof part === "object" ? part.key : part)}`).join("")

type StandardIssue = ReturnType<typeof formatted>["issues"][number]

const slowest = (budgets: ReadonlyArray<Budget>): number | null =>
  budgets.length === 0 ? null : Math.min(...budgets.map(({ units, windowMs }) => (units * 1000) / windowMs))

const undeclared = (connector: string, what: string) =>
  Effect.die(`connector "${connector}" uses ${what}, which its remote does not declare`)

/** Runs it with a token that is not kept yet. */
const entered =
  <A>(
    remote: HttpRemote,
    effect: Effect.Effect<A, ConnectorError, Http | Sql>,
    transport: HttpClient.Transport["Service"]
  ) =>
  (token: Redacted.Redacted): Effect.Effect<A, ConnectorError> =>
    HttpLayer.make(remote, { tokens: { current: Effect.succeed(token), renewed: () => Effect.succeed(token) } }).pipe(
      Effect.provideService(HttpClient.Transport, transport),
      Effect.flatMap(({ http }) => Effect.provideService(effect, Http, http)),
      Effect.provideService(Sql, Sql.of({ query: () => undeclared("this connector", "a database") }))
    )

/**
 * Opens a connection. Fails with one line per problem of its configuration, each naming the field.
 *
 * No call is made yet: wrong credentials show at the first use, or by `check`.
 */
export const open = Effect.fn("Connection.open")(function* (
  name: string,
  definition: ConnectionDefinition,
  tenant: TenantId,
  store: Postgres.Postgres
): Effect.fn.Return<Connection, ReadonlyArray<string>, Scope.Scope | HttpLayer.Transport | Credentials.Credentials> {
  const { connector } = definition
  const declared = yield* resolveSecrets(definition.config ?? {}, `connections.${name}.config`)
  const kept = yield* Effect.mapError(StoredConfig.read(tenant, ConnectionName.make(name)), ({ message }) => [
    `connections.${name}: ${message}`
  ])
  const input = Predicate.isObject(declared) ? { ...declared, ...kept } : declared
  const config = yield* Effect.mapError(
    Schema.decodeUnknownEffect(connector.config)(input, { errors: "all", onExcessProperty: "error" }),
    ({ issue }) =>
      formatted(issue).issues.map(({ message, path }) => `connections.${name}.config${placeOf(path)}: ${message}`)
  )
  const remote = connector.remote(config)
  const common = {
    name,
    connector: connector.name,
    apiVersion: connector.apiVersion,
    webhooks: connector.webhooks ?? null,
    config,
    entities: connector.entities(config)
  }
  const verify: Effect.Effect<string, ConnectorError, Http | Sql> = connector.check(config)

  if (remote._tag === "Http") {
    const { auth } = remote
    const tokens =
      auth._tag === "OAuth2" ? yield* ConnectionTokens.source(tenant, ConnectionName.make(name), auth) : null
    const { http, calls } = yield* HttpLayer.make(remote, tokens === null ? {} : { tokens })
    const services = Context.make(Http, http).pipe(
      Context.add(Sql, Sql.of({ query: () => undeclared(connector.name, "a database") }))
    )
    const callsPerSecond = slowest(remote.budgets)
    const reached = connector.accounts?.(config)
    const transport = yield* HttpClient.Transport
    return {
      ...common,
      callsPerSecond,
      oauth: auth._tag === "OAuth2" ? auth : null,
      accounts: reached === undefined ? null : entered(remote, reached, transport),
      services,
      database: { _tag: "None" },
      notices: null,
      calls,
      check: Effect.provideContext(verify, services)
    }
  }

  const isStore = remote.url === null
  const postgres = isStore
    ? store
    : yield* Effect.mapError(Postgres.open({ url: remote.url }), (error) => [`connections.${name}: ${error.message}`])
  const http = Http.of({
    send: () => undeclared(connector.name, "HTTP"),
    stream: () => Stream.fromEffect(undeclared(connector.name, "HTTP"))
  })
  const services = Context.make(Sql, SqlRemote.onDatabase(postgres)).pipe(Context.add(Http, http))
  return {
    ...common,
    callsPerSecond: null,
    oauth: null,
    accounts: null,
    services,
    database: { _tag: isStore ? "Store" : "Other", postgres },
    notices: remote.notices === undefined ? null : { ...remote.notices, url: remote.url },
    calls: Effect.succeed(0),
    check: Effect.provideContext(verify, services)
  }
})
