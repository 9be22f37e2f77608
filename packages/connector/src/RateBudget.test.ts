import { assert, describe, it } from "@effect/vitest"
import { PriorityClass } from "@syncline/core"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Priority } from "./Calling.ts"
import * as RateBudget from "./RateBudget.ts"
import type { Budget } from "./Remote.ts"

const perSecond: Budget = { units: 25, windowMs: 1000, of: "connection" }
const perMinute: Budget = { units: 300, windowMs: 60_000, of: "connection" }

/** Starts `count` calls at once and lets `ms` pass; the times at which they went out. */
const sendTimes = Effect.fn(function* (gate: RateBudget.Gate, count: number, ms: number) {
  const times: Array<number> = []
  const call = Effect.map(Clock.currentTimeMillis, (nowMs) => {
    times.push(nowMs)
  })
  const fiber = yield* Effect.forkChild(
    Effect.forEach(Array.from({ length: count }), () => gate.run(1, call), { concurrency: "unbounded", discard: true })
  )
  yield* TestClock.adjust(ms)
  yield* Fiber.interrupt(fiber)
  return times
})

const mostInAnyWindow = (times: ReadonlyArray<number>, windowMs: number) =>
  Math.max(0, ...times.map((start) => times.filter((time) => time >= start && time < start + windowMs).length))

