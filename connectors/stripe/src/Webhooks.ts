/**
 * Stripe's webhooks: signed over a time and the raw body, one event a request, at least once and in no order.
 * https://docs.stripe.com/webhooks
 */
import {
  type Call,
  type Delivery,
  Http,
  type Proof,
  Rest,
  type Scheme,
  type Subscription,
  type Subscriptions,
  type WebhookRequest,
  type Webhooks
} from "@syncline/connector"
import { Effect, Redacted, Schema } from "effect"
import { apiVersion } from "./ApiVersion.ts"
import * as CreditNote from "./CreditNote.ts"
import * as Customer from "./Customer.ts"
import * as Invoice from "./Invoice.ts"
import * as PaymentIntent from "./PaymentIntent.ts"
import * as Price from "./Price.ts"
import * as Product from "./Product.ts"
import * as Refund from "./Refund.ts"
import * as Source from "./Source.ts"
import * as StripeSubscription from "./Subscription.ts"

/** What of the configuration concerns webhooks. */
interface Settings {
  readonly account?: string
  readonly webhookSecrets?: ReadonlyArray<Redacted.Redacted>
}

/** `t=1795229383,v1=<hex>,v1=<hex>`; other schemes are for Stripe's own tests. https://docs.stripe.com/webhooks/signature */
const proof = ({ body, headers }: WebhookRequest): Proof | null => {
  const parts = (headers["stripe-signature"] ?? "").split(",").map((part) => part.split("="))
  const valuesOf = (scheme: string) => parts.flatMap(([name, value]) => (name === scheme ? (value ?? []) : []))
  const [time] = valuesOf("t")
  return time === undefined || !/^\d{1,12}$/.test(time)
    ? null
    : { signatures: valuesOf("v1"), signed: [time, ".", body], signedAtMs: Number(time) * 1000 }
}

/** The secret is used as it is shown, `whsec_` included. Five minutes are what Stripe's own libraries allow. */
const signature: Scheme<Settings> = {
  encoding: "hex",
  toleranceMs: 300_000,
  secrets: ({ webhookSecrets }) => webhookSecrets ?? [],
  proof
}

const eventsByEntity: Readonly<Record<string, ReadonlyArray<string>>> = {
  customer: Customer.events,
  product: Product.events,
  price: Price.events,
  subscription: StripeSubscription.events,
  invoice: Invoice.events,
  payment_intent: PaymentIntent.events,
  refund: Refund.events,
  credit_note: CreditNote.events
}

const entityByEvent = new Map(
  Object.entries(eventsByEntity).flatMap(([entity, events]) => events.map((event) => [event, entity]))
)

const Event = Schema.Struct({
  id: Schema.NonEmptyString,
  object: Schema.Literal("event"),
  type: Schema.String,
  api_version: Schema.optionalKey(Schema.NullOr(Schema.String)),
  account: Schema.optionalKey(Schema.String),
  data: Schema.Struct({ object: Schema.Record(Schema.String, Schema.Json) })
})

const parse = (json: unknown): Effect.Effect<Delivery, Schema.SchemaError> =>
  Effect.map(Schema.decodeUnknownEffect(Event)(json), (event): Delivery => {
    const entity = entityByEvent.get(event.type)
    const account = event.account === undefined ? {} : { account: event.account }
    const version = typeof event.api_version === "string" ? { apiVersion: event.api_version } : {}
    if (entity === undefined) return { claims: [], ...version }
    const claims = Source.touched(entity)(event).map(({ id }) => ({
      deliveryId: event.id,
      ...account,
      entity,
      change: isDeletion(event, entity) ? ({ _tag: "Gone", id } as const) : ({ _tag: "Touched", id } as const)
    }))
    return { claims, ...version }
  })

/** A subscription that is "deleted" is canceled and still there, and a deleted discount leaves its customer. */
const isDeletion = ({ data, type }: typeof Event.Type, entity: string): boolean =>
  type === `${entity}.deleted` && data.object["object"] === entity

const path = "/v1/webhook_endpoints"

const Endpoint = Schema.Struct({
  id: Schema.String,
  url: Schema.String,
  api_version: Schema.optionalKey(Schema.NullOr(Schema.String)),
  enabled_events: Schema.Array(Schema.String),
  status: Schema.String,
  secret: Schema.optionalKey(Schema.String)
})

const subscriptionOf = (endpoint: typeof Endpoint.Type): Subscription => ({
  id: endpoint.id,
  url: endpoint.url,
  topics: endpoint.enabled_events.toSorted(),
  apiVersion: endpoint.api_version ?? null,
  isEnabled: endpoint.status === "enabled",
  expiresAtMs: null
})

const form = ({ topics, url }: Pick<Subscription, "url" | "topics">): Readonly<Record<string, string>> => ({
  url,
  ...Object.fromEntries(topics.map((topic, index) => [`enabled_events[${index}]`, topic]))
})

/** https://docs.stripe.com/api/webhook_endpoints */
const subscriptions: Subscriptions<Settings> = {
  secretsField: "webhookSecrets",
  topicsOf: (entities) => [...new Set(entities.flatMap((entity) => eventsByEntity[entity] ?? []))].toSorted(),
  // An account has at most 16 of them, and a page holds 100.
  list: () =>
    Effect.map(Rest.get(path, Schema.Struct({ data: Schema.Array(Endpoint) }), { limit: 100 }), ({ data }) =>
      data.map(subscriptionOf)
    ),
  create: (_, wanted) =>
    Effect.map(post(path, { ...form(wanted), api_version: apiVersion, description: "Syncline" }), (endpoint) => ({
      subscription: subscriptionOf(endpoint),
      secret: endpoint.secret === undefined ? null : Redacted.make(endpoint.secret)
    })),
  renew: (_, { id }, wanted) =>
    Effect.map(post(`${path}/${encodeURIComponent(id)}`, { ...form(wanted), disabled: "false" }), subscriptionOf),
  remove: (_, id) => {
    const call: Call = { method: "DELETE", path: `${path}/${encodeURIComponent(id)}` }
    return Effect.asVoid(Http.use((http) => http.send(call))).pipe(
      Effect.catchReason("ConnectorError", "NotFound", () => Effect.void)
    )
  }
}

const post = (path: string, form: Readonly<Record<string, string>>) =>
  Rest.call({ method: "POST", path, form }, Endpoint)

export const webhooks: Webhooks<Settings> = {
  signature,
  // Live deliveries are repeated for up to three days. https://docs.stripe.com/webhooks#retries
  repeatsForMs: 3 * 86_400_000,
  parse,
  // A platform's endpoint hears of all that are connected to it. https://docs.stripe.com/connect/webhooks
  concerns: (account, config) => account === config.account,
  subscriptions
}
