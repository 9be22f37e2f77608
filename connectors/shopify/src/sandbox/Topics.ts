/** Webhook subscriptions, and what is sent to them: the old REST shape, signed with the app's client secret. */
import { createHmac } from "node:crypto"
import type { Webhooks } from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"
import { Effect } from "effect"
import { apiVersion } from "../Admin.ts"
import { topicOf } from "../Webhooks.ts"
import * as Show from "./Show.ts"
import type { Happening, Shop } from "./Shop.ts"

/** Eight attempts within four hours; the pauses themselves are believed. */
export const retryAfterMs = [10, 60, 300, 900, 1800, 3600, 5400, 7200].map((seconds) => seconds * 1000)

export const signature = (secret: string, body: string): string =>
  createHmac("sha256", secret).update(body).digest("base64")

interface Subscription {
  readonly id: string
  readonly topic: string
  readonly uri: string
}

export interface Topics {
  readonly all: () => ReadonlyArray<Show.Shown & { readonly id: string }>
  readonly find: (id: string) => Show.Shown | null
  readonly create: (given: { readonly topic: string; readonly webhookSubscription: Fields }) => unknown
  readonly remove: (given: { readonly id: string }) => unknown
  readonly tell: (happenings: ReadonlyArray<Happening>, nowMs: number) => Effect.Effect<void>
}

export const make = (options: {
  readonly webhooks: Webhooks.Webhooks
  readonly shop: Shop
  readonly domain: string
  readonly secret: string
}): Topics => {
  const { domain, secret, shop, webhooks } = options
  const subscriptions = new Map<string, Subscription>()
  let made = 0
  let told = 0

  const show = ({ id, topic, uri }: Subscription) => ({
    __typename: "WebhookSubscription",
    id,
    uri,
    topic,
    format: "JSON",
    apiVersion: { handle: apiVersion, displayName: apiVersion, supported: true },
    createdAt: Show.instant(0),
    updatedAt: Show.instant(0)
  })
  const messages = ({ row, what }: Happening): ReadonlyArray<Webhooks.Message> =>
    [...subscriptions.values()].flatMap(({ topic, uri }) => {
      const known = topicOf(topic)
      const isWanted =
        known !== undefined &&
        known.type === row.type &&
        (known.isDeletion === true) === (what === "delete") &&
        (what === "delete" ||
          known.header.endsWith(what === "create" ? "create" : "update") ||
          (what === "update" && known.header.endsWith("updated")))
      if (!isWanted) return []
      told += 1
      const deliveryId = `webhook-${told}`
      const variants = shop
        .referring("ProductVariant", "productId", row.id)
        .map((variant) => ({ id: variant.number, admin_graphql_api_id: variant.id }))
      const body = JSON.stringify(
        what === "delete"
          ? { id: row.number }
          : {
              id: row.number,
              admin_graphql_api_id: row.id,
              updated_at: Show.instant(row.updatedMs),
              ...(row.type === "Product" && { variants })
            }
      )
      return [
        {
          url: uri,
          body,
          headers: (nowMs) => ({
            "X-Shopify-Topic": known.header,
            "X-Shopify-Hmac-Sha256": signature(secret, body),
            "X-Shopify-Shop-Domain": domain,
            "X-Shopify-API-Version": apiVersion,
            "X-Shopify-Webhook-Id": deliveryId,
            "X-Shopify-Event-Id": `event-${row.number}-${row.updatedMs}`,
            "X-Shopify-Triggered-At": Show.instant(nowMs)
          })
        }
      ]
    })

  return {
    all: () => [...subscriptions.values()].map(show),
    find: (id) => {
      const found = subscriptions.get(id)
      return found === undefined ? null : show(found)
    },
    create: ({ topic, webhookSubscription: { uri } }) => {
      if (typeof uri !== "string" || uri === "")
        return {
          webhookSubscription: null,
          userErrors: [{ field: ["webhookSubscription", "uri"], message: "Address can't be blank" }]
        }
      if ([...subscriptions.values()].some((each) => each.topic === topic && each.uri === uri))
        return {
          webhookSubscription: null,
          userErrors: [
            { field: ["webhookSubscription", "uri"], message: "Address for this topic has already been taken" }
          ]
        }
      made += 1
      const subscription = { id: `gid://shopify/WebhookSubscription/${made}`, topic, uri }
      subscriptions.set(subscription.id, subscription)
      return { webhookSubscription: show(subscription), userErrors: [] }
    },
    remove: ({ id }) => {
      const isKnown = subscriptions.delete(id)
      return isKnown
        ? { deletedWebhookSubscriptionId: id, userErrors: [] }
        : {
            deletedWebhookSubscriptionId: null,
            userErrors: [{ field: ["id"], message: "Webhook subscription does not exist" }]
          }
    },
    tell: (happenings) => Effect.forEach(happenings.flatMap(messages), webhooks.tell, { discard: true })
  }
}
