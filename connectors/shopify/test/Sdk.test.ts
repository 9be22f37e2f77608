/** Shopify's own client and webhook validator, of the versions that are pinned, on the stand-in. */
import { createAdminApiClient } from "@shopify/admin-api-client"
import { ApiVersion, shopifyApi } from "@shopify/shopify-api"
import { abstractFetch, setAbstractFetchFunc } from "@shopify/shopify-api/runtime"
import { assert, describe, it } from "@effect/vitest"
import { Wire } from "@syncline/connector/sandbox"
import { Effect, Redacted } from "effect"
import * as Callback from "../src/Callback.ts"
import * as ShopifySandbox from "../src/sandbox/index.ts"

await import("@shopify/shopify-api/adapters/node")

/** What goes over the network reaches the stand-in instead. */
const reached =
  (shop: ShopifySandbox.ShopifyShop) =>
  async (url: string, init?: RequestInit): Promise<Response> => {
    const reply = await Effect.runPromise(
      shop.handler({
        method: init?.method ?? "GET",
        path: new URL(url).pathname,
        query: "",
        headers: Object.fromEntries(new Headers(init?.headers).entries()),
        body: typeof init?.body === "string" ? init.body : ""
      })
    )
    return new Response(Wire.text(reply), { status: reply.status, headers: reply.headers })
  }

const client = (shop: ShopifySandbox.ShopifyShop, accessToken = ShopifySandbox.defaultAccessToken) =>
  createAdminApiClient({
    storeDomain: shop.domain,
    apiVersion: "2026-10",
    accessToken,
    isTesting: true,
    retries: 0,
    customFetchApi: reached(shop)
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

  it.live("the official library believes what a shop's owner is sent back with, and so do we; and nothing else", () =>
    Effect.gen(function* () {
      const shop = yield* ShopifySandbox.open()
      const { utils } = shopifyApi({
        apiKey: ShopifySandbox.defaultClientId,
        apiSecretKey: ShopifySandbox.defaultClientSecret,
        hostName: "app.example.com",
        apiVersion: ApiVersion.October26,
        isEmbeddedApp: false
      })
      const reply = yield* shop.handler({
        method: "GET",
        path: "/admin/oauth/authorize",
        query: "redirect_uri=https%3A%2F%2Fapp.example.com%2Fback&state=a+state%2Bof+mine&scope=read_orders",
        headers: {},
        body: ""
      })
      const query = new URL(reply.headers["Location"] ?? "").searchParams
      const judged = Callback.judged(shop.domain, [
        Redacted.make("a secret of before"),
        Redacted.make(ShopifySandbox.defaultClientSecret)
      ])
      const validated = (query: URLSearchParams) => Effect.promise(() => utils.validateHmac(query))
      assert.isTrue(yield* validated(query))
      assert.isNull(judged(query))
      for (const name of [...query.keys(), "more"]) {
        const other = new URLSearchParams(query)
        other.set(name, name === "timestamp" ? String(Number(query.get(name)) + 1) : "another")
        assert.isFalse(yield* validated(other), name)
        assert.include(judged(other), "not signed", name)
      }
      assert.include(judged(new URLSearchParams("code=1")), "not signed")
      const elsewhere = Callback.judged("other.myshopify.com", [Redacted.make(ShopifySandbox.defaultClientSecret)])
      assert.include(elsewhere(query), "other.myshopify.com")
    })
  )

  it.live("the official library refreshes an offline token, which rotates, and enters with it", () =>
    Effect.gen(function* () {
      const shop = yield* ShopifySandbox.open()
      const before = abstractFetch
      yield* Effect.acquireRelease(
        Effect.sync(() => setAbstractFetchFunc((input, init) => reached(shop)(new Request(input).url, init))),
        () => Effect.sync(() => setAbstractFetchFunc(before))
      )
      const { auth } = shopifyApi({
        apiKey: ShopifySandbox.defaultClientId,
        apiSecretKey: ShopifySandbox.defaultClientSecret,
        hostName: "app.example.com",
        apiVersion: ApiVersion.October26,
        isEmbeddedApp: false
      })
      const { refresh } = yield* shop.authorization.grant
      const refreshed = () => auth.refreshToken({ shop: shop.domain, refreshToken: refresh })
      const { session } = yield* Effect.promise(refreshed)
      assert.isString(session.refreshToken)
      assert.notStrictEqual(session.refreshToken, refresh)
      // Its answer may have been lost, so it is had again; until the token that it gave is used.
      assert.strictEqual((yield* Effect.promise(refreshed)).session.accessToken, session.accessToken)
      const { data } = yield* Effect.promise(() => client(shop, session.accessToken).request("{ shop { name } }"))
      assert.strictEqual(data.shop.name, "Ridgeway")
      assert.match(yield* Effect.promise(() => refreshed().then(() => "refreshed", String)), /400/)
    }).pipe(Effect.scoped)
  )
})
