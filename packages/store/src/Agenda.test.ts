import { assert, describe, layer } from "@effect/vitest"
import { Counters } from "@syncline/core"
import { Effect } from "effect"
import * as Pair from "../test/Pair.ts"
import * as World from "../test/World.ts"
import { Agenda } from "./Agenda.ts"
import type { PairKey } from "./Batch.ts"
import { Claims, put } from "./Claims.ts"
import { Database } from "./Database.ts"
import { Executions } from "./Executions.ts"
import { Lanes } from "./Lanes.ts"

/** What a look tells of, by side. */
const toldOf = Effect.fnUntraced(function* (pair: PairKey) {
  const agenda = yield* (yield* Agenda).of(pair, yield* World.start(pair))
  return Object.values(agenda).flatMap(({ side, ...kinds }) =>
    Object.entries(kinds).flatMap(([kind, isAny]) => (isAny ? [`${side} ${kind}`] : []))
  )
})

const aheadOf = ({ entity, integration, tenant }: PairKey) =>
  Effect.flatMap(Agenda, (agenda) =>
    Effect.map(agenda.ahead(tenant, integration), (all) => all.filter((each) => each.entity === entity))
  )

describe("Agenda", () => {
  layer(World.layer, { excludeTestServices: true })((it) => {
    it.effect("of a pair where all is done nothing is told", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("quiet")
        assert.deepStrictEqual(yield* toldOf(pair.key), [])
        yield* pair.decide("a", { name: "Ada" })
        const [sent] = yield* pair.send(10)
        yield* pair.settle(sent, "applied")
        assert.deepStrictEqual(yield* toldOf(pair.key), [])
        assert.deepStrictEqual(yield* aheadOf(pair.key), [])
        yield* pair.release
      })
    )

    it.effect(
      "tells of a write that may be sent, of one that failed, and of one in doubt, until each is gone on with",
      () =>
        Effect.gen(function* () {
          const pair = yield* Pair.held("write")
          yield* pair.decide("a", { name: "Ada" })
          assert.deepStrictEqual(yield* toldOf(pair.key), ["target isToSend"])
          const [ahead] = yield* aheadOf(pair.key)
          assert.isNotNull(ahead?.nextSendAtMs)
          const [sent] = yield* pair.send(10)
          assert.deepStrictEqual(yield* toldOf(pair.key), [])
          yield* pair.settle(sent, "failed")
          assert.deepStrictEqual(yield* toldOf(pair.key), ["target hasFailed"])
          yield* pair.release
          const next = yield* Pair.held("write")
          yield* (yield* Lanes).retryFailed(next.target)
          yield* next.send(10)
          yield* next.release
          const last = yield* Pair.held("write")
          assert.deepStrictEqual(yield* toldOf(last.key), ["target isDoubted"])
          yield* last.release
        })
    )

    it.effect("tells of records that wait, of those that nobody has seen, and of those that may go on", () =>
      Effect.gen(function* () {
        const contacts = yield* Pair.held("contact")
        const orders = yield* Pair.held("order")
        yield* orders.commit([], {
          waiting: [
            {
              key: World.key("o"),
              side: "source",
              id: World.id("o"),
              on: [{ _tag: "Unlinked", entity: contacts.key.entity, side: "source", id: World.id("p") }]
            }
          ]
        })
        assert.deepStrictEqual(yield* toldOf(orders.key), ["source isWaiting"])
        assert.deepStrictEqual(yield* toldOf(contacts.key), ["source isAwaited"])
        assert.deepStrictEqual(yield* aheadOf(orders.key), [])
        yield* contacts.decide("p", { name: "P" })
        assert.deepStrictEqual(yield* toldOf(orders.key), ["source isReady"])
        assert.deepInclude((yield* aheadOf(orders.key))[0], { isReady: true })
        yield* contacts.release
        yield* orders.release
      })
    )

    it.effect("tells of a record that failed in another execution, and of one that is claimed", () =>
      Effect.gen(function* () {
        const pair = yield* Pair.held("claimed")
        const failure = {
          key: World.key("a"),
          side: "target",
          class: "validation",
          cause: "c",
          message: "m",
          payload: {}
        } as const
        yield* pair.commit([], { failures: [failure], counters: Counters.of({ failed: 1 }) }, pair.target)
        assert.deepStrictEqual(yield* toldOf(pair.key), ["target isToRetry", "target hasLedger"])
        const own = yield* (yield* Agenda).of(pair.key, pair.target.execution)
        assert.isFalse(own.target.isToRetry)
        const claim = { ...pair.key, side: "source", id: World.id("b"), job: World.job } as const
        yield* (yield* Database).transaction(World.tenant, (transaction) => put(transaction, [claim]))
        assert.deepStrictEqual(yield* toldOf(pair.key), ["source isClaimed", "target isToRetry", "target hasLedger"])
        const claims = yield* Claims
        yield* claims.answered(pair.key, World.job, yield* claims.due(pair.key, 10))
        assert.deepStrictEqual(yield* toldOf(pair.key), ["target isToRetry", "target hasLedger"])
        yield* (yield* Executions).cancel(World.tenant, pair.target.execution, "over")
        yield* pair.release
      })
    )
  })
})
