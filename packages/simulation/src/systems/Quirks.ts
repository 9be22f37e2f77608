/**
 * The habits of a simulated provider. Each is documented, so its connector declares what it must: a lag, a precision, why sending a
 * create twice cannot make two.
 */
import type { Stream } from "../Seed.ts"

export interface Quirks {
  /** How changes are told: records by the time of their change, or a log of claims. */
  readonly feed: "window" | "log"
  /** `keyset` goes on after the last record shown; `offset` counts records, newest first, so pages repeat while records change. */
  readonly paging: "keyset" | "offset"
  readonly pageSize: number
  /** Records that one call answers for. */
  readonly getMax: number
  /** Resolution of the time of a change. */
  readonly stampMs: number
  /** A change may be stamped this much too early, so a record's time may go back. */
  readonly backwardMs: number
  /** The provider's clock, against the world's. */
  readonly skewMs: number
  /** How late a change may be seen by listings, feeds and searches. */
  readonly lagMs: number
  /** Text is trimmed, mail addresses are in lower case, decimals have two places, sets are in order. */
  readonly normalises: boolean
  /** A write with a stale version is refused. */
  readonly checksVersion: boolean
  /** Records have a version that changes with every write. */
  readonly tellsVersion: boolean
  readonly protection: "Keyed" | "Unique" | "Unsafe"
  /** How long the answer to an idempotency key is kept. */
  readonly keptMs: number
  /** Answers that failed are kept too, and given again. */
  readonly keepsFailures: boolean
  /** What becomes of references when their record goes. */
  readonly onGone: "unlink" | "dangle"
  /** The feed tells what is gone; else only a listing without it does. */
  readonly tellsGone: boolean
}

/** A provider without habits, where everything is told at once and exactly. */
export const calm: Quirks = {
  feed: "window",
  paging: "keyset",
  pageSize: 10,
  getMax: 10,
  stampMs: 1,
  backwardMs: 0,
  skewMs: 0,
  lagMs: 0,
  normalises: false,
  checksVersion: true,
  tellsVersion: true,
  protection: "Keyed",
  keptMs: 86_400_000,
  keepsFailures: false,
  onGone: "unlink",
  tellsGone: true
}

/** Shorter than the patience of whoever waits for an answer, so a create whose answer was lost finds its key forgotten. */
const shortlyKeptMs = 25_000

export const draw = (chance: Stream): Quirks => ({
  feed: chance.pick(["window", "window", "log"]),
  paging: chance.pick(["keyset", "offset"]),
  pageSize: chance.pick([2, 3, 5]),
  getMax: chance.pick([1, 3, 10]),
  stampMs: chance.pick([1, 1000, 1000]),
  backwardMs: chance.pick([0, 0, 3000]),
  skewMs: chance.pick([0, -600_000, 600_000, 7300]),
  lagMs: chance.pick([0, 2000, 30_000]),
  normalises: chance.chance(0.6),
  checksVersion: chance.chance(0.5),
  tellsVersion: chance.chance(0.7),
  protection: chance.pick(["Keyed", "Unique", "Unsafe"]),
  keptMs: chance.pick([shortlyKeptMs, 86_400_000]),
  keepsFailures: chance.chance(0.3),
  onGone: chance.pick(["unlink", "dangle"]),
  tellsGone: true
})

/**
 * How far a walk must look back so that nothing is missed: what shows late, was stamped early or coarsely, and the whole second that
 * the provider's clock is told in.
 */
export const lookBackMs = ({ backwardMs, lagMs, stampMs }: Quirks): number => lagMs + backwardMs + stampMs + 1000

/** The longest that a request, or what it made, can be under way unseen: after that a search that finds nothing proves it. */
export const searchLagMs = ({ lagMs }: Quirks): number => lagMs + requestMaxMs

/** What the world grants to requests: one that its sender gave up arrives within this time or never. */
export const requestMaxMs = 60_000
