/** One system: where it is, how it is entered, what it holds, and how it calls back. Everything that can be data is data. */
import type { Effect, Option, Schema } from "effect"
import type { Entities, Gone, Merged, Touched } from "./Entity.ts"
import type { Http, HttpRemote, Reply, Sql, SqlRemote } from "./Remote.ts"
import type { ConnectorError } from "./ConnectorError.ts"

export interface WebhookRequest {
  readonly method: string
  /** As the provider called it: scheme, host, path and query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The exact bytes received; signatures are over these. */
  readonly body: Uint8Array
}

/** A claim that something changed. `account` tells which connection of the app it is for. */
export interface Claim {
  readonly deliveryId: string
  readonly account?: string
  readonly entity: string
  readonly change: Gone | Merged | Touched
}

export interface Webhooks<Config> {
  /** Whether the sender proved itself. False is answered 401 and nothing is stored. */
  verify(request: WebhookRequest, config: Config, nowMs: number): Effect.Effect<boolean>
  parse(request: WebhookRequest): Effect.Effect<ReadonlyArray<Claim>, Schema.SchemaError>
  /** Answers a provider's opening question; `None` for an ordinary delivery. */
  handshake?(request: WebhookRequest, config: Config): Option.Option<Pick<Reply, "status" | "text">>
}

/** The members that take a `Config` are methods, so a connector of one configuration is also a `Connector<unknown>` to the registry. */
export interface Connector<Config, R = Http> {
  readonly name: string
  /** The provider's API version, pinned. */
  readonly apiVersion: string
  /** What a person fills in. Secrets are `Redacted`; the console's form and the docs are made from it. */
  readonly config: Schema.Codec<Config, Schema.Json>
  /** Where it is and how it is entered. What the entities require decides which kind it must be. */
  remote(config: Config): [R] extends [Sql] ? SqlRemote : HttpRemote
  /** A function of the configuration, because tables, custom objects and locations are configuration. */
  entities(config: Config): Entities<R>
  /** The cheapest call that proves the credentials, and who they belong to: `acct_1 (Acme Ltd)`. `syncline check` shows it. */
  check(config: Config): Effect.Effect<string, ConnectorError, R>
  readonly webhooks?: Webhooks<Config>
}

export const connector = <Config, R = Http>(definition: Connector<Config, R>): Connector<Config, R> => definition
