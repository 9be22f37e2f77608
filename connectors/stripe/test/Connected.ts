/** The connector on a sandbox account of its own within the process, as fast as it can go. */
import { type ConnectorError, type Entity, Http, HttpClient, HttpLayer } from "@syncline/connector"
import { Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
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
  /** Runs it on this connection while time passes, as retries need. */
  const run = Effect.fn(function* <A>(effect: Effect.Effect<A, ConnectorError, Http>) {
    const fiber = yield* Effect.forkChild(Effect.provideService(effect, Http, http))
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  })
  const entities = new Map(Object.entries(stripe.entities(config)))
  const entity = (name: string): Entity => {
    const found = entities.get(name)
    if (found === undefined) throw new Error(`no entity "${name}"`)
    return found
  }
  return { account, run, calls, config, entity, names: [...entities.keys()] }
})
