/** What a sandbox organisation can be told to be. */
import type { Webhooks } from "@syncline/connector/sandbox"

export const defaultTenantId = "9f2d6c1e-4a7b-4c58-8d3a-0e5b7a61c942"
export const defaultAccessToken = "sandbox-access-token"
/** The app that a person consents to. */
export const defaultClientId = "sandbox-app"
export const defaultClientSecret = "sandbox-app-secret"
export const defaultWebhookKey = "sandbox-webhook-key"

/** How many records the organisation has when it is opened. */
export interface Size {
  readonly contacts: number
  readonly items: number
  readonly invoices: number
}

export const empty: Size = { contacts: 0, items: 0, invoices: 0 }

/** Per app and organisation. https://developer.xero.com/documentation/guides/oauth2/limits */
export interface Limits {
  readonly atOnce: number
  readonly perMinute: number
  readonly perDay: number
}
export const limits: Limits = { atOnce: 5, perMinute: 60, perDay: 5000 }

/** What Xero is believed to do where its documentation is silent. */
export interface Profile {
  /** How long an Idempotency-Key is remembered. */
  readonly keysKeptMs: number
  /** A header that is not `YYYY-MM-DDTHH:MM:SS` is ignored, and everything is answered. */
  readonly isStrictOnModifiedSince: boolean
  /** Without `page`, invoices and credit notes are answered without their lines. */
  readonly dropsLinesWithoutPage: boolean
  /** How long a spent refresh token gives the same answer again. */
  readonly refreshGraceMs: number
}
export const believed: Profile = {
  keysKeptMs: 360_000,
  isStrictOnModifiedSince: true,
  dropsLinesWithoutPage: true,
  refreshGraceMs: 1_800_000
}

/** Behaviours broken on purpose, to see that a check notices. */
export interface Broken {
  readonly idempotency?: boolean
  readonly order?: boolean
  readonly lastPage?: boolean
}

export interface Options {
  readonly size?: Size
  readonly seed?: number
  readonly tenantId?: string
  readonly name?: string
  readonly baseCurrency?: string
  /** Other organisations that a consent reaches. */
  readonly alsoReaches?: ReadonlyArray<{ readonly tenantId: string; readonly name: string }>
  /** The scopes that tokens have; absent: all, or what a person consented to. */
  readonly scopes?: ReadonlyArray<string>
  /** Null: none are enforced. */
  readonly limits?: Limits | null
  readonly profile?: Partial<Profile>
  readonly broken?: Broken
  /** Xero's clock is this far ahead of ours. */
  readonly skewMs?: number
  readonly webhooks?: Omit<Webhooks.Options, "retryAfterMs"> & { readonly url: string; readonly key?: string }
}
