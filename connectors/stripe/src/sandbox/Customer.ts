/** Customers. https://docs.stripe.com/api/customers */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import { isHash, merged, number, text as textOf } from "./Json.ts"
import * as P from "./Parameters.ts"
import { minorUnits, person } from "./People.ts"
import type { Plan } from "./Plan.ts"
import { applied, changed, done, equal, type Resource, stub } from "./Resource.ts"
import { canceled } from "./Subscription.ts"

/** A type, not an interface, so that it counts as JSON. */
export type Address = {
  readonly city: string | null
  readonly country: string | null
  readonly line1: string | null
  readonly line2: string | null
  readonly postal_code: string | null
  readonly state: string | null
}

interface Given {
  readonly id: string
  readonly created: number
  readonly address?: Address | null
  readonly balance?: number
  readonly currency?: string | null
  readonly delinquent?: boolean
  readonly description?: string | null
  readonly email?: string | null
  readonly invoicePrefix: string
  readonly metadata?: { readonly [key: string]: string }
  readonly name?: string | null
  readonly phone?: string | null
  readonly preferredLocales?: ReadonlyArray<string>
  readonly shipping?: { readonly address: Address; readonly name: string; readonly phone: string | null } | null
}

/** Every field of a customer at the pinned version. */
export const shape = (given: Given) => ({
  id: given.id,
  object: "customer" as const,
  address: given.address ?? null,
  balance: given.balance ?? 0,
  created: given.created,
  currency: given.currency ?? null,
  customer_account: null,
  default_source: null,
  delinquent: given.delinquent ?? false,
  description: given.description ?? null,
  discount: null,
  email: given.email ?? null,
  invoice_prefix: given.invoicePrefix,
  invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
  livemode: false,
  metadata: given.metadata ?? {},
  name: given.name ?? null,
  next_invoice_sequence: 1,
  phone: given.phone ?? null,
  preferred_locales: [...(given.preferredLocales ?? [])],
  shipping: given.shipping ?? null,
  tax_exempt: "none",
  test_clock: null
})

/** A customer as it was when the account was opened. */
export const seeded = (plan: Plan, index: number) => {
  const draw = plan.draw("customer", index)
  const { place, name, isCompany } = person(draw)
  const address: Address | null = draw.chance(80)
    ? {
        city: draw.pick(place.cities),
        country: place.country,
        line1: `${draw.pick(place.streets)} ${1 + draw.int(240)}`,
        line2: draw.chance(10) ? `${1 + draw.int(40)}/B` : null,
        postal_code: draw.chance(90) ? String(10_000 + draw.int(89_999)) : null,
        state: null
      }
    : null
  const phone = draw.chance(60) ? `+${1 + draw.int(97)}${1_000_000_000 + draw.int(899_999_999)}` : null
  return shape({
    id: plan.id("customer", index),
    created: plan.created("customer", index),
    address,
    balance: draw.chance(5) ? -draw.int(500) * Math.max(1, minorUnits(place.currency)) : 0,
    currency: place.currency,
    delinquent: draw.chance(3),
    description: draw.chance(30)
      ? `${isCompany ? "Account" : "Member"} since ${2019 + draw.int(7)}; line\u00a0two → “quoted”`
      : null,
    email: draw.chance(93) ? `${place.locale.slice(0, 2)}.${index}@example.${isCompany ? "com" : "org"}` : null,
    invoicePrefix: (0x1000_0000 + ((index * 2_654_435) % 0xefff_ffff)).toString(16).toUpperCase().slice(0, 8),
    metadata: draw.chance(40)
      ? {
          crm_id: `C-${100_000 + index}`,
          plan: draw.pick(["free", "team", "größer"]),
          ...(draw.chance(30) ? { note: draw.pick(["vip", "☎ call first", "n/a"]) } : {})
        }
      : {},
    name: draw.chance(97) ? name : null,
    phone,
    preferredLocales: draw.chance(50) ? [place.locale] : [],
    shipping: address !== null && draw.chance(25) ? { address, name, phone } : null
  })
}

