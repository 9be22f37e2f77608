/** What can be asked of subscriptions. https://docs.stripe.com/api/subscriptions */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import { hash, hashes, isHash, number, text as textOf } from "./Json.ts"
import * as P from "./Parameters.ts"
import { missing, missingParameter, notPossible, type Refusal } from "./Refusal.ts"
import { applied, changed, done, equal, referenced, type Resource, type View } from "./Resource.ts"
import { canceled, day, itemShape, periodDays, planOf, shape } from "./Subscription.ts"

const itemParameters = {
  price: P.solidText,
  quantity: P.amount,
  ...P.unmodelled(
    "billing_thresholds",
    "current_trial",
    "discounts",
    "metadata",
    "plan",
    "price_data",
    "tax_rates",
    "trial"
  )
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
    "add_invoice_items",
    "application_fee_percent",
    "automatic_tax",
    "billing_schedules",
    "billing_thresholds",
    "cancel_at",
    "default_payment_method",
    "default_source",
    "default_tax_rates",
    "discounts",
    "invoice_settings",
    "on_behalf_of",
    "payment_settings",
    "pending_invoice_item_interval",
    "transfer_data",
    "trial_end",
    "trial_from_plan",
    "trial_settings"
  )
}

/** What steers the request and is no field of the record. */
const kept = (given: Fields): Fields =>
  Object.fromEntries(
    Object.entries(given).filter(
      ([name]) =>
        !["items", "off_session", "payment_behavior", "proration_behavior", "trial_period_days"].includes(name)
    )
  )

const withItems = (record: Fields, data: ReadonlyArray<Fields>): Fields => ({
  ...record,
  items: { ...hash(record, "items"), data }
})

const newItem = (given: Fields, record: Fields, view: View): Result.Result<Fields, Refusal> =>
  Result.gen(function* () {
    const price = yield* referenced(given, "price", "price", view)
    if (price === null) return yield* Result.fail(missingParameter("items[0][price]"))
    const recurring = price["recurring"]
    if (!isHash(recurring)) {
      return yield* Result.fail(
        notPossible(
          `The price specified is set to \`type=one_time\` but this field only accepts prices with \`type=recurring\`.`
        )
      )
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
const editedItems = (
  record: Fields,
  given: ReadonlyArray<Fields>,
  view: View
): Result.Result<ReadonlyArray<Fields>, Refusal> =>
  Result.gen(function* () {
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
        ...(price === null ? {} : { price, plan: planOf(price) }),
        ...(edit["quantity"] === undefined ? {} : { quantity: edit["quantity"] })
      }
      data =
        edit["deleted"] === true
          ? data.filter((item) => item !== known)
          : data.map((item) => (item === known ? next : item))
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
      ...P.unmodelled(
        "backdate_start_date",
        "billing_cycle_anchor",
        "billing_cycle_anchor_config",
        "billing_mode",
        "customer_account"
      )
    },
    required: ["customer", "items"],
    run: (given, view) =>
      Result.gen(function* () {
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
      pause_collection: P.hash(
        { behavior: P.choice("keep_as_draft", "mark_uncollectible", "void"), resumes_at: P.integer },
        ["behavior"]
      ),
      ...P.unmodelled("billing_cycle_anchor", "proration_date")
    },
    run: (record, given, view) => {
      const isOver = record["status"] === "canceled"
      if (isOver && Object.keys(given).some((name) => !["cancellation_details", "metadata", "expand"].includes(name))) {
        return Result.fail(
          notPossible(
            "A canceled subscription can only update its cancellation_details and metadata.",
            "invalid_canceled_subscription_fields"
          )
        )
      }
      return Result.flatMap(editedItems(record, hashes(given, "items"), view), (items) =>
        done(
          changed(
            "subscription",
            record,
            withItems(applied(record, kept(given), view.profile), items),
            "customer.subscription.updated"
          )
        )
      )
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
    status: P.choice(
      "active",
      "all",
      "canceled",
      "ended",
      "incomplete",
      "incomplete_expired",
      "past_due",
      "paused",
      "trialing",
      "unpaid"
    ),
    ...P.unmodelled(
      "automatic_tax",
      "current_period_end",
      "current_period_start",
      "customer_account",
      "plan",
      "test_clock"
    )
  },
  // "If no value is supplied, all subscriptions that have not been canceled are returned."
  shows: (filters) => {
    const fields = equal(filters, "collection_method", "customer")
    const status = filters["status"]
    const asked = filters["price"]
    return (record) =>
      (fields === undefined || fields(record)) &&
      isInStatus(textOf(record, "status"), status) &&
      (asked === undefined || hashes(hash(record, "items"), "data").some((item) => hash(item, "price")["id"] === asked))
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
