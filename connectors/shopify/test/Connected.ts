/** The connector on a sandbox shop of its own within the process, as fast as it can go. */
import {
  type ConnectorError,
  type Entity,
  Http,
  HttpClient,
  HttpLayer,
  type Reason,
  type Walk
} from "@syncline/connector"
import type { Wire } from "@syncline/connector/sandbox"
import { type Fields, OpKey, RecordId } from "@syncline/core"
import { Effect, Fiber, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as ShopifySandbox from "../src/sandbox/index.ts"
import { Config, shopify } from "../src/Shopify.ts"

export const idOf = (record: Fields, field: string): RecordId => Schema.decodeUnknownSync(RecordId)(record[field])

export const connected = Effect.fn(function* (
  options: Parameters<typeof ShopifySandbox.open>[0] = {},
  input: Record<string, Schema.Json> = {}
) {
  const shop = yield* ShopifySandbox.open(options)
  const config = yield* Schema.decodeUnknownEffect(Config)({
    shop: shop.domain,
    accessToken: ShopifySandbox.defaultAccessToken,
    baseUrl: "http://127.0.0.1:4012",
    pointsPerSecond: 50_000_000,
    ...input
  })
  const { http, calls } = yield* Effect.provide(HttpLayer.make(shopify.remote(config)), HttpClient.layerOf(shop.remote))
  const requests: Array<Wire.Request> = []
  // A fault that no request meets sees them all.
  yield* shop.faults.next(
    1,
    (request) => {
      requests.push(request)
      return false
    },
    { _tag: "DropBefore" }
  )
  /** Runs it on this connection while time passes, as retries need. */
  const run = Effect.fn(function* <A>(effect: Effect.Effect<A, ConnectorError, Http>) {
    const fiber = yield* Effect.forkChild(Effect.provideService(effect, Http, http))
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  })
  const entities = new Map<string, Entity>(Object.entries(shopify.entities(config)))
  const entity = (name: string): Entity => {
    const found = entities.get(name)
    if (found === undefined) throw new Error(`no entity "${name}"`)
    return found
  }
  /** Every item of a walk; `between` happens after each page. */
  const drain = Effect.fn(function* <Item, Ending>(
    walk: Walk.Walk<Item, Ending, Http>,
    between: (page: number) => Effect.Effect<unknown> = () => Effect.void,
    from?: Schema.Json
  ) {
    const items: Array<Item> = []
    let position = from ?? (yield* run(walk.start))
    for (let page = 1; ; page += 1) {
      const read = yield* run(walk.read(position))
      items.push(...read.items)
      yield* between(page)
      const { next } = read
      if (!isMore(next)) return { items, pages: page, ending: next }
      position = next.position
    }
  })
  const create = Effect.fn(function* (name: string, ...patches: ReadonlyArray<Fields>) {
    const verb = entity(name).target?.create ?? (yield* Effect.die(new Error("no create")))
    const ops = patches.map((patch, index) => ({ key: OpKey.make(`op-${index}`), patch }))
    const outcomes = yield* Effect.forEach(ops, (op) => run(verb.run([op], op.key)))
    return outcomes.flatMap((each) => [...each.values()])
  })
  const update = Effect.fn(function* (name: string, base: Fields, patch: Fields, op = "update") {
    const { id, target } = entity(name)
    const verb = target?.update ?? (yield* Effect.die(new Error("no update")))
    const key = OpKey.make(op)
    const outcomes = yield* run(verb.run([{ key, id: idOf(base, id), patch, base }], OpKey.make(`b${requests.length}`)))
    return outcomes.get(key)
  })
  const remove = Effect.fn(function* (name: string, base: Fields) {
    const { id, target } = entity(name)
    const verb = target?.remove ?? (yield* Effect.die(new Error("no remove")))
    const key = OpKey.make("remove")
    const outcomes = yield* run(verb.run([{ key, id: idOf(base, id), base }], OpKey.make(`b${requests.length}`)))
    return outcomes.get(key)
  })
  const invoke = Effect.fn(function* (name: string, command: string, id: RecordId) {
    const verb = entity(name).target?.commands?.[command] ?? (yield* Effect.die(new Error("no command")))
    const [base] = yield* run(entity(name).source.get.run([id]))
    if (base?._tag !== "Present") return yield* Effect.die(new Error(`${id} is not there`))
    const key = OpKey.make(command)
    return (yield* run(verb.run([{ key, id, base: base.record }], OpKey.make(`b${requests.length}`)))).get(key)
  })
  return { invoke, shop, run, calls, entity, drain, create, update, remove, requests }
})

const isMore = (next: unknown): next is { readonly _tag: "More"; readonly position: Schema.Json } =>
  typeof next === "object" && next !== null && "_tag" in next && next._tag === "More"

export const stored = <A>(outcome: Result.Result<A, Reason> | undefined): A => {
  if (outcome === undefined) throw new Error("no outcome")
  return Result.getOrThrowWith(outcome, (reason) => new Error(`not stored: ${JSON.stringify(reason)}`))
}

export const refusal = (outcome: Result.Result<unknown, Reason> | undefined): Reason => {
  if (outcome === undefined || Result.isSuccess(outcome)) throw new Error("it was not refused")
  return outcome.failure
}
