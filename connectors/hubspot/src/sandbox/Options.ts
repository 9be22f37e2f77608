/** What a sandbox account can be told to be. */
import type { Webhooks } from "@syncline/connector/sandbox"
import type { Shape } from "../Kind.ts"

export const defaultAccessToken = "pat-na1-sandbox"
/** The app that a person consents to, whose secret signs webhooks too. */
export const defaultClientId = "sandbox-app"
export const defaultClientSecret = "sandbox-client-secret"
export const defaultPortalId = 62_515
export const defaultMarker = "syncline_op"

/** Per app and account; searches by themselves. https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines */
export interface Limits {
  readonly per10Seconds: number
  readonly perDay: number
  readonly searchesPerSecond: number
}
export const limits: Limits = { per10Seconds: 100, perDay: 250_000, searchesPerSecond: 5 }

/** What HubSpot is believed to do where its documentation is silent or other tools had to find out. */
export interface Profile {
  /** A search never shows more than these, however it is paged. Asking beyond is 400. */
  readonly searchCap: number
  /** The most results of one page of a search. */
  readonly searchPage: number
  /** A batch that names a record twice fails as a whole. */
  readonly refusesTwins: boolean
  /** Results of a batch come in another order than they were sent. */
  readonly shufflesBatches: boolean
  /** Names of properties that an administrator requires, by type; the dated versions of the API enforce it, v3 does not. */
  readonly required: Readonly<Record<string, ReadonlyArray<string>>>
}
export const believed: Profile = {
  searchCap: 10_000,
  searchPage: 200,
  refusesTwins: true,
  shufflesBatches: true,
  required: {}
}

export interface Options {
  /** Contacts that exist from the start. */
  readonly size?: number
  /** The same of companies. */
  readonly companies?: number
  readonly seed?: number
  readonly portalId?: number
  /** Kinds of objects that the token may not touch, by type. */
  readonly withoutScope?: ReadonlyArray<string>
  /** Null: none are enforced. */
  readonly limits?: Limits | null
  readonly profile?: Partial<Profile>
  /** HubSpot's clock is this far ahead of ours. */
  readonly skewMs?: number
  /** How long a change stays invisible in searches. */
  readonly lagMs?: number
  /** The marker's property is not there yet. */
  readonly isBare?: boolean
  readonly customObjects?: ReadonlyArray<Shape>
  readonly webhooks?: Omit<Webhooks.Options, "retryAfterMs"> & { readonly url: string; readonly secret?: string }
}
