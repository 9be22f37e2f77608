import { assert, describe, it } from "@effect/vitest"
import { Signature } from "@syncline/connector"
import { Effect, Redacted } from "effect"
import * as ShopifySandbox from "../src/sandbox/index.ts"
import { webhooks } from "../src/Webhooks.ts"
import { connected } from "./Connected.ts"

const config = { shop: ShopifySandbox.defaultShop, clientSecrets: [Redacted.make(ShopifySandbox.defaultClientSecret)] }
const url = "https://hooks.example.com/shopify"

describe("Shopify's webhooks", () => {
  it.effect("are asked for, listed as one, completed and removed", () =>
    Effect.gen(function* () {
      const { run } = yield* connected()
      const { subscriptions } = webhooks
      if (subscriptions === undefined) return assert.fail("none")
      const topics = subscriptions.topicsOf(["customer", "variant"])
      assert.deepStrictEqual(topics, [
        "CUSTOMERS_CREATE",
        "CUSTOMERS_DELETE",
        "CUSTOMERS_UPDATE",
        "PRODUCTS_CREATE",
        "PRODUCTS_DELETE",
        "PRODUCTS_UPDATE"
      ])
      const { subscription } = yield* run(subscriptions.create(config, { url, topics: topics.slice(1) }))
      const renewed = yield* run(subscriptions.renew(config, subscription, { url, topics }))
      assert.deepInclude(renewed, { url, topics, apiVersion: "2026-10", isEnabled: true })
      assert.strictEqual((yield* run(subscriptions.list(config))).length, 1)
      yield* run(subscriptions.remove(config, renewed.id))
      yield* run(subscriptions.remove(config, renewed.id))
      assert.deepStrictEqual(yield* run(subscriptions.list(config)), [])
    })
  )

  it.effect("tell of a product and its variants, and of a deletion, signed over the raw body", () =>
    Effect.gen(function* () {
      const { run, shop } = yield* connected()
      const { subscriptions } = webhooks
      if (subscriptions === undefined) return assert.fail("none")
      yield* run(subscriptions.create(config, { url, topics: subscriptions.topicsOf(["product"]) }))
      const id = yield* shop.user.create("product", { title: "Board" })
      yield* shop.user.remove("product", id)
      const deliveries = yield* shop.webhooks.deliveries
      const claims = yield* Effect.forEach(deliveries, (delivery) => {
        assert.strictEqual(Signature.verify(webhooks.signature, delivery, config, 0), "genuine")
        return Effect.map(webhooks.parse(JSON.parse(new TextDecoder().decode(delivery.body)), delivery), (each) =>
          each.claims.map(({ change, entity }) => `${entity} ${change._tag}`)
        )
      })
      assert.deepStrictEqual(claims.flat(), ["product Touched", "variant Touched", "product Gone"])
    })
  )
})
