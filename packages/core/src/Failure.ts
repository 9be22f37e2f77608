/** The four classes of failure, named by what is done next, and how each is tried again within a run. */
import { Duration, Effect, Random, Schedule, Schema } from "effect"

/**
 * `transient`: send the same again. `auth`: refresh the credentials once, then the connection is blocked. `conflict`: read the
 * record again and decide again. `validation`: the record itself is at fault; it waits in the retry ledger for a remedy.
 */
export const Class = Schema.Literals(["transient", "auth", "conflict", "validation"])
export type Class = typeof Class.Type

/** How often and how fast a failure is tried again within a run. Tries made here cost a record no attempt of its ledger. */
export interface Policy {
  /** Tries after the first one. */
  readonly retries: number
  readonly baseMs: number
  /** Each delay is this many times the one before. */
  readonly factor: number
  readonly capMs: number
  /** The share of a delay that chance decides, so that many callers do not return at the same moment: 0.2 is ± 10 %. */
  readonly jitter: number
  /** The longest pause that a provider may ask for and get within a run. What is longer suspends the connection instead. */
  readonly longestRetryAfterMs: number
}

export const policies: Readonly<Record<Class, Policy>> = {
  transient: { retries: 6, baseMs: 500, factor: 2, capMs: 30_000, jitter: 0.5, longestRetryAfterMs: 120_000 },
  auth: { retries: 1, baseMs: 0, factor: 1, capMs: 0, jitter: 0, longestRetryAfterMs: 0 },
  conflict: { retries: 3, baseMs: 100, factor: 2, capMs: 2_000, jitter: 0.5, longestRetryAfterMs: 120_000 },
  validation: { retries: 0, baseMs: 0, factor: 1, capMs: 0, jitter: 0, longestRetryAfterMs: 0 }
}

/**
 * How long to wait before retry number `retry` (the first is 1), or null for no more retries in this run.
 *
 * `random` is in [0, 1). A pause that the provider asked for is never shortened: chance only adds to it.
 */
export const nextDelayMs = (
  policy: Policy,
  retry: number,
  random: number,
  retryAfterMs: number | null
): number | null => {
  if (retry > policy.retries) return null
  const delayMs = Math.min(policy.capMs, policy.baseMs * policy.factor ** (retry - 1))
  if (retryAfterMs === null) return Math.round(delayMs * (1 + policy.jitter * (random - 0.5)))
  if (retryAfterMs > policy.longestRetryAfterMs) return null
  return Math.round(Math.max(retryAfterMs, 0) + delayMs * policy.jitter * random)
}

/**
 * The policy of a class as a schedule, for `Effect.retry`. `retryAfterMs` reads the pause that an error asks for; null: none.
 */
export const schedule = <E>(
  failureClass: Class,
  retryAfterMs: (error: E) => number | null
): Schedule.Schedule<number, E> => {
  const policy = policies[failureClass]
  return Schedule.recurs(policy.retries).pipe(
    Schedule.setInputType<E>(),
    Schedule.while(({ input, attempt }) => nextDelayMs(policy, attempt, 0, retryAfterMs(input)) !== null),
    Schedule.modifyDelay(({ input, attempt }) =>
      Effect.map(Random.next, (random) =>
        Duration.millis(nextDelayMs(policy, attempt, random, retryAfterMs(input)) ?? 0)
      )
    )
  )
}
