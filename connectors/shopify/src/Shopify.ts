/** Shopify's Admin API in GraphQL: read by bulk operations and searches, written by one mutation a record. */
import { AppOrToken, BaseUrl, type Budget, connector, type HttpRemote } from "@syncline/connector"
import { Effect, Schema } from "effect"
import * as Admin from "./Admin.ts"
import * as Auth from "./Auth.ts"
import { company } from "./Company.ts"
import { customer } from "./Customer.ts"
import { errors, remaining } from "./Errors.ts"
import { fulfillment } from "./Fulfillment.ts"
import { inventoryLevel } from "./InventoryLevel.ts"
import { order } from "./Order.ts"
import { product } from "./Product.ts"
import { refund } from "./Refund.ts"
import { variant } from "./Variant.ts"
import { webhooks } from "./Webhooks.ts"

const Shop = Schema.String.check(
  Schema.isPattern(/^[a-z0-9][a-z0-9-]*\.myshopify\.com$/, {
    expected: "a shop's own address, such as ridgeway.myshopify.com"
  })
)

export const Config = Schema.Struct({
  shop: Shop,
  ...AppOrToken.fields(Auth.scopes),
  /** Points that come back each second, by the shop's plan: 100 standard, 200 advanced, 1000 plus, 2000 enterprise. */
  pointsPerSecond: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000_000 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(100))
  ),
  /** Another address than Shopify's: a sandbox on this machine. */
  baseUrl: Schema.optionalKey(
    Schema.String.check(
      Schema.makeFilter(BaseUrl.isLoopback, { expected: "an address on this machine, for a sandbox" })
    )
  )
}).check(AppOrToken.isEither)
export type Config = typeof Config.Type

/** The bucket holds twenty seconds' worth. https://shopify.dev/docs/api/usage/rate-limits */
const budget = ({ pointsPerSecond }: Config): Budget => ({
  units: pointsPerSecond * 20,
  windowMs: 20_000,
  of: "connection"
})

const addressOf = ({ baseUrl, shop }: Config): string => baseUrl ?? `https://${shop}`

const remote = (config: Config): HttpRemote => ({
  _tag: "Http",
  baseUrl: addressOf(config),
  // Where the files of bulk operations lie.
  hosts: ["storage.googleapis.com", "storage.shopifycloud.com"],
  auth: AppOrToken.auth(config, Auth.app(addressOf(config), config)),
  budgets: [budget(config)],
  concurrent: 10,
  remaining,
  errors
})

const ShopName = Schema.Struct({ shop: Schema.Struct({ name: Schema.String, myshopifyDomain: Schema.String }) })

export const shopify = connector({
  name: "shopify",
  apiVersion: Admin.apiVersion,
  config: Config,
  remote,
  entities: () => ({
    customer,
    product,
    variant,
    inventory_level: inventoryLevel,
    order,
    fulfillment,
    refund,
    company
  }),
  check: () =>
    Effect.map(
      Admin.send({ name: "shop", document: "{ shop { name myshopifyDomain } }", data: ShopName, cost: 1 }),
      ({ shop }) => `${shop.myshopifyDomain} (${shop.name})`
    ),
  webhooks
})
