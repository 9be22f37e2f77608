/**
 * The query with which Shopify sends a shop's owner back to the app that was consented to: signed over all of it but the signature.
 * https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant
 */
import { Signature } from "@syncline/connector"
import type { Redacted } from "effect"

const signature = "hmac"

/** What is signed: in order of the names. */
export const signed = (query: URLSearchParams): string => {
  const rest = new URLSearchParams([...query].filter(([name]) => name !== signature))
  rest.sort()
  return rest.toString().replaceAll("+", "%20")
}

/** Why it is not to be believed. How old it is need not be asked: the state in it is good once, for ten minutes. */
export const judged =
  (shop: string, secrets: ReadonlyArray<Redacted.Redacted>) =>
  (query: URLSearchParams): string | null => {
    const signatures = query.getAll(signature)
    if (!Signature.isGenuine("hex", secrets, { signatures, signed: [signed(query)] }))
      return "what came back is not signed by Shopify with a client secret of this connection"
    const from = query.get("shop") ?? ""
    return from === shop ? null : `the consent is of the shop ${from}, and the connection is for ${shop}`
  }
