/** How a sandbox account is set up, and what is only believed about Stripe. */
import type { Journal, Webhooks } from "@syncline/connector/sandbox"

/** How many records of each kind exist when the account is opened. */
export interface Size {
  /** One in 331 of them is already deleted: absent from lists, answered as a stub by id. */
  readonly customers: number
  readonly products: number
  readonly prices: number
  /** Needs customers and prices. */
  readonly subscriptions: number
  /** Needs subscriptions. */
  readonly invoices: number
  /** Needs invoices. */
  readonly paymentIntents: number
}

export const empty: Size = { customers: 0, products: 0, prices: 0, subscriptions: 0, invoices: 0, paymentIntents: 0 }

/** A shop after two years: 10,000 live customers. */
export const demo: Size = {
  customers: 10_031,
  products: 300,
  prices: 600,
  subscriptions: 4000,
  invoices: 12_000,
  paymentIntents: 3000
}

export interface Limits {
  /** Calls a second of the whole account. */
  readonly perSecond: number
  /** Calls a second of one endpoint. */
  readonly perEndpointPerSecond: number
  readonly atOnce: number
}

/** What Stripe documents for a test-mode account; `atOnce` is an estimate. https://docs.stripe.com/rate-limits */
export const documentedLimits: Limits = { perSecond: 25, perEndpointPerSecond: 25, atOnce: 25 }

/**
 * Behaviour of Stripe that was not checked against Stripe or an official artifact. Each line is a switch, so that a correction
 * is one line.
 */
export interface Profile {
  /** What becomes of members of a hash (an address) that an update does not mention. */
  readonly hashes: "merged" | "replaced"
  /** Whether the id of a deleted record still works as `starting_after`. */
  readonly cursorOfDeleted: "accepted" | "refused"
  /** Whether an update that changes nothing makes an event. */
  readonly eventForNothing: boolean
  /** How long an event stays invisible after its change. */
  readonly eventLagMs: number
  /** Seconds in Retry-After of a 429, or none. */
  readonly retryAfterSeconds: number | null
  /** Bodies are indented, as on the real wire. Off: parsers do not care, and it costs. */
  readonly isPretty: boolean
}

export const believed: Profile = {
  hashes: "merged",
  cursorOfDeleted: "accepted",
  eventForNothing: false,
  eventLagMs: 0,
  retryAfterSeconds: null,
  isPretty: false
}

/** Lies that a client must not be able to miss. For proving that a test suite notices them. */
export interface Broken {
  /** `has_more` is false on every page. */
  readonly hasMore?: boolean
  /** Every second customer edit makes no event. */
  readonly events?: boolean
  /** A repeated idempotency key runs again. */
  readonly idempotency?: boolean
}

export interface Options {
  readonly size?: Size
  /** Other seeds make other people, ids and amounts. */
  readonly seed?: number
  /** Seeded records were created before this. Where the Clock at opening is earlier, Stripe's time starts here. */
  readonly epochMs?: number
  /** Over how long before the epoch; 0 gives all of them one `created`. */
  readonly spanMs?: number
  /** How far Stripe's clock is ahead of ours. */
  readonly skewMs?: number
  readonly apiKey?: string
  /** Keys that may only read the entities named. */
  readonly restrictedKeys?: Readonly<Record<string, ReadonlyArray<string>>>
  readonly limits?: Limits | null
  /** How many records' texts are kept for the next page that shows them. */
  readonly cachedTexts?: number
  readonly profile?: Partial<Profile>
  readonly broken?: Broken
  /** The order in which webhooks come. */
  readonly webhooks?: Omit<Webhooks.Options, "retryAfterMs">
  /** Where changes and calls outlive the process; by default they do not. */
  readonly changes?: Journal.Journal
  readonly calls?: Journal.Journal
}

export const defaultApiKey = "sk_test_synclineSandbox4242"
export const apiVersion = "2026-10-28.endive"
/** 2026-11-01T00:00:00Z */
export const defaultEpochMs = 1_793_491_200_000
/** Two years. */
export const defaultSpanMs = 730 * 24 * 3_600_000
/** https://docs.stripe.com/api/idempotent_requests */
export const keysKeptMs = 24 * 3_600_000
/** https://docs.stripe.com/api/events/list */
export const eventsKeptMs = 30 * 24 * 3_600_000
