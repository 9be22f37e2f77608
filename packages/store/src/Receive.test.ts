import { ConnectionName, EntityType, IntegrationName, TenantId } from "@syncline/core"
import { assert, describe, layer as suite } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { declare, id, integration, job, layer, tenant } from "../test/World.ts"
import { burstMs, type Claim, Claims, quietMs } from "./Claims.ts"
import { Database } from "./Database.ts"
import { Fleet } from "./Fleet.ts"
import { type Arrival, Receive } from "./Receive.ts"
import { StoreClock } from "./StoreClock.ts"
import { WebhookPaths } from "./WebhookPaths.ts"

let nowMs = 1_795_000_000_000
/** Time stands still, unless a test moves it. */
const clock = Layer.succeed(StoreClock, { nowMs: () => Effect.sync(() => nowMs) })
const other = TenantId.make("umbrella")
const connection = ConnectionName.make("stripe")
const pairOf = (entity: string, of = tenant) => ({ tenant: of, integration, entity: EntityType.make(entity) })

const claimOf = (name: string | number, entity: string): Claim => ({
  integration: IntegrationName.make("billing"),
  entity: EntityType.make(entity),
  side: "source",
  id: id(name),
  job
})
const arrivalOf = (delivery: string, claims: ReadonlyArray<Claim>, of = tenant): Arrival => ({
  tenant: of,
  connection,
  body: new TextEncoder().encode(`{"id":"${delivery}"}`),
  deliveries: [{ id: delivery, claims }],
  unread: null,
  otherVersion: null
})
/** What no index can hold, and nothing can make shorter. */
const tooLong = id(Array.from({ length: 6000 }, (_, n) => ((n * 7919 * n) % 46_656).toString(36)).join(""))
const count = (of: TenantId, where = "true") =>
  Effect.flatMap(Database, (database) =>
    Effect.map(
      database.transaction(of, ({ query }) =>
        query(`select count(*)::int as n from syncline.delivery where tenant_id = $1 and ${where}`, [of])
      ),
      ([row]) => Number(row?.["n"])
    )
  )

