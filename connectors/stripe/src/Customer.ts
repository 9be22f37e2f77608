/** Customers. Deleting one leaves a stub that lists do not show; its id is never used again. https://docs.stripe.com/api/customers */
import { type Entity, entity } from "@syncline/connector"
import { RecordId } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import * as Source from "./Source.ts"

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
const events = [
  "customer.created",
  "customer.updated",
  "customer.deleted",
  "customer.discount.created",
  "customer.discount.updated",
  "customer.discount.deleted"
] as const

/** `rangeCount` ranges of `created` are listed side by side. */
export const customer = (rangeCount: number): Entity<Customer> =>
  entity(Customer, {
    id: "id",
    ...Source.of({ name: "customer", schema: Customer, path: "/v1/customers", events, rangeCount })
  })
