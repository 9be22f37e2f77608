/** What a sandbox shop can be told to be. */
import type { Webhooks } from "@syncline/connector/sandbox"

export const defaultShop = "ridgeway.myshopify.com"
export const defaultAccessToken = "shpat_sandbox"
/** The app that a shop consents to, whose secret signs webhooks too. */
export const defaultClientId = "sandbox-app"
export const defaultClientSecret = "sandbox-client-secret"

/** How many records the shop has when it is opened; each product has one variant, with a level at the shop's location. */
export interface Size {
  readonly customers: number
  readonly products: number
  readonly orders: number
}
export const empty: Size = { customers: 0, products: 0, orders: 0 }

export interface Profile {
  /** The customers' filter matches whole days. */
  readonly filtersCustomersByDay: boolean
  /** How long a bulk operation runs. */
  readonly bulkMs: number
}
export const believed: Profile = { filtersCustomersByDay: true, bulkMs: 900 }

/** Behaviours broken on purpose, to see that a check notices. */
export interface Broken {
  readonly idempotency?: boolean
  readonly lastPage?: boolean
  /** Deletions leave no events. */
  readonly events?: boolean
}

export interface Options {
  readonly size?: Size
  readonly seed?: number
  readonly shop?: string
  readonly currency?: string
  /** The scopes that tokens have; absent: all. */
  readonly scopes?: ReadonlyArray<string>
  /** Points a second; null: the bucket is not enforced. */
  readonly pointsPerSecond?: number | null
  readonly profile?: Partial<Profile>
  readonly broken?: Broken
  readonly skewMs?: number
  /** How long the search does not show a change. */
  readonly lagMs?: number
  readonly webhooks?: Omit<Webhooks.Options, "retryAfterMs">
}
