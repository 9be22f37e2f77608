import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as Pair from "../test/Pair.ts"
import * as World from "../test/World.ts"
import { Database } from "./Database.ts"
import { Lanes } from "./Lanes.ts"
import { Maintenance, remainsKeptMs, tombstonesKeptMs } from "./Maintenance.ts"
import { PairLinks } from "./PairLinks.ts"
import { StoreClock } from "./StoreClock.ts"

const time = { nowMs: 1_800_000_000_000 }
const clock = Layer.succeed(StoreClock, { nowMs: () => Effect.sync(() => time.nowMs) })

describe("Maintenance", () => {
  layer(Layer.merge(World.layer, clock), { excludeTestServices: true })((it) => {
    it.effect("old tombstones, empty lanes and awaited rows go; what is under way keeps its record", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("tidy")
        const { tidy } = yield* Maintenance
        for (const name of ["gone", "pushed", "alive"]) {
          yield* pair.decide(name, { name })
          const [sent] = yield* pair.send(1)
          yield* pair.settle(sent, "applied")
        }
        for (const name of ["gone", "pushed"]) {
          const { key, link, version } = yield* pair.situation(name)
          if (link === null) return assert.fail("it is linked")
          yield* pair.commit([yield* pair.situation(name)], {
            pairLinks: [
              {
                key,
                readVersion: version,
                sourceId: link.sourceId,
                targetId: link.targetId,
                status: "stale",
                isDeleted: true,
                source: null,
                target: "keep"
              }
            ],
            entries: name === "pushed" ? [{ key, side: "target", draft: Pair.draftOf("delete", {}) }] : []
          })
        }
        yield* pair.commit([], {
          waiting: [
            {
              key: World.key("alive"),
              side: "source",
              id: World.id("alive"),
              on: [{ _tag: "Unlinked", entity: pair.key.entity, side: "source", id: World.id("never") }]
            }
          ]
        })
        const nothing = { tombstones: 0, lanes: 0, awaited: 0, executions: 0, history: 0, givenUp: 0, answered: 0 }
        assert.deepStrictEqual(yield* tidy(World.tenant, { limit: 10 }), nothing)
        time.nowMs += remainsKeptMs + 1
        assert.deepStrictEqual(yield* tidy(World.tenant, { limit: 10 }), { ...nothing, lanes: 2 })
        time.nowMs += tombstonesKeptMs
        assert.deepStrictEqual(yield* tidy(World.tenant, { limit: 10 }), { ...nothing, tombstones: 1 })
        assert.deepStrictEqual(yield* (yield* PairLinks).count(pair.key), { live: 1, deleted: 1 })
        assert.strictEqual((yield* (yield* Lanes).of(pair.key, World.key("pushed"))).length, 1)
        yield* pair.commit([], {
          waiting: [{ key: World.key("alive"), side: "source", id: World.id("alive"), on: [] }]
        })
        assert.deepStrictEqual(yield* tidy(World.tenant, { limit: 10 }), { ...nothing, awaited: 1 })
        const { transaction } = yield* Database
        yield* transaction(World.tenant, ({ nowMs, query }) =>
          query(
            `insert into syncline.claim (tenant_id, integration, entity, side, record_id, claims, is_pending, due_at, claimed_at, read_at)
             select $1, 'billing', 'customer', 'source', 'r' || i, 1, i = 3, at, at, at
             from generate_series(1, 3) i, to_timestamp(($2::float8 - case i when 1 then 59000 else 61000 end) / 1000) as at`,
            [World.tenant, nowMs]
          )
        )
        assert.deepStrictEqual(yield* tidy(World.tenant, { limit: 10 }), { ...nothing, answered: 1 })
        yield* transaction(World.tenant, ({ nowMs, query }) =>
          query(
            `insert into syncline.given_up
             select $1, 'billing', 'customer', 'k' || i, null, null, null, 'cause', 'ada', '', to_timestamp(($2::float8 - i * 86400000.0) / 1000)
             from generate_series(364, 367) i`,
            [World.tenant, nowMs]
          )
        )
        assert.deepStrictEqual(yield* tidy(World.tenant, { limit: 10 }), { ...nothing, givenUp: 2 })
      })
    )
  })
})
