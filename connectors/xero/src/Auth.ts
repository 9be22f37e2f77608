/**
 * How Xero is entered: by consent, with tokens that live for half an hour and refresh tokens that rotate, or by a token that is given.
 * https://developer.xero.com/documentation/guides/oauth2/auth-flow
 */
import { type Account, type AppOrToken, type ConnectorError, type Http, Rest } from "@syncline/connector"
import { Effect, Schema } from "effect"

/** Of apps since March 2026; older ones may ask for `accounting.transactions` instead of the last two. https://developer.xero.com/documentation/guides/oauth2/scopes */
export const scopes = [
  "offline_access",
  "accounting.contacts",
  "accounting.settings",
  "accounting.invoices",
  "accounting.payments"
]

const xero = "https://api.xero.com"

/** A sandbox has everything at one address. */
export const app = (baseUrl: string): AppOrToken.App => ({
  authorizeUrl: `${baseUrl === xero ? "https://login.xero.com" : baseUrl}/identity/connect/authorize`,
  tokenUrl: `${baseUrl === xero ? "https://identity.xero.com" : baseUrl}/connect/token`,
  clientAuth: "basic",
  // A refresh token that was spent can be sent again for half an hour, in case its answer was lost.
  refresh: { rotates: true, graceMs: 1_800_000 }
})

const Connections = Schema.Array(
  Schema.Struct({ tenantId: Schema.String, tenantType: Schema.String, tenantName: Schema.String })
)

/** The organisations that a consent reaches. https://developer.xero.com/documentation/guides/oauth2/tenants */
export const organisations: Effect.Effect<ReadonlyArray<Account>, ConnectorError, Http> = Effect.map(
  Rest.get("/connections", Connections),
  (connections) =>
    connections
      .filter(({ tenantType }) => tenantType === "ORGANISATION")
      .map(({ tenantId, tenantName }) => ({ name: tenantName, config: { tenantId } }))
)
