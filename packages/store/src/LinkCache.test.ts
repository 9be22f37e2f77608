import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { connect } from "node:net"
import { createClient } from "redis"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import * as Pair from "../test/Pair.ts"
import * as World from "../test/World.ts"
import type { RecordSituation } from "./Batch.ts"
import { Commit } from "./Commit.ts"
import { LinkCache } from "./LinkCache.ts"
import type { Resolved } from "./PairLinks.ts"
import * as Store from "./Store.ts"

const redisUrl = "redis://127.0.0.1:6379/9"

const answers = await new Promise<boolean>((resolve) => {
  const socket = connect({ host: "127.0.0.1", port: 6379 }, () => {
    socket.destroy()
    resolve(true)
  })
  socket.on("error", () => resolve(false))
})

const storeWith = (url: string) =>
  Layer.unwrap(
    Effect.map(
      Effect.promise(() => storeDatabase()),
      (postgres) => Store.layer({ url: Redacted.make(postgres), redisUrl: Redacted.make(url) })
    )
  )

const mine = (entity: string) => (key: string) => key.includes(JSON.stringify(entity))

const client = Effect.acquireRelease(
  Effect.promise(() => createClient({ url: redisUrl }).connect()),
  (open) => Effect.sync(() => open.destroy())
)

/** A contact that both sides have, and an order that refers to it. */
const world = Effect.fnUntraced(function* (name: string) {
  const contacts = yield* Pair.held(`contact ${name}`)
  const orders = yield* Pair.held(`order ${name}`)
  yield* contacts.decide("p", { name: "P" })
  const [sent] = yield* contacts.send(1)
  yield* contacts.settle(sent, "applied")
  const cache = yield* LinkCache
  const look = (isAgain = false) =>
    Effect.map(
      cache.resolveReferences(
        World.tenant,
        World.integration,
        [{ entity: contacts.key.entity, side: "source", id: World.id("p") }],
        isAgain
      ),
      (found): Resolved | undefined => found[0]
    )
  /** Decides on the order with the contact as it was looked up. */
  const decide = Effect.fnUntraced(function* (situation: RecordSituation, contact: Resolved) {
    return yield* (yield* Commit).commit(
      {
        lease: orders.source,
        reads: [{ key: situation.key, version: situation.version }],
        references: [{ ...contact, usedBy: [situation.key] }],
        advance: null
      },
      () => Effect.succeed(World.nothing)
    )
  })
  return { contacts, orders, look, decide }
})

describe.skipIf(!answers)("LinkCache with Redis at 127.0.0.1:6379 (skipped where there is none)", () => {
  layer(storeWith(redisUrl), { excludeTestServices: true })((it) => {
    it.effect("remembers a link, never its absence, and Redis alone answers the second time", () =>
      Effect.gen(function* () {
        const { contacts, look } = yield* world("a")
        const redis = yield* client
        const first = yield* look()
        assert.deepInclude(first, { key: World.key("p"), targetId: Pair.made("p") })
        const kept = (yield* Effect.promise(() => redis.keys("*"))).filter(mine(contacts.key.entity))
        assert.strictEqual(kept.length, 3)
        // Whoever asks by the target's id is answered too; Postgres is not asked, so what Redis says is what is told.
        for (const key of kept) {
          yield* Effect.promise(() => redis.set(key, JSON.stringify({ ...first, version: 999 })))
        }
        assert.strictEqual((yield* look())?.version, 999)
        assert.strictEqual((yield* look(true))?.version, first?.version)
        assert.strictEqual((yield* look())?.version, first?.version)
        const cache = yield* LinkCache
        const unknown = { entity: contacts.key.entity, side: "source" as const, id: World.id("nobody") }
        assert.deepStrictEqual(yield* cache.resolveReferences(World.tenant, World.integration, [unknown], false), [])
        assert.strictEqual((yield* Effect.promise(() => redis.keys("*"))).filter(mine(contacts.key.entity)).length, 3)
      })
    )

    it.effect(
      "an entry that is garbage, or of another record, is not used; one with wrong ids is dropped by commit",
      () =>
        Effect.gen(function* () {
          const { contacts, decide, look, orders } = yield* world("b")
          const redis = yield* client
          const truth = yield* look()
          if (truth === undefined) return assert.fail("the contact is linked")
          const keys = (yield* Effect.promise(() => redis.keys("*"))).filter(mine(contacts.key.entity))
          const corrupt = (text: string) =>
            Effect.promise(() => Promise.all(keys.map((key) => redis.set(key, text)))).pipe(Effect.andThen(look()))
          assert.deepStrictEqual(yield* corrupt("{"), truth)
          assert.deepStrictEqual(yield* corrupt("[]"), truth)
          assert.deepStrictEqual(yield* corrupt(JSON.stringify({ ...truth, sourceId: "cus_other" })), truth)
          const situation = yield* orders.situation("o")
          for (const wrong of [
            { ...truth, key: World.key("other") },
            { ...truth, targetId: Pair.made("other") },
            { ...truth, targetId: null }
          ]) {
            const believed = yield* corrupt(JSON.stringify(wrong))
            assert.deepStrictEqual(believed, wrong)
            const { moved } = yield* decide(situation, wrong)
            assert.deepStrictEqual([...moved], [World.key("o")])
            const again = yield* look(true)
            assert.deepStrictEqual(again, truth)
            assert.strictEqual((yield* decide(situation, truth)).moved.size, 0)
          }
        })
    )
  })
})

describe("LinkCache", () => {
  const nobody = "redis://127.0.0.1:1"
  layer(storeWith(nobody), { excludeTestServices: true })((it) => {
    it.effect("a Redis that is down changes nothing but what answers", () =>
      Effect.gen(function* () {
        const { look } = yield* world("c")
        assert.deepInclude(yield* look(), { key: World.key("p"), targetId: Pair.made("p") })
        assert.deepInclude(yield* look(), { key: World.key("p"), targetId: Pair.made("p") })
      })
    )
  })
})