describe("RateBudget", () => {
  it.effect("no window of any budget sees more than its units and one burst", () =>
    Effect.gen(function* () {
      const gate = yield* RateBudget.gate([perSecond, perMinute], 1000)
      const times = yield* sendTimes(gate, 1000, 100_000)
      for (const budget of [perSecond, perMinute]) {
        assert.isAtMost(mostInAnyWindow(times, budget.windowMs), budget.units + RateBudget.burstOf(budget))
      }
    })
  )

  it.effect("uses what it is given: a second budget lets its units through each second", () =>
    Effect.gen(function* () {
      const gate = yield* RateBudget.gate([perSecond], 1000)
      const times = yield* sendTimes(gate, 1000, 10_000)
      assert.isAtLeast(times.length, 250)
    })
  )

  it.effect("a short window is not spent at its first moment", () =>
    Effect.gen(function* () {
      const gate = yield* RateBudget.gate([perSecond], 1000)
      const times = yield* sendTimes(gate, 100, 0)
      assert.strictEqual(times.length, RateBudget.burstOf(perSecond))
    })
  )

  it.effect("a call dearer than a burst still goes out", () =>
    Effect.gen(function* () {
      const gate = yield* RateBudget.gate([perSecond], 1)
      const first = yield* Effect.forkChild(gate.run(20, Clock.currentTimeMillis))
      const second = yield* Effect.forkChild(gate.run(20, Clock.currentTimeMillis))
      yield* TestClock.adjust(5_000)
      assert.strictEqual(yield* Fiber.join(first), 0)
      assert.strictEqual(yield* Fiber.join(second), 800)
    })
  )

  it.effect("a pause holds also the calls that already waited for their turn", () =>
    Effect.gen(function* () {
      const gate = yield* RateBudget.gate([perSecond], 1000)
      const fiber = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 10 }), () => gate.run(1, Clock.currentTimeMillis), {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust(0)
      yield* gate.pause(5_000)
      yield* TestClock.adjust(100)
      yield* gate.pause(7_000)
      yield* TestClock.adjust(20_000)
      const times = yield* Fiber.join(fiber)
      const burst = RateBudget.burstOf(perSecond)
      assert.deepStrictEqual(times.slice(0, burst), [0, 0, 0])
      for (const time of times.slice(burst)) assert.isAtLeast(time, 7_100)
    })
  )

  it.effect("never more calls in flight than allowed", () =>
    Effect.gen(function* () {
      const gate = yield* RateBudget.gate([], 3)
      let inFlight = 0
      let most = 0
      const call = Effect.gen(function* () {
        most = Math.max(most, ++inFlight)
        yield* Effect.sleep(10)
        inFlight--
      })
      const all = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 20 }), () => gate.run(1, call), { concurrency: "unbounded", discard: true })
      )
      yield* TestClock.adjust(1_000)
      yield* Fiber.join(all)
      assert.strictEqual(most, 3)
    })
  )

  it.effect("what the provider says is left wins over our own count", () =>
    Effect.gen(function* () {
      const gate = yield* RateBudget.gate([{ units: 1000, windowMs: 10_000, of: "connection" }], 10)
      yield* gate.run(50, Effect.void)
      yield* gate.observe({ units: 10, restorePerSecond: 5 })
      const late = yield* Effect.forkChild(gate.run(20, Clock.currentTimeMillis))
      yield* TestClock.adjust(60_000)
      assert.strictEqual(yield* Fiber.join(late), 2_000)
    })
  )

  it.effect("a call given up while it waits returns its units", () =>
    Effect.gen(function* () {
      const gate = yield* RateBudget.gate([perSecond], 10)
      yield* gate.run(3, Effect.void)
      const impatient = yield* Effect.forkChild(gate.run(100, Effect.void))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(impatient)
      const patient = yield* Effect.forkChild(gate.run(1, Clock.currentTimeMillis))
      yield* TestClock.adjust(10_000)
      assert.strictEqual(yield* Fiber.join(patient), 40)
    })
  )

  const day: Budget = { units: 100, windowMs: 100_000, of: "connection" }

  /** Starts so many calls of a class at once, and counts those that went out. */
  const flood = Effect.fn(function* (gate: RateBudget.Gate, of: PriorityClass.PriorityClass, count: number) {
    const sent = { count: 0, lastMs: 0 }
    const call = Effect.map(Clock.currentTimeMillis, (nowMs) => {
      sent.count++
      sent.lastMs = nowMs
    })
    yield* Effect.forkChild(
      Effect.forEach(Array.from({ length: count }), () => gate.run(1, call), {
        concurrency: "unbounded",
        discard: true
      }).pipe(Effect.provideService(Priority, of))
    )
    return sent
  })

  it.effect("a fifth of a quota is left for urgent calls while none of them wait", () =>
    Effect.gen(function* () {
      const gate = yield* RateBudget.gate([day], 8)
      const backfill = yield* flood(gate, "backfill", 1000)
      yield* TestClock.adjust(1)
      assert.strictEqual(backfill.count, 80)
      const webhooks = yield* flood(gate, "webhook", 20)
      yield* TestClock.adjust(1)
      // The rest is the backfill's share while both want more.
      assert.isAtLeast(webhooks.count, 16)
    })
  )

  it.effect("classes that all want a quota get it by their weights, and none less than a tenth", () =>
    Effect.gen(function* () {
      const gate = yield* RateBudget.gate([{ units: 100, windowMs: 10_000, of: "connection" }], 8)
      yield* gate.observe({ units: 0, restorePerSecond: 10 })
      const sent = new Map<PriorityClass.PriorityClass, { readonly count: number }>()
      for (const of of PriorityClass.PriorityClass.literals) sent.set(of, yield* flood(gate, of, 300))
      yield* TestClock.adjust(60_000)
      const all = [...sent.values()].reduce((sum, { count }) => sum + count, 0)
      assert.isAtLeast(all, 590)
      for (const [of, { count }] of sent) assert.approximately(count / all, PriorityClass.weights[of] / 100, 0.03, of)
    })
  )

  it.effect("calls that take long leave a slot for an urgent one", () =>
    Effect.gen(function* () {
      const gate = yield* RateBudget.gate([], 4)
      const slow = gate.run(1, Effect.never).pipe(Effect.provideService(Priority, "reconcile"))
      yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 10 }, () => slow),
          { concurrency: "unbounded" }
        )
      )
      yield* TestClock.adjust(1)
      yield* gate.run(1, Effect.void).pipe(Effect.provideService(Priority, "webhook"))
    })
  )
})
