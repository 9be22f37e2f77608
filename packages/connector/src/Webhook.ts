/**
 * How a provider calls back: what proves that it was the provider, what it tells, and how it is asked to call at all.
 *
 * A webhook is a hint. Nothing that it says of a record is believed: the record is then read with `get`.
 */
import type { Effect, Option, Redacted, Schema } from "effect"
import type { ConnectorError } from "./ConnectorError.ts"
import type { Gone, Merged, Touched } from "./Entity.ts"
import type { Http, Reply } from "./Remote.ts"
import type { Scheme } from "./Signature.ts"

export interface WebhookRequest {
  readonly method: string
  /** As the provider called it: scheme, host, path and query. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The exact bytes received; signatures are over these. */
  readonly body: Uint8Array
}

/** A claim that something changed. `account` tells whose it is, where one address hears of many. */
export interface Claim {
  /** The provider's name of the event or delivery: the same whenever it is sent again. */
  readonly deliveryId: string
  readonly account?: string
  readonly entity: string
  readonly change: Gone | Merged | Touched
}

/** What a genuine request says. */
export interface Delivery {
  readonly claims: ReadonlyArray<Claim>
  /** The API version that its payload has the shape of; absent where the provider does not say. */
  readonly apiVersion?: string
}

export interface Webhooks<Config, R = Http> {
  /** What proves the sender. A request that fails it is answered 401, and nothing is stored. */
  readonly signature: Scheme<Config>
  /** For how long the provider may send a delivery again. Its id is remembered for longer. */
  readonly repeatsForMs: number
  /**
   * What a genuine request claims: `json` is its body, parsed. No claims: nothing that concerns the entities. A body that it cannot
   * read is kept as it came, and read again once the connector can.
   */
  parse(json: unknown, request: WebhookRequest): Effect.Effect<Delivery, Schema.SchemaError>
  /** Whether what is told of this `account` concerns the connection; absent: all that comes does. */
  concerns?(account: string, config: Config): boolean
  /** Answers a provider's opening question, before anything is verified; `None` for an ordinary delivery. */
  handshake?(request: WebhookRequest, config: Config): Option.Option<Pick<Reply, "status" | "text">>
  /** Absent: webhooks are set up by a person, at the provider. */
  readonly subscriptions?: Subscriptions<Config, R>
}

/** What a provider has been asked to tell, and where. */
export interface Subscription {
  readonly id: string
  readonly url: string
  /** The provider's names of what is told: `customer.updated`. */
  readonly topics: ReadonlyArray<string>
  /** The version that payloads have the shape of; null: the account's default, which may change under us. */
  readonly apiVersion: string | null
  /** False: the provider has stopped, such as after many failures, and waits to be asked again. */
  readonly isEnabled: boolean
  /** When it ends by itself; null: never. */
  readonly expiresAtMs: number | null
}

/** How webhooks are asked for. */
export interface Subscriptions<Config, R = Http> {
  /**
   * The field of the configuration that lists the secrets which the provider chooses, so that a new one can be kept there; absent: the
   * provider signs with something that it was given, or that a person reads off.
   */
  readonly secretsField?: string
  /** The topics that tell of these entities, sorted. */
  topicsOf(entities: ReadonlyArray<string>): ReadonlyArray<string>
  /** Every one of the account, also those that others have made. */
  list(config: Config): Effect.Effect<ReadonlyArray<Subscription>, ConnectorError, R>
  /** `secret` is what it will sign with, where the provider chooses that and tells it only now. */
  create(
    config: Config,
    wanted: Pick<Subscription, "url" | "topics">
  ): Effect.Effect<
    { readonly subscription: Subscription; readonly secret: Redacted.Redacted | null },
    ConnectorError,
    R
  >
  /** Makes one be as wanted, enabled, and good for another while. */
  renew(
    config: Config,
    subscription: Subscription,
    wanted: Pick<Subscription, "url" | "topics">
  ): Effect.Effect<Subscription, ConnectorError, R>
  /** Succeeds when it is gone, also when it already was. */
  remove(config: Config, id: string): Effect.Effect<void, ConnectorError, R>
}