const common: P.Parameters = {
  ...P.expand,
  address: P.address,
  balance: { kind: "integer", clears: false },
  business_name: { kind: "text", clears: true, most: 150 },
  description: P.text,
  email: P.email,
  individual_name: { kind: "text", clears: true, most: 150 },
  invoice_prefix: { kind: "text", clears: false, most: 12 },
  invoice_settings: P.hash({
    ...P.unmodelled("custom_fields", "rendering_options"),
    default_payment_method: P.text,
    footer: P.text
  }),
  metadata: P.metadata,
  name: { kind: "text", clears: true, most: 256 },
  next_invoice_sequence: P.amount,
  phone: { kind: "text", clears: true, most: 20 },
  preferred_locales: P.list(P.solidText),
  shipping: P.hash({ address: P.address, name: P.solidText, phone: P.text }, ["address", "name"]),
  tax_exempt: { kind: "choice", of: ["none", "exempt", "reverse"], clears: true },
  ...P.unmodelled("cash_balance", "source", "tax", "validate")
}

const absentWhenUnset = ["business_name", "individual_name"]

/**
 * `tax_exempt` has no null: cleared, it is `none`. A shipping or billing address always has all its members. The names of a
 * business and an individual are absent, never null.
 */
const settled = (given: Fields): Fields => {
  const record = Object.fromEntries(
    Object.entries(given).filter(([name, value]) => value !== null || !absentWhenUnset.includes(name))
  )
  const { address, shipping } = record
  const whole = (value: Fields): Fields => ({
    city: null,
    country: null,
    line1: null,
    line2: null,
    postal_code: null,
    state: null,
    ...value
  })
  return {
    ...record,
    tax_exempt: record["tax_exempt"] ?? "none",
    address: isHash(address) ? whole(address) : null,
    shipping: isHash(shipping)
      ? merged(shipping, {
          phone: shipping["phone"] ?? null,
          address: isHash(shipping["address"]) ? whole(shipping["address"]) : null
        })
      : null
  }
}

export const customer: Resource = {
  entity: "customer",
  path: "customers",
  create: {
    parameters: { ...common, ...P.unmodelled("payment_method", "tax_id_data", "test_clock") },
    required: [],
    run: (given, view) => {
      const id = view.newId("cus_", false)
      const blank = shape({ id, created: view.nowSeconds, invoicePrefix: id.slice(-8).toUpperCase() })
      return done(changed("customer", null, settled(applied(blank, given, view.profile)), "customer.created"))
    }
  },
  update: {
    parameters: { ...common, ...P.unmodelled("default_source") },
    run: (record, given, view) =>
      done(changed("customer", record, settled(applied(record, given, view.profile)), "customer.updated"))
  },
  // "Also immediately cancels any active subscriptions on the customer." https://docs.stripe.com/api/customers/delete
  remove: {
    parameters: {},
    run: (record, _given, view) => {
      const id = textOf(record, "id")
      const subscriptions = view.where(
        "subscription",
        (each) => each["customer"] === id && each["status"] !== "canceled"
      )
      return Result.succeed({
        answer: stub("customer", id),
        changes: [
          ...subscriptions.map((each) => canceled(each, view.nowSeconds)),
          { entity: "customer", id, before: record, after: null, events: ["customer.deleted"] }
        ]
      })
    }
  },
  commands: {},
  filters: { email: P.solidText, ...P.unmodelled("test_clock") },
  shows: (filters) => equal(filters, "email"),
  stubAfterDelete: true
}

/** The number of the customer's next invoice, and the customer after it was given away. */
export const numbered = (record: Fields): { readonly number: string; readonly after: Fields } => {
  const sequence = number(record, "next_invoice_sequence")
  return {
    number: `${textOf(record, "invoice_prefix")}-${String(sequence).padStart(4, "0")}`,
    after: { ...record, next_invoice_sequence: sequence + 1 }
  }
}
