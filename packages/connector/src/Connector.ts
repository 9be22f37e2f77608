/** One system: where it is, how it is entered, what it holds, and how it calls back. Everything that can be data is data. */
import type { Effect, Schema } from "effect"
import type { ConnectorError } from "./ConnectorError.ts"
import type { Entities } from "./Entity.ts"
import type { Http, HttpRemote, Sql, SqlRemote } from "./Remote.ts"
import type { Webhooks } from "./Webhook.ts"

/** An account that a consent reaches, and the fields of `config` that choose it. */
export interface Account {
  readonly name: string
  readonly config: Readonly<Record<string, string>>
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
  /** The accounts that a consent reaches, where that may be several; absent: the credentials alone decide which one it is. */
  accounts?(config: Config): Effect.Effect<ReadonlyArray<Account>, ConnectorError, R>
  /** How it calls back; absent: it does not. */
  readonly webhooks?: Webhooks<Config, R>
}

export const connector = <Config, R = Http>(definition: Connector<Config, R>): Connector<Config, R> => definition
