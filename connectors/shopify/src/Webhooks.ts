/**
 * Shopify's webhooks: one topic a request, signed over the raw body with the app's client secret, in the old REST shape.
 * https://shopify.dev/docs/apps/build/webhooks
 */
import {
  type ConnectorError,
  type Delivery,
  GraphQl,
  type Http,
  Signature,
  type Subscription,
  type Subscriptions,
  type WebhookRequest,
  type Webhooks
} from "@syncline/connector"
import { RecordId } from "@syncline/core"
import { Effect, Option, type Redacted, Schema } from "effect"
import * as Admin from "./Admin.ts"

/** What of the configuration concerns webhooks. */
export interface Settings {
  readonly shop: string
  readonly clientSecrets?: ReadonlyArray<Redacted.Redacted>
}

interface Topic {
  /** As subscriptions name it. */
  readonly name: string
  /** As the header has it. */
  readonly header: string
  readonly entity: string
  /** How ids of the record are written. */
  readonly type: string
  readonly isDeletion?: boolean
  /** The field of the payload that names the record, where that is not the payload itself. */
  readonly idField?: string
}

const of = (
  entity: string,
  type: string,
  plural: string,
  created: string,
  updated: string,
  deleted: string | null
): ReadonlyArray<Topic> => [
  { name: `${plural}_${created}`.toUpperCase(), header: `${plural}/${created}`, entity, type },
  { name: `${plural}_${updated}`.toUpperCase(), header: `${plural}/${updated}`, entity, type },
  ...(deleted === null
    ? []
    : [{ name: `${plural}_${deleted}`.toUpperCase(), header: `${plural}/${deleted}`, entity, type, isDeletion: true }])
]

const topics: ReadonlyArray<Topic> = [
  ...of("customer", "Customer", "customers", "create", "update", "delete"),
  ...of("product", "Product", "products", "create", "update", "delete"),
  ...of("order", "Order", "orders", "create", "updated", "delete"),
  ...of("fulfillment", "Fulfillment", "fulfillments", "create", "update", null),
  ...of("company", "Company", "companies", "create", "update", "delete"),
  { name: "REFUNDS_CREATE", header: "refunds/create", entity: "refund", type: "Refund" }
]
const byHeader = new Map(topics.map((topic) => [topic.header, topic]))
const byName = new Map(topics.map((topic) => [topic.name, topic]))

const Payload = Schema.Struct({
  admin_graphql_api_id: Schema.optionalKey(RecordId),
  id: Schema.optionalKey(Schema.Union([Schema.Int, Schema.String])),
  variants: Schema.optionalKey(Schema.Array(Schema.Struct({ admin_graphql_api_id: RecordId })))
})

/** A product's webhook tells of its variants too, which have no topic of their own. */
const parse = (json: unknown, { headers }: WebhookRequest): Effect.Effect<Delivery, Schema.SchemaError> =>
  Effect.map(Schema.decodeUnknownEffect(Payload)(json), ({ admin_graphql_api_id, id, variants = [] }): Delivery => {
    const topic = byHeader.get(headers["x-shopify-topic"] ?? "")
    const apiVersion = headers["x-shopify-api-version"]
    const version = apiVersion === undefined ? {} : { apiVersion }
    if (topic === undefined) return { claims: [], ...version }
    const recordId = admin_graphql_api_id ?? (id === undefined ? undefined : gid(topic.type, id))
    if (recordId === undefined) return { claims: [], ...version }
    const account = headers["x-shopify-shop-domain"]
    const common = {
      deliveryId: headers["x-shopify-webhook-id"] ?? `${topic.header} ${recordId}`,
      ...(account !== undefined && { account })
    }
    return {
      claims: [
        {
          ...common,
          entity: topic.entity,
          change:
            topic.isDeletion === true
              ? ({ _tag: "Gone", id: recordId } as const)
              : ({ _tag: "Touched", id: recordId } as const)
        },
        ...variants.map(({ admin_graphql_api_id: variant }) => ({
          ...common,
          entity: "variant",
          change: { _tag: "Touched", id: variant } as const
        }))
      ],
      ...version
    }
  })

const gid = (type: string, id: number | string): RecordId => RecordId.make(`gid://shopify/${type}/${id}`)

