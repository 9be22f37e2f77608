/** What a connector may touch: its provider over HTTP, or one database. Nothing else can appear in its types. */
import { Context, type Effect, type Redacted, type Stream } from "effect"
import type { ConnectorError, Reason } from "./ConnectorError.ts"
import type { Method } from "./Endpoint.ts"

/** A request as plain data, relative to `baseUrl`. */
export interface Call {
  readonly method: Method
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | ReadonlyArray<string> | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>>
  /** Changes nothing (a search by POST), so a lost answer is `Transient`. Default: true for GET. */
  readonly reads?: boolean
  /** Units taken from the budget; 1 unless the provider counts otherwise. */
  readonly cost?: number
}

export interface Reply {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** The body parsed, or undefined when it is not JSON. */
  readonly json: unknown
}

/** The authenticated connection. Waits its turn, refreshes tokens, refuses hosts not declared, fails by the error table. */
export class Http extends Context.Service<
  Http,
  {
    readonly send: (call: Call) => Effect.Effect<Reply, ConnectorError>
    /** The same for an answer too large to hold. */
    readonly stream: (call: Call) => Stream.Stream<Uint8Array, ConnectorError>
  }
>()("@syncline/connector/Http") {}

/** The database. When it is the engine's own, writes run inside the engine's commit transaction: same verb, other layer. */
export class Sql extends Context.Service<
  Sql,
  {
    readonly query: (
      text: string,
      params: ReadonlyArray<unknown>
    ) => Effect.Effect<ReadonlyArray<Record<string, unknown>>, ConnectorError>
  }
>()("@syncline/connector/Sql") {}

/** A line of the error catalogue. `example` must be classified by this very line: a test checks it. */
export interface ErrorRule {
  readonly when: string
  readonly matches: (reply: Reply) => boolean
  readonly reason: (reply: Reply) => Reason
  readonly example: Pick<Reply, "status" | "text"> & { readonly headers?: Reply["headers"] }
}

/** `units` per `windowMs`. Many may hold at once: second, minute, day. */
export interface Budget {
  readonly units: number
  readonly windowMs: number
  readonly of: "connection" | "app"
}

export type Auth =
  | { readonly _tag: "Bearer"; readonly token: Redacted.Redacted }
  | { readonly _tag: "Header"; readonly name: string; readonly value: Redacted.Redacted }
  | {
      readonly _tag: "OAuth2"
      readonly authorizeUrl: string
      readonly tokenUrl: string
      readonly scopes: ReadonlyArray<string>
      /** What stands between scopes; a space unless said. */
      readonly scopeSeparator?: string
      readonly clientAuth: "basic" | "form" | "json"
      readonly clientId: string
      readonly clientSecret: Redacted.Redacted
      /**
       * Whether a refresh spends the refresh token, and for how long a spent one gives the same tokens again. What a lost answer costs
       * depends on it: within that time the same is sent again, after it a person has to connect anew.
       */
      readonly refresh: { readonly rotates: boolean; readonly graceMs: number }
      /** Sent with a code, beside what the standard asks for. */
      readonly exchange?: Readonly<Record<string, string>>
      /** Where the provider signs the query that a person is sent back with: why that is not to be believed, or null. */
      readonly returned?: (query: URLSearchParams) => string | null
      /** The header that an access token goes in by itself; absent: `Authorization: Bearer`. */
      readonly header?: string
    }

export interface HttpRemote {
  readonly _tag: "Http"
  readonly baseUrl: string
  readonly headers?: Readonly<Record<string, string>>
  /** Further hosts that may be called, such as a download host. */
  readonly hosts?: ReadonlyArray<string>
  readonly auth: Auth
  readonly budgets: ReadonlyArray<Budget>
  /** Calls in flight at once. */
  readonly concurrent?: number
  /** What the provider itself says is left, from headers or body; overrides our own count. */
  readonly remaining?: (reply: Reply) => { readonly units: number; readonly restorePerSecond: number } | undefined
  /** First match wins; then the usual reading of statuses. Also asked for 2xx, since some providers fail inside a 200. */
  readonly errors: ReadonlyArray<ErrorRule>
}

/** A PostgreSQL database; without a `url` the store's own. */
export interface SqlRemote {
  readonly _tag: "Sql"
  readonly url: Redacted.Redacted | null
  /** How the database itself tells that rows have changed (NOTIFY); not asked for that without. */
  readonly notices?: Notices
}

/** What is notified on a channel, and of which entity each payload tells. Nobody relies on it: what is not heard is found by the schedule. */
export interface Notices {
  readonly channel: string
  readonly entities: Readonly<Record<string, string>>
}
