/** Payment intents. An update of one makes no event: Stripe has no `payment_intent.updated`. https://docs.stripe.com/api/payment_intents */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import * as Invoice from "./Invoice.ts"
import { number, text as textOf } from "./Json.ts"
import * as P from "./Parameters.ts"
import type { Plan } from "./Plan.ts"
import { notPossible } from "./Refusal.ts"
import { applied, changed, done, equal, referenced, type Resource, type View } from "./Resource.ts"

interface Given {
  readonly id: string
  readonly created: number
  readonly amount: number
  readonly canceledAt?: number | null
  readonly currency: string
  readonly customer?: string | null
  readonly description?: string | null
  readonly metadata?: { readonly [key: string]: string }
  readonly paymentMethod?: string | null
  readonly status: string
}

/** Every field of a payment intent at the pinned version. */
export const shape = (given: Given) => ({
  id: given.id,
  object: "payment_intent" as const,
  allowed_payment_method_types: null,
  amount: given.amount,
  amount_capturable: 0,
  amount_details: { tip: {} },
  amount_received: given.status === "succeeded" ? given.amount : 0,
  application: null,
  application_fee_amount: null,
  automatic_payment_methods: null,
  canceled_at: given.canceledAt ?? null,
  cancellation_reason: (given.canceledAt ?? null) === null ? null : "abandoned",
  capture_method: "automatic",
  client_secret: `${given.id}_secret_sandbox`,
  confirmation_method: "automatic",
  created: given.created,
  currency: given.currency,
  customer: given.customer ?? null,
  customer_account: null,
  description: given.description ?? null,
  excluded_payment_method_types: null,
  last_payment_error: null,
  latest_charge: null,
  livemode: false,
  managed_payments: { enabled: false },
  metadata: given.metadata ?? {},
  next_action: null,
  on_behalf_of: null,
  payment_method: given.paymentMethod ?? null,
  payment_method_configuration_details: null,
  payment_method_options: {},
  payment_method_types: ["card"],
  payment_record: null,
  processing: null,
  receipt_email: null,
  review: null,
  setup_future_usage: null,
  shipping: null,
  source: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  status: given.status,
  transfer_data: null,
  transfer_group: null
})

export const seeded = (plan: Plan, index: number) => {
  const draw = plan.draw("payment_intent", index)
  const invoice = Invoice.seeded(plan, plan.invoiceOf(index))
  const created = plan.created("payment_intent", index)
  const status = invoice.status === "paid" ? "succeeded" : draw.chance(50) ? "requires_payment_method" : "canceled"
  return shape({
    id: plan.id("payment_intent", index),
    created,
    amount: invoice.total,
    canceledAt: status === "canceled" ? created + 3600 : null,
    currency: invoice.currency,
    customer: invoice.customer,
    description: draw.chance(70) ? "Subscription update" : null,
    metadata: draw.chance(10) ? { invoice: invoice.id } : {},
    paymentMethod: status === "succeeded" ? `pm_1S${invoice.id.slice(-18)}` : null,
    status
  })
}

const succeeded = (record: Fields, method: string): Fields => ({
  ...record,
  status: "succeeded",
  amount_received: record["amount"] ?? 0,
  payment_method: method
})

const common: P.Parameters = {
  ...P.expand,
  customer: P.solidText,
  description: P.text,
  metadata: P.metadata,
  receipt_email: P.email,
  setup_future_usage: { kind: "choice", of: ["off_session", "on_session"], clears: true },
  statement_descriptor: { kind: "text", clears: true, most: 22 },
  statement_descriptor_suffix: { kind: "text", clears: true, most: 22 },
  transfer_group: P.text,
  ...P.unmodelled(
    "allowed_payment_method_types",
    "amount_details",
    "application_fee_amount",
    "capture_method",
    "customer_account",
    "excluded_payment_method_types",
    "hooks",
    "payment_details",
    "payment_method_configuration",
    "payment_method_data",
    "payment_method_options",
    "shipping",
    "transfer_data"
  )
}