const Wanted = Schema.Struct({
  id: Schema.String,
  uri: Schema.String,
  topic: Schema.String,
  apiVersion: Schema.Struct({ handle: Schema.String })
})
const selection = "id uri topic apiVersion { handle }"

/** Shopify has a subscription per topic; together, those that lead to one address are one of ours. */
const together = (found: ReadonlyArray<typeof Wanted.Type>): ReadonlyArray<Subscription> => {
  const byUri = Map.groupBy(found, ({ uri }) => uri)
  return [...byUri].map(([url, all]) => ({
    id: all.map(({ id }) => id).join(" "),
    url,
    topics: all.map(({ topic }) => topic).toSorted(),
    apiVersion: all[0]?.apiVersion.handle ?? null,
    isEnabled: true,
    expiresAtMs: null
  }))
}

const List = Schema.Struct({ webhookSubscriptions: Schema.Struct({ nodes: Schema.Array(Wanted) }) })
const list: Effect.Effect<ReadonlyArray<Subscription>, ConnectorError, Http> = Effect.map(
  Admin.send({
    name: "webhookSubscriptions",
    document: `{ webhookSubscriptions(first: 250) { nodes { ${selection} } } }`,
    data: List,
    cost: 252
  }),
  ({ webhookSubscriptions }) => together(webhookSubscriptions.nodes)
)

const Created = Schema.Struct({
  webhookSubscriptionCreate: Schema.Struct({
    webhookSubscription: Schema.NullOr(Wanted),
    userErrors: GraphQl.UserErrors
  })
})

const subscribe = (topic: string, uri: string) =>
  Effect.map(
    Admin.send({
      name: "webhookSubscriptionCreate",
      document: `mutation($topic: WebhookSubscriptionTopic!, $webhookSubscription: WebhookSubscriptionInput!) { webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhookSubscription) { webhookSubscription { ${selection} } userErrors { field message } } }`,
      variables: { topic, webhookSubscription: { uri, format: "JSON" } },
      data: Created,
      writes: true,
      cost: 10
    }),
    ({ webhookSubscriptionCreate: { webhookSubscription } }) => Option.fromNullishOr(webhookSubscription)
  )

const unsubscribe = (id: string) =>
  Effect.asVoid(
    Admin.send({
      name: "webhookSubscriptionDelete",
      document: "mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { userErrors { field message } } }",
      variables: { id },
      data: Schema.Unknown,
      writes: true,
      cost: 10
    })
  )

const subscriptions: Subscriptions<Settings> = {
  topicsOf: (entities) => {
    const wanted = new Set(entities.map((entity) => (entity === "variant" ? "product" : entity)))
    return topics
      .filter(({ entity }) => wanted.has(entity))
      .map(({ name }) => name)
      .toSorted()
  },
  list: () => list,
  create: Effect.fnUntraced(function* (_, { topics, url }) {
    const made = yield* Effect.forEach(topics, (topic) => subscribe(topic, url))
    const [subscription] = together(made.flatMap((each) => Option.toArray(each)))
    return {
      subscription: subscription ?? { id: "", url, topics: [], apiVersion: null, isEnabled: false, expiresAtMs: null },
      // Signed with the app's own secret.
      secret: null
    }
  }),
  renew: Effect.fnUntraced(function* (_, subscription, { topics, url }) {
    const missing = topics.filter((topic) => !subscription.topics.includes(topic))
    yield* Effect.forEach(missing, (topic) => subscribe(topic, url), { discard: true })
    const now = yield* list
    return now.find((each) => each.url === url) ?? { ...subscription, topics }
  }),
  remove: (_, id) => Effect.forEach(id.split(" "), unsubscribe, { discard: true })
}

export const webhooks: Webhooks<Settings> = {
  signature: {
    encoding: "base64",
    toleranceMs: null,
    secrets: ({ clientSecrets }) => clientSecrets ?? [],
    proof: Signature.ofBody("x-shopify-hmac-sha256")
  },
  // Eight attempts within four hours. https://shopify.dev/docs/apps/build/webhooks/troubleshooting-webhooks
  repeatsForMs: 4 * 3_600_000,
  parse,
  concerns: (account, { shop }) => account === shop,
  subscriptions
}

export const topicNames: ReadonlyArray<string> = topics.map(({ name }) => name)

export const topicOf = (name: string): Topic | undefined => byName.get(name)
