/** Subscriptions. One that is created here bills nothing by itself. https://docs.stripe.com/api/subscriptions */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import { hash, hashes, isHash, number, text as textOf } from "./Json.ts"
import * as P from "./Parameters.ts"
import type { Plan } from "./Plan.ts"
import * as Price from "./Price.ts"
import { missing, missingParameter, notPossible, type Refusal } from "./Refusal.ts"
import { applied, type Change, changed, done, equal, referenced, type Resource, type View } from "./Resource.ts"

const day = 86_400

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
const plan = (price: Fields) => ({
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
  plan: plan(given.price),
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
  cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: (given.canceledAt ?? null) === null ? null : "cancellation_requested" },
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
  invoice_settings: { account_tax_ids: null, custom_fields: null, description: null, footer: null, issuer: { type: "self" } },
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

const periodDays = (interval: string, count: number): number =>
  count * (interval === "year" ? 365 : interval === "month" ? 30 : interval === "week" ? 7 : 1)

export const seeded = (plan: Plan, index: number) => {
  const draw = plan.draw("subscription", index)
  const created = plan.created("subscription", index)
  const id = plan.id("subscription", index)
  const roll = draw.int(100)
  const status = roll < 70 ? "active" : roll < 78 ? "trialing" : roll < 84 ? "past_due" : roll < 97 ? "canceled" : "unpaid"
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
  changed("subscription", record, {
    ...record,
    status: "canceled",
    canceled_at: nowSeconds,
    ended_at: nowSeconds,
    cancel_at_period_end: false,
    cancellation_details: { ...hash(record, "cancellation_details"), ...details, reason: "cancellation_requested" }
  }, "customer.subscription.deleted")

const itemParameters = {
  price: P.solidText,
  quantity: P.amount,
  ...P.unmodelled("billing_thresholds", "current_trial", "discounts", "metadata", "plan", "price_data", "tax_rates", "trial")
}

const common: P.Parameters = {
  ...P.expand,
  cancel_at_period_end: P.boolean,
  collection_method: P.choice("charge_automatically", "send_invoice"),
  days_until_due: P.amount,
  description: { kind: "text", clears: true, most: 500 },
  metadata: P.metadata,
  off_session: P.boolean,
  payment_behavior: P.choice("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete"),
  proration_behavior: P.choice("always_invoice", "create_prorations", "none"),
  ...P.unmodelled(
    "add_invoice_items", "application_fee_percent", "automatic_tax", "billing_schedules", "billing_thresholds", "cancel_at",
    "default_payment_method", "default_source", "default_tax_rates", "discounts", "invoice_settings", "on_behalf_of",
    "payment_settings", "pending_invoice_item_interval", "transfer_data", "trial_end", "trial_from_plan", "trial_settings"
  )
}

/** What steers the request and is no field of the record. */
const kept = (given: Fields): Fields =>
  Object.fromEntries(Object.entries(given).filter(([name]) =>
    !["items", "off_session", "payment_behavior", "proration_behavior", "trial_period_days"].includes(name)))

const withItems = (record: Fields, data: ReadonlyArray<Fields>): Fields => ({
  ...record,
  items: { ...hash(record, "items"), data }
})

const newItem = (given: Fields, record: Fields, view: View): Result.Result<Fields, Refusal> =>
  Result.gen(function*() {
    const price = yield* referenced(given, "price", "price", view)
    if (price === null) return yield* Result.fail(missingParameter("items[0][price]"))
    const recurring = price["recurring"]
    if (!isHash(recurring)) {
      return yield* Result.fail(notPossible(`The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`))
    }
    return itemShape({
      id: view.newId("si_", false),
      created: view.nowSeconds,
      price,
      quantity: given["quantity"] === undefined ? 1 : number(given, "quantity"),
      subscription: textOf(record, "id"),
      periodStart: view.nowSeconds,
      periodEnd: view.nowSeconds + periodDays(textOf(recurring, "interval"), number(recurring, "interval_count")) * day
    })
  })

/** Items of an update: by id they change or go, without id they are added. */
const editedItems = (record: Fields, given: ReadonlyArray<Fields>, view: View): Result.Result<ReadonlyArray<Fields>, Refusal> =>
  Result.gen(function*() {
    let data = hashes(hash(record, "items"), "data")
    for (const edit of given) {
      const id = textOf(edit, "id")
      if (id === "") {
        data = [...data, yield* newItem(edit, record, view)]
        continue
      }
      const known = data.find((item) => item["id"] === id)
      if (known === undefined) return yield* Result.fail(missing("subscription_item", id, "items[0][id]", 400))
      const price = yield* referenced(edit, "price", "price", view)
      const next = {
        ...known,
        ...(price === null ? {} : { price, plan: plan(price) }),
        ...(edit["quantity"] === undefined ? {} : { quantity: edit["quantity"] })
      }
      data = edit["deleted"] === true ? data.filter((item) => item !== known) : data.map((item) => (item === known ? next : item))
    }
    return data
  })

export const subscription: Resource = {
  entity: "subscription",
  path: "subscriptions",
  create: {
    parameters: {
      ...common,
      currency: P.currency,
      customer: P.solidText,
      items: P.list(P.hash(itemParameters, ["price"]), 20),
      trial_period_days: P.amount,
      ...P.unmodelled("backdate_start_date", "billing_cycle_anchor", "billing_cycle_anchor_config", "billing_mode", "customer_account")
    },
    required: ["customer", "items"],
    run: (given, view) =>
      Result.gen(function*() {
        yield* referenced(given, "customer", "customer", view)
        const trialDays = number(given, "trial_period_days")
        const blank = shape({
          id: view.newId("sub_", true),
          created: view.nowSeconds,
          currency: "usd",
          customer: textOf(given, "customer"),
          items: [],
          status: trialDays > 0 ? "trialing" : "active",
          trial: trialDays > 0 ? { start: view.nowSeconds, end: view.nowSeconds + trialDays * day } : null
        })
        const items: Array<Fields> = []
        for (const item of hashes(given, "items")) items.push(yield* newItem(item, blank, view))
        const currency = textOf(hash(items[0] ?? {}, "price"), "currency")
        const record = withItems({ ...applied(blank, kept(given), view.profile), currency }, items)
        return { answer: record, changes: [changed("subscription", null, record, "customer.subscription.created")] }
      })
  },
  update: {
    parameters: {
      ...common,
      cancellation_details: P.hash({ comment: P.text, feedback: P.text }),
      items: P.list(P.hash({ ...itemParameters, id: P.solidText, deleted: P.boolean }), 20),
      pause_collection: P.hash({ behavior: P.choice("keep_as_draft", "mark_uncollectible", "void"), resumes_at: P.integer }, ["behavior"]),
      ...P.unmodelled("billing_cycle_anchor", "proration_date")
    },
    run: (record, given, view) => {
      const isOver = record["status"] === "canceled"
      if (isOver && Object.keys(given).some((name) => !["cancellation_details", "metadata", "expand"].includes(name))) {
        return Result.fail(notPossible("A canceled subscription can only update its cancellation_details and metadata.", "invalid_canceled_subscription_fields"))
      }
      return Result.flatMap(editedItems(record, hashes(given, "items"), view), (items) =>
        done(changed("subscription", record, withItems(applied(record, kept(given), view.profile), items), "customer.subscription.updated")))
    }
  },
  remove: {
    parameters: {
      ...P.expand,
      cancellation_details: P.hash({ comment: P.text, feedback: P.text }),
      invoice_now: P.boolean,
      prorate: P.boolean
    },
    run: (record, given, view) =>
      record["status"] === "canceled"
        ? Result.fail(missing("subscription", textOf(record, "id")))
        : done(canceled(record, view.nowSeconds, hash(given, "cancellation_details")))
  },
  commands: {},
  filters: {
    collection_method: P.solidText,
    customer: P.solidText,
    price: P.solidText,
    status: P.choice("active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "paused", "trialing", "unpaid"),
    ...P.unmodelled("automatic_tax", "current_period_end", "current_period_start", "customer_account", "plan", "test_clock")
  },
  // "If no value is supplied, all subscriptions that have not been canceled are returned."
  shows: (filters) => {
    const fields = equal(filters, "collection_method", "customer")
    const status = filters["status"]
    const asked = filters["price"]
    return (record) =>
      (fields === undefined || fields(record)) && isInStatus(textOf(record, "status"), status)
      && (asked === undefined || hashes(hash(record, "items"), "data").some((item) => hash(item, "price")["id"] === asked))
  },
  stubAfterDelete: false
}

const isInStatus = (status: string, asked: Fields[string] | undefined): boolean => {
  switch (asked) {
    case undefined:
      return status !== "canceled"
    case "all":
      return true
    case "ended":
      return status === "canceled" || status === "incomplete_expired"
    default:
      return status === asked
  }
}
