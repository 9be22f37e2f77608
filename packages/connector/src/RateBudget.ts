/**
 * How much may be asked of a provider, and when: token buckets as data, and a gate that waits for them.
 *
 * A bucket fills at `units / windowMs` and holds one burst, so any window sees at most its units and one burst more. A burst is
 * a tenth of the units where the window is short, since providers count short windows strictly, and all of them where it is a
 * quota of ten seconds or longer.
 */
import { FairShare, PriorityClass } from "@syncline/core"
import { Clock, Effect } from "effect"
import { Priority } from "./Calling.ts"
import type { Budget } from "./Remote.ts"

interface Bucket {
  readonly burst: number
  readonly unitsPerMs: number
  /** Negative when the provider says that less is left than was taken. */
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

/** The part of each bucket that stays for urgent calls while none of them wait. */
const keptOf = ({ burst }: Bucket, isUrgent: boolean): number =>
  isUrgent ? 0 : Math.floor(burst * PriorityClass.keptShare)

/** How long until `cost` units of every bucket are there. A call dearer than a burst goes out when the bucket is full, or it would never go. */
const waitFor = (state: State, cost: number, isUrgent: boolean): number =>
  Math.max(
    0,
    ...state.buckets.map((bucket) => {
      const missing = Math.min(bucket.burst, cost + keptOf(bucket, isUrgent)) - bucket.tokens
      return missing <= 0 ? 0 : Math.ceil(missing / bucket.unitsPerMs)
    })
  )

const refilled = (state: State, nowMs: number): State => ({
  ...state,
  buckets: state.buckets.map((bucket) => filled(bucket, nowMs))
})

/** Takes `cost` units of every bucket. */
const take = (state: State, cost: number): State => ({
  ...state,
  buckets: state.buckets.map((bucket) => ({ ...bucket, tokens: bucket.tokens - cost }))
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

/** A call that waits for its turn. */
interface Waiter {
  readonly cost: number
  hasGone: boolean
  /** Lets it look again, while it sleeps. */
  wake: () => void
}

/**
 * At most `concurrent` calls in flight. Classes share slots and units fairly; of several slots one, and of the units a fifth, are
 * kept for urgent calls while none of them wait.
 */
export const gate = Effect.fnUntraced(function* (
  budgets: ReadonlyArray<Budget>,
  concurrent: number
): Effect.fn.Return<Gate> {
  const queues = new Map<PriorityClass.PriorityClass, Set<Waiter>>(
    PriorityClass.PriorityClass.literals.map((of) => [of, new Set<Waiter>()])
  )
  let state = fresh(budgets, yield* Clock.currentTimeMillis)
  let share = FairShare.initial
  let unanswered = 0
  let inFlight = 0
  let calm = 0
  /** Of those that wait, the one that sleeps until the next may go; it lets out all whose turn has come. */
  let watching: Waiter | null = null

  const first = (of: PriorityClass.PriorityClass): Waiter | undefined => queues.get(of)?.values().next().value

  const hasSlot = (of: PriorityClass.PriorityClass): boolean =>
    inFlight < concurrent && (PriorityClass.isUrgent(of) || concurrent === 1 || calm < concurrent - 1)

  /** Lets out whoever may go now; answers how long until the next may, or null when that depends on no time. */
  const letOut = (nowMs: number): number | null => {
    while (true) {
      const wanting = PriorityClass.PriorityClass.literals.filter((of) => first(of) !== undefined && hasSlot(of))
      if (wanting.length === 0) return null
      if (state.pausedUntilMs > nowMs) return state.pausedUntilMs - nowMs
      state = refilled(state, nowMs)
      const isContended = wanting.some(PriorityClass.isUrgent)
      const [next] = FairShare.order(share, wanting)
      const waiter = next === undefined ? undefined : first(next)
      if (next === undefined || waiter === undefined) return null
      const waitMs = waitFor(state, waiter.cost, isContended)
      if (waitMs > 0) return waitMs
      state = take(state, waiter.cost)
      share = FairShare.spend(share, next, waiter.cost)
      unanswered += waiter.cost
      inFlight++
      if (!PriorityClass.isUrgent(next)) calm++
      queues.get(next)?.delete(waiter)
      waiter.hasGone = true
      waiter.wake()
    }
  }

  /** Something has changed: somebody looks who may go now. */
  const look = () => {
    const [someone] = [...queues.values()].flatMap((queue) => queue.values().next().value ?? [])
    ;(watching ?? someone)?.wake()
  }

  const waitForTurn = Effect.fnUntraced(function* (waiter: Waiter) {
    while (true) {
      const waitMs = letOut(yield* Clock.currentTimeMillis)
      if (waiter.hasGone) return
      const woken = Effect.callback<void>((resume) => {
        waiter.wake = () => resume(Effect.void)
      })
      if (waitMs === null || watching !== null) yield* woken
      else {
        watching = waiter
        yield* Effect.raceFirst(woken, Effect.sleep(waitMs))
        watching = null
      }
    }
  })

  const run = <A, E, R>(cost: number, call: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.gen(function* () {
      const of = yield* Priority
      const waiter: Waiter = { cost, hasGone: false, wake: () => {} }
      let wasSent = false
      return yield* Effect.acquireUseRelease(
        Effect.sync(() => void queues.get(of)?.add(waiter)),
        () =>
          Effect.andThen(
            waitForTurn(waiter),
            Effect.suspend(() => {
              wasSent = true
              return call
            })
          ),
        () =>
          Effect.sync(() => {
            queues.get(of)?.delete(waiter)
            if (watching === waiter) watching = null
            if (waiter.hasGone) {
              if (!wasSent) state = take(state, -cost)
              unanswered -= cost
              inFlight--
              if (!PriorityClass.isUrgent(of)) calm--
            }
            look()
          })
      )
    })

  return {
    run,
    pause: (ms) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        state = pause(state, nowMs + ms)
      }),
    observe: (remaining) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => {
        state = observe(state, remaining, unanswered, nowMs)
        look()
      })
  }
})
