/**
 * How HubSpot is entered: by consent, with tokens that live for half an hour, or by the token of a private app or a service key.
 * https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/oauth/oauth-quickstart-guide
 */
import type { AppOrToken } from "@syncline/connector"

const kinds = ["contacts", "companies", "deals", "products", "line_items", "tickets"]

/** Reading and writing the standard kinds of objects, and their properties, of which one is made as the marker. */
export const scopes = [
  "oauth",
  "tickets",
  ...kinds.flatMap((kind) => [`crm.objects.${kind}.read`, `crm.objects.${kind}.write`]),
  ...kinds.slice(0, 3).flatMap((kind) => [`crm.schemas.${kind}.read`, `crm.schemas.${kind}.write`])
]

/** Tokens are had at the dated version too; the numbered ones end in February 2027. A sandbox has everything at one address. */
export const app = (baseUrl: string, apiVersion: string): AppOrToken.App => ({
  authorizeUrl: `${baseUrl === "https://api.hubapi.com" ? "https://app.hubspot.com" : baseUrl}/oauth/authorize`,
  tokenUrl: `${baseUrl}/oauth/${apiVersion}/token`,
  clientAuth: "form",
  // A refresh token stays the same; whatever comes back is kept.
  refresh: { rotates: false, graceMs: 0 }
})
