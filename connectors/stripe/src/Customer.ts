/** Customers. Deleting one leaves a stub that lists do not show; its id is never used again. https://docs.stripe.com/api/customers */
import { type Entity, entity } from "@syncline/connector"
import { CanonicalMapping, RecordId, Transform } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import * as Lookup from "./Lookup.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"

export const Customer = Schema.Struct({
  id: RecordId,
  object: Schema.Literal("customer"),
  address: Schema.optionalKey(Field.Nested),
  balance: Schema.Int,
  business_name: Schema.optionalKey(Schema.String),
  cash_balance: Schema.optionalKey(Field.Nested),
  created: Schema.Int,
  currency: Schema.optionalKey(Field.MaybeText),
  customer_account: Schema.optionalKey(Field.MaybeText),
  default_source: Field.MaybeText,
  delinquent: Schema.optionalKey(Field.MaybeYes),
  description: Field.MaybeText,
  discount: Schema.optionalKey(Field.Nested),
  email: Field.MaybeText,
  individual_name: Schema.optionalKey(Schema.String),
  invoice_credit_balance: Schema.optionalKey(Field.Nested),
  invoice_prefix: Schema.optionalKey(Field.MaybeText),
  invoice_settings: Field.Nested,
  livemode: Schema.Boolean,
  metadata: Field.Metadata,
  name: Schema.optionalKey(Field.MaybeText),
  next_invoice_sequence: Schema.optionalKey(Schema.Int),
  phone: Schema.optionalKey(Field.MaybeText),
  preferred_locales: Schema.optionalKey(Field.Nested),
  shipping: Field.Nested,
  sources: Schema.optionalKey(Field.Nested),
  subscriptions: Schema.optionalKey(Field.Nested),
  tax: Schema.optionalKey(Field.Nested),
  tax_exempt: Schema.optionalKey(Field.MaybeText),
  tax_ids: Schema.optionalKey(Field.Nested),
  test_clock: Schema.optionalKey(Field.MaybeText)
})
export type Customer = typeof Customer.Type

/** `customer.*` would also match subscriptions. A discount's events name its customer. */
export const events = [
  "customer.created",
  "customer.updated",
  "customer.deleted",
  "customer.discount.created",
  "customer.discount.updated",
  "customer.discount.deleted"
] as const

const path = "/v1/customers"

/** Stripe takes the same fields when it makes a customer and when it changes one. https://docs.stripe.com/api/customers/update */
export const writable = [
  "address",
  "balance",
  "business_name",
  "description",
  "email",
  "individual_name",
  "invoice_prefix",
  "invoice_settings",
  "metadata",
  "name",
  "next_invoice_sequence",
  "phone",
  "preferred_locales",
  "shipping",
  "tax_exempt"
] as const satisfies ReadonlyArray<keyof Customer>

const kind: Target.Kind<Customer> = {
  schema: Customer,
  path,
  creatable: writable,
  updatable: writable,
  locked: {
    currency: "Stripe sets a customer's currency with the first invoice or subscription",
    delinquent: "Stripe sets this by the customer's latest invoice; pay the invoice instead"
  }
}

const contact = CanonicalMapping.of<Customer>()("contact", [
  { source: "name", target: "full_name" },
  { source: "business_name", target: "company" },
  { source: "email", target: "email" },
  { source: "phone", target: "phone", transform: Transform.phone() },
  { source: "address.line1", target: "address.line1" },
  { source: "address.line2", target: "address.line2" },
  { source: "address.city", target: "address.city" },
  { source: "address.state", target: "address.region" },
  { source: "address.postal_code", target: "address.postal_code" },
  { source: "address.country", target: "address.country" },
  { source: "description", target: "note" }
])

/** `rangeCount` ranges of `created` are listed side by side. */
export const customer = (rangeCount: number): Entity<Customer> => {
  const reading: Source.Kind<Customer> = { name: "customer", schema: Customer, path, events, rangeCount }
  const { endpoints, source } = Source.of(reading)
  return entity(Customer, {
    id: "id",
    canonical: contact,
    endpoints: {
      ...endpoints,
      ...Target.endpoints(kind),
      delete: { method: "DELETE", path: `${path}/{id}` }
    },
    source: {
      ...source,
      // The filter tells capitals from small letters. https://docs.stripe.com/api/customers/list
      lookup: Lookup.of(reading, [{ field: "email", parameter: "email", most: 1 }])
    },
    target: { create: Target.create(kind), update: Target.update(kind), remove: Target.remove(kind) }
  })
}
