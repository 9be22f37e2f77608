/** Shopify's own client and webhook validator, of the versions that are pinned, on the stand-in. */
import { createAdminApiClient } from "@shopify/admin-api-client"
import { ApiVersion, shopifyApi } from "@shopify/shopify-api"
import { assert, describe, it } from "@effect/vitest"
import { Wire } from "@syncline/connector/sandbox"
import { Effect } from "effect"
import * as ShopifySandbox from "../src/sandbox/index.ts"

await import("@shopify/shopify-api/adapters/node")

const client = (shop: ShopifySandbox.ShopifyShop, accessToken = ShopifySandbox.defaultAccessToken) =>
  createAdminApiClient({
    storeDomain: shop.domain,
    apiVersion: "2026-10",
    accessToken,
    isTesting: true,
    retries: 0,
    customFetchApi: async (url, init) => {
      const headers = new Headers(init?.headers)
      const reply = await Effect.runPromise(
        shop.handler({
          method: init?.method ?? "GET",
          path: new URL(url).pathname,
          query: "",
          headers: Object.fromEntries(headers.entries()),
          body: typeof init?.body === "string" ? init.body : ""
        })
      )
      return new Response(Wire.text(reply), { status: reply.status, headers: reply.headers })
    }
  })

describe("Shopify's clients", () => {
  it.live("pages through all customers, creates, and is told what is wrong", () =>
    Effect.gen(function* () {
      const shop = yield* ShopifySandbox.open({ size: { customers: 120, products: 0, orders: 0 } })
      const api = client(shop)
      const seen = new Set<string>()
      let after: string | null = null
      do {
        const { data, errors } = yield* Effect.promise(() =>
          api.request(
            "query($after: String) { customers(first: 50, after: $after, sortKey: UPDATED_AT) { nodes { id } pageInfo { hasNextPage endCursor } } }",
            { variables: { after } }
          )
        )
        assert.isUndefined(errors)
        for (const { id } of data.customers.nodes) seen.add(id)
        after = data.customers.pageInfo.hasNextPage ? data.customers.pageInfo.endCursor : null
      } while (after !== null)
      assert.strictEqual(seen.size, 120)
      const create = (email: string) =>
        Effect.promise(() =>
          api.request(
            "mutation($input: CustomerInput!) { customerCreate(input: $input) { customer { id } userErrors { field message } } }",
            { variables: { input: { email } } }
          )
        )
      assert.isNotNull((yield* create("ada@example.com")).data.customerCreate.customer)
      const taken = yield* create("ada@example.com")
      assert.deepStrictEqual(taken.data.customerCreate.userErrors, [
        { field: ["email"], message: "Email has already been taken" }
      ])
      const wrong = yield* Effect.promise(() => api.request("{ shop { nmae } }"))
      assert.match(JSON.stringify(wrong.errors), /nmae/)
      const stranger = yield* Effect.promise(() => client(shop, "shpat_other").request("{ shop { name } }"))
      assert.strictEqual(stranger.errors?.networkStatusCode, 401)
    })
  )

  it.live("the official validator takes what the stand-in signs, and nothing else", () =>
    Effect.gen(function* () {
      const shop = yield* ShopifySandbox.open()
      yield* Effect.promise(() =>
        client(shop).request(
          'mutation { webhookSubscriptionCreate(topic: CUSTOMERS_CREATE, webhookSubscription: { uri: "https://hooks.example.com/s", format: JSON }) { webhookSubscription { id } userErrors { message } } }'
        )
      )
      yield* shop.user.create("customer", { email: "ada@example.com" })
      const [delivery] = yield* shop.webhooks.deliveries
      if (delivery === undefined) return assert.fail("none")
      const official = shopifyApi({
        apiKey: "key",
        apiSecretKey: ShopifySandbox.defaultClientSecret,
        hostName: "hooks.example.com",
        apiVersion: ApiVersion.October26,
        isEmbeddedApp: false
      })
      const validate = (rawBody: string) =>
        Effect.promise(() =>
          official.webhooks.validate({
            rawBody,
            rawRequest: { headers: delivery.headers, method: "POST", url: delivery.url },
            rawResponse: {}
          })
        )
      const body = new TextDecoder().decode(delivery.body)
      assert.deepInclude(yield* validate(body), { valid: true, topic: "CUSTOMERS_CREATE", domain: shop.domain })
      assert.deepInclude(yield* validate(`${body} `), { valid: false, reason: "invalid_hmac" })
    })
  )
})
