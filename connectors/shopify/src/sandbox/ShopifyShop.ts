/** A Shopify shop that lives in this process. */
import { Signature } from "@syncline/connector"
import {
  type Account,
  Calls,
  Faults,
  Journal,
  OAuthServer,
  Transport,
  Webhooks,
  type Wire
} from "@syncline/connector/sandbox"
import { type Fields, RecordId } from "@syncline/core"
import { Clock, Effect, Redacted } from "effect"
import type { GraphQLSchema } from "graphql"
import * as Callback from "../Callback.ts"
import * as Api from "./Api.ts"
import * as Cost from "./Cost.ts"
import * as Hands from "./Hands.ts"
import * as Jobs from "./Jobs.ts"
import { believed, defaultClientId, defaultClientSecret, defaultShop, empty, type Options } from "./Options.ts"
import type { Setting } from "./Reads.ts"
import * as Root from "./Root.ts"
import * as Seeds from "./Seeds.ts"
import * as Shop from "./Shop.ts"
import * as Topics from "./Topics.ts"

export interface ShopifyShop extends Account {
  readonly domain: string
  /** Where things are counted. */
  readonly location: { readonly id: string; readonly name: string }
  readonly webhooks: Webhooks.Webhooks
  readonly nowMs: Effect.Effect<number>
  readonly authorization: OAuthServer.OAuthServer
}

/** `baseUrl` is where files of bulk operations are said to lie; `schema` another schema than our own to execute on. */
export const open = Effect.fn("ShopifySandbox.open")(function* (
  options: Options & { readonly baseUrl?: string; readonly schema?: GraphQLSchema } = {}
): Effect.fn.Return<ShopifyShop> {
  const nowMs = Effect.map(Clock.currentTimeMillis, (ms) => ms + (options.skewMs ?? 0))
  const domain = options.shop ?? defaultShop
  const profile = { ...believed, ...options.profile }
  const broken = options.broken ?? {}
  const shop = Shop.make({
    currency: options.currency ?? "EUR",
    leavesEvents: broken.events !== true
  })
  Seeds.plant(shop, { size: options.size ?? empty, seed: options.seed ?? 1, epochMs: yield* nowMs })
  // What was there before nobody is told of.
  shop.happenings()
  const faults = Faults.make()
  const calls = Calls.make(Journal.memory)
  const webhooks = yield* Webhooks.make({ retryAfterMs: Topics.retryAfterMs, ...options.webhooks })
  const topics = Topics.make({ webhooks, shop, domain, secret: defaultClientSecret })
  const setting = (ms: number, isBulk: boolean, slice: Setting["slice"]): Setting => ({
    nowMs: ms,
    lagMs: options.lagMs ?? 0,
    filtersCustomersByDay: profile.filtersCustomersByDay,
    losesLastPage: broken.lastPage === true,
    isBulk,
    slice
  })
  const jobs = Jobs.make({
    runsMs: profile.bulkMs,
    url: (id) => `${new URL(options.baseUrl ?? "http://127.0.0.1:4012").origin}/bulk/${id.split("/").at(-1)}.jsonl`,
    read: (query, ms, slice) => Root.answer(context(ms, true, slice), query, {}).data,
    most: () => Math.max(...Shop.types.map((type) => shop.count(type)))
  })
  const context = (ms: number, isBulk = false, slice: Setting["slice"] = null): Root.Context => ({
    shop,
    jobs,
    topics,
    setting: setting(ms, isBulk, slice),
    name: "Ridgeway",
    domain,
    ...(options.schema !== undefined && { schema: options.schema })
  })
  const authorization = OAuthServer.make({
    clientId: defaultClientId,
    clientSecret: defaultClientSecret,
    authorizePath: "/admin/oauth/authorize",
    tokenPaths: ["/admin/oauth/access_token"],
    lifetimeMs: 3_600_000,
    graceMs: 30 * 86_400_000,
    graceEndsWithUse: true,
    more: { refresh_token_expires_in: 7_776_000 },
    returns: (query, ms) => {
      const said = new URLSearchParams(query)
      said.set("host", Buffer.from(`${domain}/admin`).toString("base64"))
      said.set("shop", domain)
      said.set("timestamp", String(Math.floor(ms / 1000)))
      said.set("hmac", Signature.sign(Redacted.make(defaultClientSecret), [Callback.signed(said)]).toString("hex"))
      return said
    },
    isEndless: (asked) => asked.get("expiring") !== "1",
    nowMs
  })
  const handler: Wire.Handler = Api.handler({
    context,
    calls,
    faults,
    nowMs,
    authorization,
    scopes: options.scopes ?? null,
    bucket:
      options.pointsPerSecond === null || options.pointsPerSecond === undefined
        ? null
        : Cost.bucket(options.pointsPerSecond),
    forgetsKeys: broken.idempotency === true,
    tell: topics.tell
  })
  const told = Effect.suspend(() => Effect.flatMap(nowMs, (ms) => topics.tell(shop.happenings(), ms)))
  const hands = Hands.make(shop)

  return {
    domain,
    location: shop.location,
    handler,
    remote: Transport.client(handler),
    faults,
    calls,
    webhooks,
    nowMs,
    authorization,
    user: {
      create: (entity: string, fields: Fields) =>
        Effect.flatMap(nowMs, (ms) =>
          Effect.tap(
            Effect.sync(() => RecordId.make(hands.create(entity, fields, ms))),
            () => told
          )
        ),
      edit: (entity: string, id: RecordId, fields: Fields) =>
        Effect.flatMap(nowMs, (ms) =>
          Effect.andThen(
            Effect.sync(() => hands.edit(entity, id, fields, ms)),
            told
          )
        ),
      remove: (_: string, id: RecordId) =>
        Effect.flatMap(nowMs, (ms) =>
          Effect.andThen(
            Effect.sync(() => shop.destroy(id, ms)),
            told
          )
        )
    },
    truth: (entity) =>
      Effect.map(
        nowMs,
        (ms) => new Map(hands.truth(entity, (query) => Root.answer(context(ms, true), query, {}).data))
      ),
    count: (entity) => Effect.sync(() => shop.count(Hands.typeOf(entity)))
  }
})
