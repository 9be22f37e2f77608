/** The connector on a sandbox shop of its own within the process, as fast as it can go. */
import { type ConnectorError, HttpClient, HttpLayer, type Reason } from "@syncline/connector"
import { type Fields, OpKey, type RecordId } from "@syncline/core"
import { Verbs } from "@syncline/connector/sandbox"
import { Effect, type Result, Schema, type Scope } from "effect"
import * as ShopifySandbox from "../src/sandbox/index.ts"
import { Config, shopify } from "../src/Shopify.ts"

export const { idOf, refusal, stored } = Verbs

export interface Connected extends Verbs.Driven {
  readonly shop: ShopifySandbox.ShopifyShop
  /** Requests made so far. */
  readonly calls: Effect.Effect<number>
  readonly invoke: (
    name: string,
    command: string,
    id: RecordId
  ) => Effect.Effect<Result.Result<Fields, Reason> | undefined, ConnectorError>
}

export const connected = Effect.fn(function* (
  options: Parameters<typeof ShopifySandbox.open>[0] = {},
  input: Record<string, Schema.Json> = {}
): Effect.fn.Return<Connected, Schema.SchemaError, Scope.Scope> {
  const shop = yield* ShopifySandbox.open(options)
  const config = yield* Schema.decodeUnknownEffect(Config)({
    shop: shop.domain,
    accessToken: ShopifySandbox.defaultAccessToken,
    baseUrl: "http://127.0.0.1:4012",
    pointsPerSecond: 50_000_000,
    ...input
  })
  const { http, calls } = yield* Effect.provide(HttpLayer.make(shopify.remote(config)), HttpClient.layerOf(shop.remote))
  const verbs = yield* Verbs.driven({ http, entities: shopify.entities(config) }, shop.faults)
  const { entity, requests, run } = verbs
  const invoke = Effect.fn(function* (name: string, command: string, id: RecordId) {
    const verb = entity(name).target?.commands?.[command] ?? (yield* Effect.die(new Error("no command")))
    const [base] = yield* run(entity(name).source.get.run([id]))
    if (base?._tag !== "Present") return yield* Effect.die(new Error(`${id} is not there`))
    const key = OpKey.make(command)
    return (yield* run(verb.run([{ key, id, base: base.record }], OpKey.make(`b${requests.length}`)))).get(key)
  })
  return { invoke, shop, calls, ...verbs }
})
