/** The connector on a sandbox account of its own within the process, as fast as it can go. */
import { HttpClient, HttpLayer } from "@syncline/connector"
import { Verbs } from "@syncline/connector/sandbox"
import { Effect, Schema } from "effect"
import * as StripeSandbox from "../src/sandbox/index.ts"
import { Config, stripe } from "../src/Stripe.ts"

const size = {
  ...StripeSandbox.empty,
  customers: 1000,
  products: 30,
  prices: 60,
  subscriptions: 450,
  invoices: 700,
  paymentIntents: 320
}

export const connected = Effect.fn(function* (
  options: StripeSandbox.Options = {},
  input: Record<string, Schema.Json> = {}
) {
  const account = yield* StripeSandbox.open({ size, ...options })
  const config = yield* Schema.decodeUnknownEffect(Config)({
    apiKey: account.apiKey,
    baseUrl: "http://127.0.0.1:4010",
    requestsPerSecond: 1_000_000,
    ...input
  })
  const { http, calls } = yield* Effect.provide(
    HttpLayer.make(stripe.remote(config)),
    HttpClient.layerOf(account.remote)
  )
  return { account, calls, config, ...Verbs.on({ http, entities: stripe.entities(config) }) }
})