suite(Layer.provideMerge(layer, clock))("Receive", (it) => {
  describe("the inbox", () => {
    it.effect("keeps each delivery once, and of a record one claim for however many", () =>
      Effect.gen(function* () {
        yield* declare()
        yield* declare(other)
        const { receive } = yield* Receive
        const claims = yield* Claims
        const pair = pairOf("once")
        yield* receive(arrivalOf("once-1", [claimOf(1, "once")]))
        yield* Effect.all(
          [
            receive(arrivalOf("once-1", [claimOf(1, "once")])),
            receive(arrivalOf("once-2", [claimOf(1, "once"), claimOf(2, "once")])),
            receive(arrivalOf("once-2", [claimOf(1, "once"), claimOf(2, "once")]))
          ],
          { concurrency: "unbounded" }
        )
        assert.strictEqual(yield* count(tenant, "delivery_id like 'once-%'"), 2)
        const due = yield* claims.due(pair, 10)
        assert.deepStrictEqual(
          due.map(({ claims, id }) => [id, claims]),
          [
            [id(1), 2],
            [id(2), 1]
          ]
        )
        yield* claims.answered(pair, job, due)
        assert.deepStrictEqual(yield* claims.due(pair, 10), [])
        // Sent again long after: still known.
        nowMs += 3 * 86_400_000
        yield* receive(arrivalOf("once-2", [claimOf(2, "once")]))
        assert.deepStrictEqual(yield* claims.due(pair, 10), [])
      })
    )

    it.effect("shares transactions between requests and tenants, and keeps tenants apart", () =>
      Effect.gen(function* () {
        const { receive } = yield* Receive
        const claims = yield* Claims
        const many = Array.from({ length: 600 }, (_, n) =>
          arrivalOf(`many-${n}`, [claimOf(n, "many")], n % 3 === 0 ? other : tenant)
        )
        yield* Effect.forEach(many, receive, { concurrency: "unbounded", discard: true })
        assert.strictEqual(yield* count(tenant, "delivery_id like 'many-%'"), 400)
        assert.strictEqual(yield* count(other, "delivery_id like 'many-%'"), 200)
        assert.strictEqual((yield* claims.due(pairOf("many"), 1000)).length, 400)
        assert.strictEqual((yield* claims.due(pairOf("many", other), 1000)).length, 200)
      })
    )

    it.effect("one that the database does not take does not cost the others their place", () =>
      Effect.gen(function* () {
        const { receive } = yield* Receive
        const bad = arrivalOf("mixed-bad", [{ ...claimOf(1, "mixed"), id: tooLong }])
        const exits = yield* Effect.forEach(
          [arrivalOf("mixed-1", []), bad, arrivalOf("mixed-2", [])],
          (arrival) => Effect.exit(receive(arrival)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(
          exits.map(({ _tag }) => _tag),
          ["Success", "Failure", "Success"]
        )
        assert.strictEqual(yield* count(tenant, "delivery_id like 'mixed-%'"), 2)
      })
    )

    it.effect("keeps a body that could not be read, byte by byte, until it could", () =>
      Effect.gen(function* () {
        const inbox = yield* Receive
        const claims = yield* Claims
        const body = Uint8Array.from({ length: 256 }, (_, byte) => byte)
        yield* inbox.receive({
          ...arrivalOf("strange", []),
          body,
          unread: { request: { headers: { topic: "a" } }, why: 'expected a string at ["type"]' }
        })
        const [found] = yield* inbox.unread(tenant, connection, 10)
        assert.deepStrictEqual([...(found?.body ?? [])], [...body])
        assert.deepStrictEqual(found?.request, { headers: { topic: "a" } })
        yield* inbox.reread(tenant, connection, "strange", [claimOf(7, "strange")])
        assert.deepStrictEqual(yield* inbox.unread(tenant, connection, 10), [])
        assert.strictEqual((yield* claims.due(pairOf("strange"), 10)).length, 1)
      })
    )

    it.effect("forgets what is older than anybody sends again", () =>
      Effect.gen(function* () {
        const inbox = yield* Receive
        yield* inbox.receive(arrivalOf("old", []))
        nowMs += 1000
        yield* inbox.receive(arrivalOf("new", []))
        assert.isAbove(yield* inbox.forget(tenant, { keptMs: 500, limit: 10_000 }), 0)
        assert.strictEqual(yield* count(tenant, "delivery_id = 'old'"), 0)
        assert.strictEqual(yield* count(tenant, "delivery_id = 'new'"), 1)
      })
    )
  })

  describe("a claim", () => {
    it.effect("is due at once; a burst on its record takes two readings, however many it has", () =>
      Effect.gen(function* () {
        const { receive } = yield* Receive
        const claims = yield* Claims
        const pair = pairOf("burst")
        let readings = 0
        const read = Effect.gen(function* () {
          const due = yield* claims.due(pair, 10)
          readings += due.length
          yield* claims.answered(pair, job, due)
        })
        for (let event = 0; event < 40; event++) {
          yield* receive(arrivalOf(`burst-${event}`, [claimOf(1, "burst")]))
          yield* read
          nowMs += 100
        }
        assert.strictEqual(readings, 1)
        assert.isNotNull(yield* claims.nextDueAtMs(pair))
        nowMs += quietMs
        yield* read
        yield* read
        assert.strictEqual(readings, 2)
        assert.isNull(yield* claims.nextDueAtMs(pair))
      })
    )

    it.effect("on a record that never rests is due all the same", () =>
      Effect.gen(function* () {
        const { receive } = yield* Receive
        const claims = yield* Claims
        const pair = pairOf("restless")
        const readAtMs: Array<number> = []
        const beganAtMs = nowMs
        for (let event = 0; event < 120; event++) {
          yield* receive(arrivalOf(`restless-${event}`, [claimOf(1, "restless")]))
          const due = yield* claims.due(pair, 10)
          if (due.length > 0) readAtMs.push(nowMs - beganAtMs)
          yield* claims.answered(pair, job, due)
          nowMs += 200
        }
        assert.deepStrictEqual(readAtMs, [0, burstMs, 2 * burstMs])
      })
    )

    it.effect("that comes while its record is read is answered by another reading", () =>
      Effect.gen(function* () {
        const { receive } = yield* Receive
        const claims = yield* Claims
        const pair = pairOf("meanwhile")
        yield* receive(arrivalOf("meanwhile-1", [claimOf(1, "meanwhile")]))
        const due = yield* claims.due(pair, 10)
        yield* receive(arrivalOf("meanwhile-2", [claimOf(1, "meanwhile")]))
        yield* claims.answered(pair, job, due)
        assert.deepStrictEqual(yield* claims.due(pair, 10), [])
        nowMs += quietMs
        assert.strictEqual((yield* claims.due(pair, 10)).length, 1)
      })
    )
  })

  describe("a path", () => {
    it.effect("stays the connection's, and leads to it whoever's tenant it is", () =>
      Effect.gen(function* () {
        const paths = yield* WebhookPaths
        const fleet = yield* Fleet
        assert.strictEqual(yield* paths.ensure(other, connection, "p".repeat(22)), "p".repeat(22))
        assert.strictEqual(yield* paths.ensure(other, connection, "q".repeat(22)), "p".repeat(22))
        const found = yield* fleet.webhookPath("p".repeat(22))
        assert.deepInclude(found, { _tag: "Some" })
        assert.deepStrictEqual(
          (yield* paths.list(other)).map(({ connection }) => connection),
          [connection]
        )
        assert.deepStrictEqual(yield* paths.list(tenant), [])
        assert.deepInclude(yield* fleet.webhookPath("q".repeat(22)), { _tag: "None" })
      })
    )
  })
})
