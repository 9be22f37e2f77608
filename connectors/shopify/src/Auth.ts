/**
 * How a shop is entered: by its owner's consent, with offline tokens that end after an hour and refresh tokens that rotate, or by a
 * token that does not end. https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens
 */
import type { AppOrToken } from "@syncline/connector"
import type { Redacted } from "effect"
import * as Callback from "./Callback.ts"

/** https://shopify.dev/docs/api/usage/access-scopes */
export const scopes = [
  "read_customers",
  "write_customers",
  "read_companies",
  "write_companies",
  "read_products",
  "write_products",
  "read_inventory",
  "write_inventory",
  "read_locations",
  "read_orders",
  "write_orders",
  "read_fulfillments",
  "write_fulfillments",
  "read_merchant_managed_fulfillment_orders",
  "write_merchant_managed_fulfillment_orders"
]

/** A refresh token that was spent can be sent again until what it gave is used, for 30 days at most. */
const graceMs = 30 * 86_400_000

/** `address` is the shop's own, or a sandbox's. */
export const app = (
  address: string,
  { clientSecrets = [], shop }: { readonly shop: string; readonly clientSecrets?: ReadonlyArray<Redacted.Redacted> }
): AppOrToken.App => ({
  authorizeUrl: `${address}/admin/oauth/authorize`,
  tokenUrl: `${address}/admin/oauth/access_token`,
  scopeSeparator: ",",
  clientAuth: "json",
  refresh: { rotates: true, graceMs },
  // Without this a token that never ends is given, which Shopify takes until the end of 2026 only.
  exchange: { expiring: "1" },
  returned: Callback.judged(shop, clientSecrets),
  header: "x-shopify-access-token"
})
