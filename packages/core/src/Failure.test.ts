import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as Failure from "./Failure.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", { retryAfterMs: Schema.NullOr(Schema.Finite) }) {}

/** When each try was made, in ms since the first, of a call that never succeeds. */
const triesOf = (failureClass: Failure.Class, retryAfterMs: number | null) =>
  Effect.gen(function* () {
    const triesMs: Array<number> = []
    const call = Effect.gen(function* () {
      triesMs.push(yield* Clock.currentTimeMillis)
      return yield* new Refused({ retryAfterMs })
    })
    const fiber = yield* Effect.forkChild(
      Effect.exit(
        Effect.retry(
          call,
          Failure.schedule(failureClass, (error: Refused) => error.retryAfterMs)
        )
      )
    )
    yield* TestClock.adjust("1 hour")
    yield* Fiber.join(fiber)
    return triesMs.map((ms) => ms - (triesMs[0] ?? 0))
  })

const delaysOf = (triesMs: ReadonlyArray<number>) => triesMs.slice(1).map((ms, index) => ms - (triesMs[index] ?? 0))

describe("a call that never succeeds is tried", () => {
  it.effect("with growing delays where the failure is transient", () =>
    Effect.gen(function* () {
      const delays = delaysOf(yield* triesOf("transient", null))
      assert.lengthOf(delays, 6)
      for (const [index, delayMs] of delays.entries())
        assert.closeTo(delayMs, 500 * 2 ** index, 500 * 2 ** index * 0.25 + 1)
    })
  )

  it.effect("once more after a refresh where credentials were refused", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* triesOf("auth", null), [0, 0])
    })
  )

  it.effect("three times more where the record had moved", () =>
    Effect.gen(function* () {
      assert.lengthOf(yield* triesOf("conflict", null), 4)
    })
  )

  it.effect("never again where the record is at fault", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* triesOf("validation", null), [0])
    })
  )

  it.effect("not before the pause that the provider asked for", () =>
    Effect.gen(function* () {
      const delays = delaysOf(yield* triesOf("transient", 20_000))
      assert.lengthOf(delays, 6)
      for (const delayMs of delays) assert.isAtLeast(delayMs, 20_000)
    })
  )

  it.effect("no more in this run where that pause is an hour", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* triesOf("transient", 3_600_000), [0])
    })
  )
})

describe("the next delay", () => {
  const { transient } = Failure.policies
  it.each<[retry: number, random: number, retryAfterMs: number | null, delayMs: number | null]>([
    [1, 0.5, null, 500],
    [1, 0, null, 375],
    [2, 0.5, null, 1000],
    [6, 0.5, null, 16_000],
    [7, 0.5, null, null],
    [1, 0, 0, 0],
    [1, 0, 1000, 1000],
    [1, 1, 1000, 1250],
    [1, 0, -5, 0],
    [1, 0, 120_000, 120_000],
    [1, 0, 120_001, null]
  ])("of retry %i by chance %d, asked to wait %s, is %s", (retry, random, retryAfterMs, delayMs) =>
    assert.strictEqual(Failure.nextDelayMs(transient, retry, random, retryAfterMs), delayMs)
  )

  const Retry = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 }))
  const Chance = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMaximum: true }))
  const RetryAfterMs = Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 })))

  it.prop(
    "is never negative, never shorter than asked for, never longer than cap and jitter allow, and ends",
    { failureClass: Failure.Class, retry: Retry, random: Chance, retryAfterMs: RetryAfterMs },
    ({ failureClass, retry, random, retryAfterMs }) => {
      const policy = Failure.policies[failureClass]
      const delayMs = Failure.nextDelayMs(policy, retry, random, retryAfterMs)
      if (retry > policy.retries) return assert.isNull(delayMs)
      if (delayMs === null) return assert.isAbove(retryAfterMs ?? 0, policy.longestRetryAfterMs)
      assert.isAtLeast(delayMs, retryAfterMs ?? 0)
      assert.isAtMost(delayMs, (retryAfterMs ?? 0) + policy.capMs * (1 + policy.jitter))
    }
  )
})
