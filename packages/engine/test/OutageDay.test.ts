/**
 * A provider that is away for hours, in virtual time: it is asked seldom, nothing is given up, and no record pays for it.
 *
 * `SYNCLINE_OUTAGE_HOURS=24 npm test -- packages/engine/test/OutageDay` for a whole day.
 */
import { HttpClient } from "@syncline/connector"
import { defaultTenant, JobName } from "@syncline/core"
import { Fleet, Store, StoreClock, Wakes } from "@syncline/store"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer, Queue, Redacted } from "effect"
import { TestClock } from "effect/testing"
import process from "node:process"
import { Engine } from "../src/index.ts"
import * as Tenancy from "../src/Tenancy.ts"
import * as Turn from "../src/Turn.ts"
import * as CrmAndStripe from "./CrmAndStripe.ts"
import * as PeopleToCustomers from "./PeopleToCustomers.ts"

const hours = Number(process.env["SYNCLINE_OUTAGE_HOURS"] ?? 0.5)

/** The store's time is the test's as well. */
const virtual = { nowMs: () => Clock.currentTimeMillis }

const worker: Fleet.WorkerProcess = { worker: "one", host: "here", pid: 1 }

/** Lets time pass for as long as the effect waits for it. What it asks of the database takes real time meanwhile. */
const passing = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    while (fiber.pollUnsafe() === undefined) {
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 1)))
      yield* TestClock.adjust("2 seconds")
    }
    return yield* Fiber.join(fiber)
  })

describe("a provider that is away", () => {
  it.effect(
    "is asked seldom, whatever waits for it; nothing dies and no attempt is counted",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(Date.UTC(2026, 0, 1))
        const { account, isEven, query, url } = yield* CrmAndStripe.open()
        const project = PeopleToCustomers.projectOf(account.apiKey, "http://127.0.0.1:1")
        const services = yield* Layer.build(
          Engine.layer(project).pipe(
            Layer.provideMerge(Store.layer({ url: Redacted.make(url) })),
            Layer.provideMerge(HttpClient.layerOf(account.remote))
          )
        )
        const provided = Effect.provideContext(services)
        const wakes = yield* provided(Wakes.Wakes)
        const fleet = yield* provided(Fleet.Fleet)
        const registry = yield* provided(Tenancy.open(project, defaultTenant))
        const wake = wakes.wake(defaultTenant, [
          { job: JobName.make("people"), class: "delta", trigger: "manual", dueAtMs: null }
        ])
        let turns = 0
        /** Takes what is due and drives it until it is not. */
        const turn = Effect.gen(function* () {
          yield* fleet.beat(worker)
          for (const driven of yield* fleet.take(worker, 1)) {
            turns++
            const never = Effect.succeed(false)
            yield* Turn.run({
              driven,
              registry,
              othersWait: never,
              isStopping: never,
              mayCall: Effect.succeed(true),
              nudges: yield* Queue.sliding<void>(1),
              onServed: () => Effect.void
            }).pipe(provided)
          }
        })
        const untilNext = Effect.gen(function* () {
          const [row] = yield* query(
            "select (extract(epoch from min(due_at)) * 1000)::float8 as due from syncline.driver where due_at is not null"
          )
          const nowMs = yield* Clock.currentTimeMillis
          yield* TestClock.setTime(Math.max(nowMs + 1_000, Number(row?.["due"] ?? nowMs + 60_000)))
        })

        yield* query(
          "insert into crm.people (name, email) select 'p' || i, i || '@example.com' from generate_series(1, 5) i"
        )
        yield* wake
        yield* passing(turn)
        yield* isEven

        // What is under way when it goes: writes that it may have made, then nothing but refusals.
        let isAway = true
        let isReadable = true
        yield* account.faults.next(1_000_000, ({ method }) => isAway && (!isReadable || method === "POST"), {
          _tag: "Answer",
          reply: () => ({ status: 503, headers: {}, body: "{}" })
        })
        yield* query(
          "insert into crm.people (name, email) select 'q' || i, i || '@example.net' from generate_series(1, 5) i"
        )
        yield* query("update crm.people set note = 'changed' where name like 'p%'")
        yield* wake
        yield* passing(turn)
        isReadable = false
        const goneAtMs = yield* Clock.currentTimeMillis
        turns = 0
        const callsBefore = yield* account.calls.total
        while ((yield* Clock.currentTimeMillis) - goneAtMs < hours * 3_600_000) {
          yield* untilNext
          // As its schedule would.
          yield* wake
          yield* passing(turn)
        }
        const calls = (yield* account.calls.total) - callsBefore
        const [spent] = yield* query(
          `select (select count(*) from syncline.retry_ledger)::int as failed, (select max(attempts) from syncline.outbox)::int as attempts,
             (select count(*) from syncline.outbox where state in ('failed', 'dead'))::int as stopped,
             (select count(*) from syncline.outbox)::int as unsettled, (select max(retries) from syncline.job)::int as retries`
        )
        assert.deepStrictEqual({ ...spent }, { failed: 0, attempts: 0, stopped: 0, unsettled: 10, retries: 0 })
        assert.isAtMost(turns, 12 + hours * 31, "two minutes between two times that it is asked")
        assert.isAtMost(calls, turns * 12)

        isAway = false
        for (let n = 0; n < 5; n++) {
          yield* untilNext
          yield* passing(turn)
        }
        yield* isEven
      }).pipe(Effect.scoped, Effect.provideService(StoreClock, virtual)),
    600_000
  )
})
