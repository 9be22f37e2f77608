/** The circuit breaker of one run: told what became of each batch, it halts a run that cannot succeed. */
import { CircuitBreaker } from "@syncline/core"
import { Effect, Ref, Schema } from "effect"

/** The circuit breaker stopped the run. What was committed stays, the cursor included. */
export class Halted extends Schema.TaggedError<Halted>()("Halted", { reason: Schema.String }) {
  override get message(): string {
    return this.reason
  }
}

export type Breaker = Ref.Ref<CircuitBreaker.State>

export const make: Effect.Effect<Breaker> = Ref.make(CircuitBreaker.initial)

export const observe = Effect.fnUntraced(function* (
  breaker: Breaker,
  observations: ReadonlyArray<CircuitBreaker.Observation>
) {
  const state = yield* Ref.updateAndGet(breaker, (state) => observations.reduce(CircuitBreaker.observe, state))
  const verdict = CircuitBreaker.verdict(state)
  if (verdict._tag === "Open") return yield* new Halted({ reason: verdict.reason })
})
