/**
 * How much may be asked of a provider, and when: token buckets as data, and a gate that waits for them.
 *
 * A bucket fills at `units / windowMs` and holds one burst, so any window sees at most its units and one burst more. A burst is
 * a tenth of the units where the window is short, since providers count short windows strictly, and all of them where it is a
 * quota of ten seconds or longer.
 */
import { Clock, Effect, Semaphore } from "effect"
import type { Budget } from "./Remote.ts"

interface Bucket {
  readonly burst: number
  readonly unitsPerMs: number
  /** Negative while calls that wait have already been promised theirs. */
  readonly tokens: number
  readonly atMs: number
}

interface State {
  readonly buckets: ReadonlyArray<Bucket>
  /** Nothing is sent before this: the provider asked for a pause. */
  readonly pausedUntilMs: number
}

const quotaWindowMs = 10_000

export const burstOf = ({ units, windowMs }: Pick<Budget, "units" | "windowMs">): number =>
  windowMs < quotaWindowMs ? Math.max(1, Math.ceil(units / 10)) : units

/** All buckets full. */
const fresh = (budgets: ReadonlyArray<Budget>, nowMs: number): State => ({
  buckets: budgets.map((budget) => ({
    burst: burstOf(budget),
    unitsPerMs: budget.units / budget.windowMs,
    tokens: burstOf(budget),
    atMs: nowMs
  })),
  pausedUntilMs: 0
})

const filled = (bucket: Bucket, nowMs: number): Bucket => ({
  ...bucket,
  tokens: Math.min(bucket.burst, bucket.tokens + Math.max(0, nowMs - bucket.atMs) * bucket.unitsPerMs),
  atMs: Math.max(nowMs, bucket.atMs)
})

/** Takes `cost` units of every bucket now, and says how long the caller waits until they are there. First come, first served. */
const reserve = (state: State, cost: number, nowMs: number): { readonly state: State; readonly waitMs: number } => {
  const buckets = state.buckets.map((bucket) => {
    const { tokens, ...rest } = filled(bucket, nowMs)
    return { ...rest, tokens: tokens - cost }
  })
  const waits = buckets.map(({ burst, tokens, unitsPerMs }) =>
    // A call dearer than a burst goes out when the bucket is full, or it would never go.
    tokens >= Math.min(0, burst - cost) ? 0 : Math.ceil((Math.min(0, burst - cost) - tokens) / unitsPerMs)
  )
  return { state: { ...state, buckets }, waitMs: Math.max(0, ...waits, state.pausedUntilMs - nowMs) }
}

/** Gives back what a call that was never sent had reserved. */
const refund = (state: State, cost: number): State => ({
  ...state,
  buckets: state.buckets.map((bucket) => ({ ...bucket, tokens: Math.min(bucket.burst, bucket.tokens + cost) }))
})

const pause = (state: State, untilMs: number): State => ({
  ...state,
  pausedUntilMs: Math.max(state.pausedUntilMs, untilMs)
})

/** What the provider itself says is left; it corrects the first bucket, less what is reserved and not answered yet. */
const observe = (
  state: State,
  remaining: { readonly units: number; readonly restorePerSecond: number },
  unanswered: number,
  nowMs: number
): State => ({
  ...state,
  buckets: state.buckets.map((bucket, index) =>
    index === 0
      ? { ...bucket, tokens: remaining.units - unanswered, unitsPerMs: remaining.restorePerSecond / 1000, atMs: nowMs }
      : bucket
  )
})

/** Lets calls through as the budgets allow. Budgets `of: "app"` are counted per connection until connections share a gate. */
export interface Gate {
  /** Runs a call when its turn has come. An interrupted wait gives its units back. */
  readonly run: <A, E, R>(cost: number, call: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Holds every call that has not been sent yet. */
  readonly pause: (ms: number) => Effect.Effect<void>
  readonly observe: (remaining: { readonly units: number; readonly restorePerSecond: number }) => Effect.Effect<void>
}

/** At most `concurrent` calls in flight. */
export const gate = Effect.fnUntraced(function* (
  budgets: ReadonlyArray<Budget>,
  concurrent: number
): Effect.fn.Return<Gate> {
  let state = fresh(budgets, yield* Clock.currentTimeMillis)
  let unanswered = 0
  const slots = yield* Semaphore.make(concurrent)

  const take = (cost: number) =>
    Effect.map(Clock.currentTimeMillis, (nowMs) => {
      const reserved = reserve(state, cost, nowMs)
      state = reserved.state
      unanswered += cost
      return { waitMs: reserved.waitMs, wasSent: false }
    })

  const wait = Effect.fnUntraced(function* (waitMs: number) {
    if (waitMs > 0) yield* Effect.sleep(waitMs)
    // A pause may have been asked for meanwhile, and lengthened while we waited for its end.
    while (true) {
      const leftMs = state.pausedUntilMs - (yield* Clock.currentTimeMillis)
      if (leftMs <= 0) return
      yield* Effect.sleep(leftMs)
    }
  })

  return {
    run: (cost, call) =>
      slots.withPermit(
        Effect.acquireUseRelease(
          take(cost),
          (turn) =>
            Effect.flatMap(wait(turn.waitMs), () => {
              turn.wasSent = true
              return call
            }),
          (turn) =>
            Effect.sync(() => {
              unanswered -= cost
              if (!turn.wasSent) state = refund(state, cost)
            })
        )
      ),
    pause: (ms) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        state = pause(state, nowMs + ms)
      }),
    observe: (remaining) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        state = observe(state, remaining, unanswered, nowMs)
      })
  }
})
