/** Which request is which: the API's paths as data. */
import type { Wire } from "@syncline/connector/sandbox"
import { creditNote } from "./CreditNote.ts"
import { customer } from "./Customer.ts"
import { invoice } from "./InvoiceResource.ts"
import { paymentIntent } from "./PaymentIntent.ts"
import type { Entity } from "./Plan.ts"
import { price } from "./PriceResource.ts"
import { product } from "./Product.ts"
import { refund } from "./Refund.ts"
import type { Action, Resource } from "./Resource.ts"
import { subscription } from "./SubscriptionResource.ts"

export const resources: Record<Entity, Resource> = {
  customer,
  product,
  price,
  subscription,
  invoice,
  payment_intent: paymentIntent,
  refund,
  credit_note: creditNote
}

export type Route =
  | { readonly _tag: "List"; readonly resource: Resource }
  | { readonly _tag: "Get"; readonly resource: Resource; readonly id: string }
  | { readonly _tag: "Create"; readonly resource: Resource }
  | { readonly _tag: "Act"; readonly resource: Resource; readonly id: string; readonly action: Action }
  /** The lines of one invoice. */
  | { readonly _tag: "Lines"; readonly id: string }
  /** The items of the subscription that a parameter names. */
  | { readonly _tag: "Items" }
  | { readonly _tag: "Events" }
  | { readonly _tag: "Event"; readonly id: string }
  | { readonly _tag: "Account" }
  /** One endpoint, or all of them. */
  | { readonly _tag: "WebhookEndpoints"; readonly id: string | undefined }
  | { readonly _tag: "Nowhere" }

export interface Found {
  readonly route: Route
  /** What a call is counted as: `GET /v1/customers/{id}`. */
  readonly endpoint: string
  /** What a restricted key must be allowed to read. */
  readonly entity: string
}

const nowhere: Route = { _tag: "Nowhere" }

export const find = ({ method, path }: Wire.Request): Found => {
  const [version, collection = "", id, command] = path.slice(1).split("/").map(decoded)
  const resource = Object.values(resources).find((each) => each.path === collection)
  const endpoint = `${method} /${version}/${collection}${id === undefined ? "" : "/{id}"}${command === undefined ? "" : `/${command}`}`
  const entity = resource?.entity ?? collection.replace(/s$/, "")
  const route =
    version !== "v1"
      ? nowhere
      : resource === undefined
        ? elsewhere(method, collection, id)
        : onResource(method, resource, id, command)
  return { route, endpoint: route._tag === "Nowhere" ? `${method} (unrecognized)` : endpoint, entity }
}

const decoded = (segment: string): string => {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

const elsewhere = (method: string, collection: string, id: string | undefined): Route => {
  if (collection === "webhook_endpoints") return { _tag: "WebhookEndpoints", id }
  if (method !== "GET") return nowhere
  switch (collection) {
    case "events":
      return id === undefined ? { _tag: "Events" } : { _tag: "Event", id }
    case "subscription_items":
      return id === undefined ? { _tag: "Items" } : nowhere
    case "account":
      return id === undefined ? { _tag: "Account" } : nowhere
    default:
      return nowhere
  }
}

const onResource = (method: string, resource: Resource, id: string | undefined, command: string | undefined): Route => {
  if (command !== undefined && id !== undefined) {
    if (method === "GET" && resource.entity === "invoice" && command === "lines") return { _tag: "Lines", id }
    const action = Object.hasOwn(resource.commands, command) ? resource.commands[command] : undefined
    return method === "POST" && action !== undefined ? { _tag: "Act", resource, id, action } : nowhere
  }
  if (id === undefined) {
    return method === "GET" ? { _tag: "List", resource } : method === "POST" ? { _tag: "Create", resource } : nowhere
  }
  switch (method) {
    case "GET":
      return { _tag: "Get", resource, id }
    case "POST":
      return { _tag: "Act", resource, id, action: resource.update }
    case "DELETE":
      return resource.remove === undefined ? nowhere : { _tag: "Act", resource, id, action: resource.remove }
    default:
      return nowhere
  }
}
