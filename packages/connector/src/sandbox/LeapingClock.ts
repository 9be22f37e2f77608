/** Real time that may leap: for stories whose days are short, with a database in between that knows real time only. */
import { Clock, Effect, Layer } from "effect"

class LeapingClock implements Clock.Clock {
  #leaptMs = 0
  readonly #real: Clock.Clock
  constructor(real: Clock.Clock) {
    this.#real = real
  }
  leap(ms: number): void {
    this.#leaptMs += ms
  }
  currentTimeMillisUnsafe(): number {
    return this.#real.currentTimeMillisUnsafe() + this.#leaptMs
  }
  currentTimeNanosUnsafe(): bigint {
    return this.#real.currentTimeNanosUnsafe() + BigInt(this.#leaptMs) * 1_000_000n
  }
  monotonicTimeNanosUnsafe(): bigint {
    return this.#real.monotonicTimeNanosUnsafe() + BigInt(this.#leaptMs) * 1_000_000n
  }
  readonly currentTimeMillis = Effect.sync(() => this.currentTimeMillisUnsafe())
  readonly currentTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())
  readonly monotonicTimeNanos = Effect.sync(() => this.monotonicTimeNanosUnsafe())
  sleep(duration: Parameters<Clock.Clock["sleep"]>[0]): Effect.Effect<void> {
    return this.#real.sleep(duration)
  }
}

/** Runs it in time that may leap. */
export const provide = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.clockWith((real) => Effect.provide(effect, Layer.succeed(Clock.Clock, new LeapingClock(real))))

/** Lets so many milliseconds pass at once. Any other time is left alone. */
export const leap = (ms: number): Effect.Effect<void> =>
  Effect.clockWith((clock) =>
    Effect.sync(() => {
      if (clock instanceof LeapingClock) clock.leap(Math.max(0, ms))
    })
  )
