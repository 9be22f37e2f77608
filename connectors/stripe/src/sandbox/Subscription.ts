/** Subscriptions. One that is created here bills nothing by itself. https://docs.stripe.com/api/subscriptions */
import type { Fields } from "@syncline/core"
import { hash, number, text as textOf } from "./Json.ts"
import type { Plan } from "./Plan.ts"
import * as Price from "./Price.ts"
import { type Change, changed } from "./Resource.ts"

export const day = 86_400

interface GivenItem<PriceFields> {
  readonly id: string
  readonly created: number
  readonly price: PriceFields
  readonly quantity: number
  readonly subscription: string
  readonly periodStart: number
  readonly periodEnd: number
}

/** What an item shows of its price under the older name. */
export const planOf = (price: Fields) => ({
  id: textOf(price, "id"),
  object: "plan" as const,
  active: price["active"] === true,
  amount: typeof price["unit_amount"] === "number" ? price["unit_amount"] : null,
  amount_decimal: textOf(price, "unit_amount_decimal"),
  billing_scheme: "per_unit",
  created: number(price, "created"),
  currency: textOf(price, "currency"),
  interval: textOf(hash(price, "recurring"), "interval"),
  interval_count: number(hash(price, "recurring"), "interval_count"),
  livemode: false,
  metadata: {},
  meter: null,
  nickname: typeof price["nickname"] === "string" ? price["nickname"] : null,
  product: textOf(price, "product"),
  tiers_mode: null,
  transform_usage: null,
  trial_period_days: null,
  usage_type: "licensed"
})

/** Every field of a subscription item at the pinned version. */
export const itemShape = <PriceFields extends Fields>(given: GivenItem<PriceFields>) => ({
  id: given.id,
  object: "subscription_item" as const,
  billing_thresholds: null,
  created: given.created,
  current_period_end: given.periodEnd,
  current_period_start: given.periodStart,
  current_trial: null,
  discounts: [],
  metadata: {},
  plan: planOf(given.price),
  price: given.price,
  quantity: given.quantity,
  subscription: given.subscription,
  tax_rates: []
})

interface Given<Item> {
  readonly id: string
  readonly created: number
  readonly cancelAtPeriodEnd?: boolean
  readonly canceledAt?: number | null
  readonly collectionMethod?: string
  readonly currency: string
  readonly customer: string
  readonly daysUntilDue?: number | null
  readonly description?: string | null
  readonly items: ReadonlyArray<Item>
  readonly latestInvoice?: string | null
  readonly metadata?: { readonly [key: string]: string }
  readonly status: string
  readonly trial?: { readonly start: number; readonly end: number } | null
}

/** Every field of a subscription at the pinned version. `items` holds all of them; what is shown of them is cut elsewhere. */
export const shape = <Item>(given: Given<Item>) => ({
  id: given.id,
  object: "subscription" as const,
  application: null,
  application_fee_percent: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null },
  billing_cycle_anchor: given.created,
  billing_cycle_anchor_config: null,
  billing_mode: { flexible: null, type: "classic" },
  billing_schedules: [],
  billing_thresholds: null,
  cancel_at: null,
  cancel_at_period_end: given.cancelAtPeriodEnd ?? false,
  canceled_at: given.canceledAt ?? null,
  cancellation_details: {
    comment: null,
    feedback: null,
    feedback_option: null,
    reason: (given.canceledAt ?? null) === null ? null : "cancellation_requested"
  },
  collection_method: given.collectionMethod ?? "charge_automatically",
  created: given.created,
  currency: given.currency,
  customer: given.customer,
  customer_account: null,
  days_until_due: given.daysUntilDue ?? null,
  default_payment_method: null,
  default_source: null,
  default_tax_rates: [],
  description: given.description ?? null,
  discounts: [],
  ended_at: given.canceledAt ?? null,
  invoice_settings: {
    account_tax_ids: null,
    custom_fields: null,
    description: null,
    footer: null,
    issuer: { type: "self" }
  },
  items: {
    object: "list" as const,
    data: [...given.items],
    has_more: false,
    url: `/v1/subscription_items?subscription=${given.id}`
  },
  latest_invoice: given.latestInvoice ?? null,
  livemode: false,
  managed_payments: { enabled: false },
  metadata: given.metadata ?? {},
  next_pending_invoice_item_invoice: null,
  on_behalf_of: null,
  pause_collection: null,
  payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: "off" },
  pending_invoice_item_interval: null,
  pending_setup_intent: null,
  pending_update: null,
  schedule: null,
  start_date: given.created,
  status: given.status,
  test_clock: null,
  transfer_data: null,
  trial_end: given.trial?.end ?? null,
  trial_settings: { end_behavior: { billing_cycle_anchor: null, missing_payment_method: "create_invoice" } },
  trial_start: given.trial?.start ?? null
})

/** How long a period of a price lasts, with months of 30 days. */
export const periodDays = (interval: string, count: number): number =>
  count * (interval === "year" ? 365 : interval === "month" ? 30 : interval === "week" ? 7 : 1)

export const seeded = (plan: Plan, index: number) => {
  const draw = plan.draw("subscription", index)
  const created = plan.created("subscription", index)
  const id = plan.id("subscription", index)
  const roll = draw.int(100)
  const status =
    roll < 70 ? "active" : roll < 78 ? "trialing" : roll < 84 ? "past_due" : roll < 97 ? "canceled" : "unpaid"
  const items = Array.from({ length: plan.itemsOf(index) }, (_, item) => {
    const price = Price.seeded(plan, plan.priceOf(index, item))
    const days = price.recurring === null ? 30 : periodDays(price.recurring.interval, price.recurring.interval_count)
    return itemShape({
      id: `si_${id.slice(-10)}${String(item).padStart(4, "0")}`,
      created: created + 1,
      price,
      quantity: 1 + draw.int(4),
      subscription: id,
      periodStart: created,
      periodEnd: created + days * day
    })
  })
  const latest = plan.latestInvoiceOf(index)
  return shape({
    id,
    created,
    cancelAtPeriodEnd: status === "active" && draw.chance(6),
    canceledAt: status === "canceled" ? created + draw.int(40) * day : null,
    ...(draw.chance(20) ? { collectionMethod: "send_invoice", daysUntilDue: 30 } : {}),
    currency: items[0]?.price.currency ?? "usd",
    customer: plan.id("customer", plan.customerOf(index)),
    description: draw.chance(10) ? `Contract ${index}` : null,
    items,
    latestInvoice: latest === null ? null : plan.id("invoice", latest),
    metadata: draw.chance(20) ? { contract: `K-${index}` } : {},
    status,
    trial: status === "trialing" ? { start: created, end: created + 14 * day } : null
  })
}

/** A subscription that ends now. It stays readable, as `canceled`. */
export const canceled = (record: Fields, nowSeconds: number, details: Fields = {}): Change =>
  changed(
    "subscription",
    record,
    {
      ...record,
      status: "canceled",
      canceled_at: nowSeconds,
      ended_at: nowSeconds,
      cancel_at_period_end: false,
      cancellation_details: { ...hash(record, "cancellation_details"), ...details, reason: "cancellation_requested" }
    },
    "customer.subscription.deleted"
  )
