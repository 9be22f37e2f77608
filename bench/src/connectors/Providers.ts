/** Each provider as its stand-in holds its limits: how it is opened, what is read of it, and what its limits would allow at best. */
import type { Connector } from "@syncline/connector"
import type { Account, Wire } from "@syncline/connector/sandbox"
import { hubspot } from "@syncline/connector-hubspot"
import * as HubSpotSandbox from "@syncline/connector-hubspot/sandbox"
import { shopify } from "@syncline/connector-shopify"
import * as ShopifySandbox from "@syncline/connector-shopify/sandbox"
import { stripe } from "@syncline/connector-stripe"
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { xero } from "@syncline/connector-xero"
import * as XeroSandbox from "@syncline/connector-xero/sandbox"
import type { Fields } from "@syncline/core"
import { Effect } from "effect"
import * as Reading from "./Reading.ts"

/** An account that holds its limits, and a connection to it. */
export interface Arena extends Reading.Opened {
  readonly account: Account
}

export interface Provider {
  /** `hubspot contact`. */
  readonly name: string
  readonly entity: string
  /** Records of a page of the listing, and of the changes. */
  readonly page: number
  readonly changesPage: number
  /** Calls that a page of the listing takes, and those that a listing takes besides. */
  readonly callsPerPage: number
  readonly callsBesides: number
  readonly callsPerChangesPage: number
  /** The least seconds in which the provider's limits let so many records be read, and why. */
  readonly leastSeconds: (records: number) => number
  readonly limit: string
  readonly edit: (index: number) => Fields
  readonly open: (records: number) => Effect.Effect<Arena, never, Reading.Needs>
}

const address = "http://127.0.0.1:4010"

const arena = <Config>(
  account: Account & { readonly handler: Wire.Handler },
  connector: Connector<Config>,
  config: Readonly<Record<string, string | number>>
) =>
  Effect.map(Reading.open(connector, { ...config, baseUrl: address }, account.handler), (opened) => ({
    ...opened,
    account
  }))

const pages = (records: number, page: number): number => Math.ceil(records / page)

/** Shopify's standard plan. https://shopify.dev/docs/api/usage/rate-limits */
const pointsPerSecond = 100
/** As many orders with five lines each as one query may ask for. */
const orderPage = 15
/** How long such a job takes nobody says; it has no other limit. */
const bulk = "a bulk job of 1 ms a record (believed)"

export const providers: ReadonlyArray<Provider> = [
  {
    name: "stripe customer",
    entity: "customer",
    page: 100,
    changesPage: 100,
    callsPerChangesPage: 1,
    callsPerPage: 1,
    // Eight ranges side by side, each with a first and a last page of its own.
    callsBesides: 16,
    limit: "25 calls a second (test key)",
    leastSeconds: (records) => pages(records, 100) / StripeSandbox.documentedLimits.perSecond,
    edit: (index) => ({ description: `edited ${index}` }),
    open: (records) =>
      Effect.flatMap(
        StripeSandbox.open({
          size: { ...StripeSandbox.empty, customers: records },
          limits: StripeSandbox.documentedLimits
        }),
        (account) => arena(account, stripe, { apiKey: account.apiKey })
      )
  },
  {
    name: "hubspot contact",
    entity: "contact",
    page: 100,
    changesPage: 200,
    // What a contact belongs to is asked for by itself, for a hundred at once.
    callsPerPage: 2,
    callsPerChangesPage: 3,
    callsBesides: 2,
    limit: "100 calls in 10 seconds",
    leastSeconds: (records) => (2 * pages(records, 100)) / (HubSpotSandbox.limits.per10Seconds / 10),
    edit: (index) => ({ jobtitle: `edited ${index}` }),
    open: (records) =>
      Effect.flatMap(HubSpotSandbox.open({ size: records, limits: HubSpotSandbox.limits }), (account) =>
        arena(account, hubspot, { accessToken: HubSpotSandbox.defaultAccessToken })
      )
  },
  {
    name: "xero contact",
    entity: "contact",
    page: 1000,
    changesPage: 1000,
    callsPerChangesPage: 1,
    callsPerPage: 1,
    callsBesides: 3,
    limit: "60 calls a minute",
    leastSeconds: (records) => pages(records, 1000) / (XeroSandbox.limits.perMinute / 60),
    edit: (index) => ({ AccountNumber: `edited ${index}` }),
    open: (records) =>
      Effect.flatMap(
        XeroSandbox.open({ size: { ...XeroSandbox.empty, contacts: records }, limits: XeroSandbox.limits }),
        (account) => arena(account, xero, { tenantId: account.tenantId, accessToken: XeroSandbox.defaultAccessToken })
      )
  },
  {
    name: "shopify order",
    entity: "order",
    page: orderPage,
    changesPage: orderPage,
    callsPerChangesPage: 1,
    callsPerPage: 0,
    callsBesides: 80,
    limit: bulk,
    leastSeconds: (records) => records / 1000,
    edit: (index) => ({ note: `edited ${index}` }),
    open: (records) =>
      Effect.flatMap(
        ShopifySandbox.open({
          baseUrl: address,
          pointsPerSecond,
          profile: { bulkMs: records },
          size: { ...ShopifySandbox.empty, customers: 10, products: 10, orders: records }
        }),
        (account) => arena(account, shopify, { shop: account.domain, accessToken: ShopifySandbox.defaultAccessToken })
      )
  },
  {
    name: "shopify customer",
    entity: "customer",
    page: 250,
    changesPage: 165,
    callsPerChangesPage: 1,
    callsPerPage: 0,
    // The job is asked for after 1 second, a quarter more each time, and then each 10 seconds, and its file is read in parts.
    callsBesides: 40,
    limit: bulk,
    leastSeconds: (records) => records / 1000,
    edit: (index) => ({ note: `edited ${index}` }),
    open: (records) =>
      Effect.flatMap(
        ShopifySandbox.open({
          baseUrl: address,
          pointsPerSecond,
          profile: { bulkMs: records },
          size: { ...ShopifySandbox.empty, customers: records }
        }),
        (account) => arena(account, shopify, { shop: account.domain, accessToken: ShopifySandbox.defaultAccessToken })
      )
  }
]