/** The state in which a payment intent can still be changed. */
const isOpen = (record: Fields): boolean => textOf(record, "status").startsWith("requires_")

const refusedIn = (record: Fields, what: string) =>
  Result.fail(
    notPossible(
      `This PaymentIntent could not be ${what} because it has a status of ${textOf(record, "status")}.`,
      "payment_intent_unexpected_state"
    )
  )

export const paymentIntent: Resource = {
  entity: "payment_intent",
  path: "payment_intents",
  create: {
    parameters: {
      ...common,
      amount: { kind: "integer", least: 1, clears: false },
      confirm: P.boolean,
      currency: P.currency,
      payment_method: P.solidText,
      payment_method_types: P.list(P.solidText),
      ...P.unmodelled(
        "automatic_payment_methods",
        "confirmation_method",
        "confirmation_token",
        "error_on_requires_action",
        "mandate",
        "mandate_data",
        "off_session",
        "on_behalf_of",
        "radar_options",
        "return_url",
        "use_stripe_sdk"
      )
    },
    required: ["amount", "currency"],
    run: (given, view) =>
      Result.gen(function* () {
        yield* referenced(given, "customer", "customer", view)
        const { confirm, ...rest } = given
        const method = textOf(given, "payment_method")
        const blank = shape({
          id: view.newId("pi_", true),
          created: view.nowSeconds,
          amount: number(given, "amount"),
          currency: textOf(given, "currency"),
          status: method === "" ? "requires_payment_method" : "requires_confirmation"
        })
        const record = applied(blank, rest, view.profile)
        const isPaid = confirm === true && method !== ""
        const after = isPaid ? succeeded(record, method) : record
        const events = isPaid ? ["payment_intent.created", "payment_intent.succeeded"] : ["payment_intent.created"]
        return { answer: after, changes: [changed("payment_intent", null, after, ...events)] }
      })
  },
  update: {
    parameters: {
      ...common,
      amount: { kind: "integer", least: 1, clears: false },
      currency: P.currency,
      payment_method: P.solidText
    },
    run: (record, given, view) => {
      // After the end only descriptions may change. https://docs.stripe.com/api/payment_intents/update
      const locked = Object.keys(given).find(
        (name) => !["description", "expand", "metadata", "receipt_email"].includes(name)
      )
      if (locked !== undefined && !isOpen(record)) return refusedIn(record, "updated")
      return Result.flatMap(referenced(given, "customer", "customer", view), () =>
        done(changed("payment_intent", record, applied(record, given, view.profile)))
      )
    }
  },
  commands: {
    cancel: {
      parameters: {
        ...P.expand,
        cancellation_reason: P.choice("abandoned", "duplicate", "fraudulent", "requested_by_customer")
      },
      run: (record, given, view) =>
        isOpen(record)
          ? done(changed("payment_intent", record, withReason(record, given, view), "payment_intent.canceled"))
          : refusedIn(record, "canceled")
    },
    confirm: {
      parameters: { ...P.expand, payment_method: P.solidText },
      run: (record, given) =>
        isOpen(record)
          ? done(
              changed(
                "payment_intent",
                record,
                succeeded(
                  record,
                  textOf(given, "payment_method") || textOf(record, "payment_method") || "pm_card_visa"
                ),
                "payment_intent.succeeded"
              )
            )
          : refusedIn(record, "confirmed")
    }
  },
  filters: { customer: P.solidText, ...P.unmodelled("customer_account") },
  shows: (filters) => equal(filters, "customer"),
  stubAfterDelete: false
}

const withReason = (record: Fields, given: Fields, view: View): Fields => ({
  ...record,
  status: "canceled",
  canceled_at: view.nowSeconds,
  cancellation_reason: given["cancellation_reason"] ?? null
})
