/** Prices. Amount, currency and interval never change: Stripe makes a new price and deactivates the old one. https://docs.stripe.com/api/prices */
import { type Entity, entity, type Remove, Verb } from "@syncline/connector"
import { RecordId, Reference } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import * as Lookup from "./Lookup.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"

export const Price = Schema.Struct({
  id: RecordId,
  object: Schema.Literal("price"),
  active: Schema.Boolean,
  billing_scheme: Schema.String,
  created: Schema.Int,
  currency: Schema.String,
  currency_options: Schema.optionalKey(Field.Nested),
  custom_unit_amount: Field.Nested,
  livemode: Schema.Boolean,
  lookup_key: Field.MaybeText,
  metadata: Field.Metadata,
  nickname: Field.MaybeText,
  product: Reference("product"),
  recurring: Field.Nested,
  tax_behavior: Field.MaybeText,
  tiers: Schema.optionalKey(Field.Nested),
  tiers_mode: Field.MaybeText,
  transform_quantity: Field.Nested,
  type: Schema.String,
  unit_amount: Field.MaybeWhole,
  unit_amount_decimal: Field.MaybeText
})
export type Price = typeof Price.Type

export const events = ["price.created", "price.updated", "price.deleted"] as const

const path = "/v1/prices"

/** https://docs.stripe.com/api/prices/update */
export const updatable = [
  "active",
  "currency_options",
  "lookup_key",
  "metadata",
  "nickname",
  "tax_behavior"
] as const satisfies ReadonlyArray<keyof Price>

/** https://docs.stripe.com/api/prices/create */
export const creatable = [
  ...updatable,
  "billing_scheme",
  "currency",
  "custom_unit_amount",
  "product",
  "recurring",
  "tiers",
  "tiers_mode",
  "transform_quantity",
  "unit_amount",
  "unit_amount_decimal"
] as const satisfies ReadonlyArray<keyof Price>

const forEver = "a price keeps this for ever: create another price, and make this one inactive (active: false)"

const kind: Target.Kind<Price> = {
  schema: Price,
  path,
  creatable,
  updatable,
  locked: {
    ...Object.fromEntries(creatable.map((name) => [name, forEver])),
    type: "a price is recurring when it is made with `recurring`, else one_time"
  },
  born: { billing_scheme: "per_unit", type: "one_time" }
}

/** `rangeCount` ranges of `created` are listed side by side. */
export const price = (rangeCount: number): Entity<Price> => {
  const reading: Source.Kind<Price> = { name: "price", schema: Price, path, events, rangeCount }
  const { endpoints, source } = Source.of(reading)
  return entity(Price, {
    id: "id",
    endpoints: {
      ...endpoints,
      ...Target.endpoints(kind),
      // Stripe has no DELETE for a price: `active` becomes false.
      delete: { method: "POST", path: `${path}/{id}` }
    },
    source: {
      ...source,
      lookup: Lookup.of(reading, [{ field: "lookup_key", parameter: "lookup_keys[]", most: 10 }])
    },
    target: {
      create: Target.create(kind),
      update: Target.update(kind),
      remove: {
        ...Verb.each((op: Remove<Price>) => Verb.removed(Target.archive(kind)(op))),
        as: "archived"
      }
    }
  })
}
