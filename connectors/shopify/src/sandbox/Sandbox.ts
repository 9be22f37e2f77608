/** What the conformance checks drive: shops, how a person fills in each kind of record, and what Shopify does that others do not. */
import {
  type ConformanceAccount,
  type ConformanceSandbox,
  noScenes,
  type Opening,
  Wire
} from "@syncline/connector/sandbox"
import { Effect } from "effect"
import { denied } from "./Api.ts"
import { defaultAccessToken, defaultClientId, defaultClientSecret, defaultShop, empty } from "./Options.ts"
import { open, type ShopifyShop } from "./ShopifyShop.ts"
import { topicNames } from "../Webhooks.ts"

export type Account = ShopifyShop & ConformanceAccount

/** The address serves no one: requests of a client within the process reach the shop whatever host they name. */
const baseUrl = "http://127.0.0.1:4012"
/** Longer than until it is asked about for the first time. */
const bulkMs = 250
/** The standard plan. */
const pointsPerSecond = 100

const opened = Effect.fn("ShopifySandbox.opened")(function* ({
  byConsent = false,
  isLimited = false,
  lagMs = 0,
  size = 0,
  skewMs = 0
}: Opening): Effect.fn.Return<Account> {
  const shop = yield* open({
    size: { ...empty, customers: size },
    skewMs,
    lagMs,
    profile: { bulkMs },
    pointsPerSecond: isLimited ? pointsPerSecond : null
  })
  yield* subscribed(shop.handler)
  return {
    ...shop,
    config: {
      shop: defaultShop,
      ...(byConsent ? { clientId: defaultClientId } : { accessToken: defaultAccessToken }),
      clientSecrets: [defaultClientSecret],
      baseUrl,
      pointsPerSecond: isLimited ? pointsPerSecond : 50_000_000
    },
    wire: { handler: shop.handler, faults: shop.faults }
  }
})

/** Asks for every topic there is. */
const subscribed = (handler: Wire.Handler) =>
  Effect.forEach(
    topicNames,
    (topic) =>
      Effect.orDie(
        handler({
          method: "POST",
          path: "/admin/api/2026-10/graphql.json",
          query: "",
          headers: { "x-shopify-access-token": defaultAccessToken },
          body: JSON.stringify({
            query:
              "mutation($topic: WebhookSubscriptionTopic!, $uri: String) { webhookSubscriptionCreate(topic: $topic, webhookSubscription: { uri: $uri }) { userErrors { message } } }",
            variables: { topic, uri: "https://hooks.example.org/shopify" }
          })
        })
      ),
    { discard: true }
  )

const none = {
  ...noScenes("Shopify keeps these values as they are sent"),
  children: { none: "it has no list of children" },
  times: { none: "Shopify sets its times itself, in whole seconds" },
  fates: { none: "it is neither archived nor merged" }
}

const line = (index: number) => ({
  id: `gid://shopify/LineItem/${index + 1}`,
  title: `Line ${index}`,
  variantId: null,
  quantity: 1,
  price: "10.00",
  tax: "1.90"
})

export const sandbox: ConformanceSandbox<Account> = {
  open: opened,
  openings: { skewMs: true, lagMs: true, isLimited: true, size: true, byConsent: true },
  entities: {
    customer: {
      record: (index) => ({ firstName: `First ${index}`, email: `c${index}@example.com`, note: `Note ${index}` }),
      text: { field: "note", longest: 5000 },
      removable: true,
      editsShow: true,
      scenes: {
        ...none,
        empty: [{ firstName: "No mail" }, { firstName: "A mail", email: "a@example.com" }],
        invalid: { fields: { firstName: "Ada", email: "no address at all" }, path: "email" },
        normalised: { sent: { email: " Ada@Example.com " }, stored: { email: "ada@example.com" } }
      }
    },
    product: {
      record: (index) => ({ title: `Product ${index}`, descriptionHtml: `<p>Thing ${index}</p>` }),
      text: { field: "descriptionHtml", longest: 65_535 },
      removable: true,
      editsShow: true,
      scenes: { ...none, invalid: { fields: { title: "" }, path: "title" } }
    },
    variant: {
      record: (index, referred) => ({
        product: { id: referred("product") },
        sku: `SKU-${index}`,
        price: `${index + 1}.50`,
        barcode: `Barcode ${index}`,
        selectedOptions: [{ name: "Title", value: `Size ${index}` }]
      }),
      text: { field: "barcode", longest: 255 },
      removable: true,
      editsShow: true,
      scenes: { ...none, numbers: { none: "what has a price refers to a product" } }
    },
    inventory_level: {
      record: (index, referred) => ({ variant: { id: referred("variant") }, available: index + 1 }),
      // A person writes it on the item.
      text: { field: "sku", longest: 0 },
      removable: { none: "a level goes with its variant" },
      editsShow: true,
      scenes: none
    },
    order: {
      record: (index, referred) => ({
        customer: { id: referred("customer") },
        name: `#${1001 + index}`,
        note: `Note ${index}`,
        lines: [line(index)]
      }),
      text: { field: "note", longest: 5000 },
      removable: true,
      editsShow: true,
      scenes: {
        ...none,
        children: (shop) =>
          Effect.map(
            shop.user.create("order", { name: "#5000", lines: Array.from({ length: 120 }, (_, index) => line(index)) }),
            (id) => ({ id, path: "lines", count: 120 })
          )
      }
    },
    fulfillment: {
      record: (index, referred) => ({ order: { id: referred("order") }, name: `#F${index}`, quantity: 1 }),
      text: { field: "name", longest: 255 },
      removable: { none: "a fulfillment is cancelled, never deleted" },
      editsShow: true,
      scenes: none
    },
    refund: {
      record: (index, referred) => ({ order: { id: referred("order") }, note: `Refund ${index}`, amount: "1.00" }),
      text: { field: "note", longest: 255 },
      removable: { none: "a refund is for ever" },
      editsShow: true,
      scenes: none
    },
    company: {
      record: (index) => ({ name: `Company ${index}`, externalId: `EXT-${index}`, note: `Note ${index}` }),
      text: { field: "note", longest: 5000 },
      removable: true,
      editsShow: true,
      scenes: none
    }
  },
  missingScope: {
    reply: Wire.json(200, JSON.stringify(denied("customers", "read_customers"))),
    names: "read_customers"
  },
  refusedInside200: Wire.json(
    200,
    JSON.stringify({
      data: { customerCreate: { record: null, userErrors: [{ field: ["email"], message: "Email is invalid" }] } }
    })
  )
}
