/**
 * Time that the checks decide. Where only a connector and its stand-in are at work it is virtual and flows as fast as the work
 * allows. Where the engine's database is in between it is real, but may leap between two runs.
 */
import { LeapingClock } from "@syncline/connector/sandbox"
import { StoreClock } from "@syncline/store"
import { Clock, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"

/** A working day, on which every provider of today is open. 2026-11-02T09:00:00Z. */
const begunAtMs = 1_793_610_000_000

/** By how much time flows while nothing else can be done. Sleeps that end within it wake in their order, each at its own time. */
const stepMs = 500

/** Longer than any retry policy goes on. */
const patienceMs = 24 * 3_600_000

/** Runs it in time that stands still unless it is made to pass. */
export const virtual = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.andThen(TestClock.setTime(begunAtMs), effect).pipe(Effect.provide(TestClock.layer()))

/** Runs it in real time that may leap. */
export const leaping = LeapingClock.provide

/** Runs a check whose store's time leaps with ours, where both date one thing: what was seen, and the claim or the listing about it. */
export const inOneTime =
  <A, E, R>(run: (of: A) => Effect.Effect<void, E, R>) =>
  (of: A): Effect.Effect<void, E, R> =>
    Effect.provideService(run(of), StoreClock, { nowMs: () => Clock.currentTimeMillis })

/** Lets time pass at once. */
export const pass = (ms: number): Effect.Effect<void> =>
  Effect.clockWith((clock) => ("adjust" in clock && ms > 0 ? TestClock.adjust(ms) : LeapingClock.leap(ms)))

/** Runs it while virtual time passes. Real time passes by itself. */
export const flowing = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.clockWith((clock) => ("adjust" in clock ? driven(effect) : effect))

const driven = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(effect)
    for (let passedMs = 0; fiber.pollUnsafe() === undefined && passedMs < patienceMs; passedMs += stepMs) {
      yield* breath
      if (fiber.pollUnsafe() === undefined) yield* TestClock.adjust(stepMs)
    }
    if (fiber.pollUnsafe() === undefined) {
      yield* Fiber.interrupt(fiber)
      return yield* Effect.die(new Error("it was still waiting after a day"))
    }
    return yield* Fiber.join(fiber)
  })

/** Lets whatever is ready run first. */
const breath = Effect.callback<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})
