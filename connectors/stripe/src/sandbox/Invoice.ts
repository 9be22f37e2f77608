/** Invoices: drafts that are finalized, then paid, voided or given up. https://docs.stripe.com/api/invoices */
import { minorUnits } from "./People.ts"
import type { Plan } from "./Plan.ts"
import * as Customer from "./Customer.ts"
import * as Price from "./Price.ts"

const day = 86_400

interface GivenLine {
  readonly id: string
  readonly amount: number
  readonly currency: string
  readonly description: string | null
  readonly invoice: string
  readonly price: { readonly id: string; readonly product: string } | null
  readonly quantity: number
  readonly period: { readonly start: number; readonly end: number }
  readonly subscription: { readonly id: string; readonly item: string } | null
}

/** Every field of an invoice line at the pinned version. */
export const lineShape = (given: GivenLine) => ({
  id: given.id,
  object: "line_item" as const,
  amount: given.amount,
  currency: given.currency,
  description: given.description,
  discount_amounts: [],
  discountable: true,
  discounts: [],
  invoice: given.invoice,
  livemode: false,
  metadata: {},
  parent:
    given.subscription === null
      ? null
      : {
          invoice_item_details: null,
          subscription_item_details: {
            invoice_item: null,
            proration: false,
            proration_details: { credited_items: null },
            subscription: given.subscription.id,
            subscription_item: given.subscription.item
          },
          type: "subscription_item_details"
        },
  period: { end: given.period.end, start: given.period.start },
  pretax_credit_amounts: [],
  pricing:
    given.price === null
      ? null
      : {
          price_details: { price: given.price.id, product: given.price.product },
          type: "price_details" as const,
          unit_amount_decimal: String(Math.round(given.amount / Math.max(1, given.quantity)))
        },
  quantity: given.quantity,
  quantity_decimal: String(given.quantity),
  subscription: given.subscription?.id ?? null,
  subtotal: given.amount,
  taxes: []
})

interface Given<Line> {
  readonly id: string
  readonly created: number
  readonly billingReason: string
  readonly collectionMethod?: string
  readonly currency: string
  /** Whose address, email, name and phone the invoice copies. */
  readonly customer: {
    readonly id: string
    readonly address: Customer.Address | null
    readonly email: string | null
    readonly name: string | null
    readonly phone: string | null
  }
  readonly description?: string | null
  readonly dueDate?: number | null
  readonly lines: ReadonlyArray<Line>
  readonly metadata?: { readonly [key: string]: string }
  readonly number?: string | null
  readonly status: string
  readonly subscription: string | null
  /** When it was finalized, paid, voided or given up; null for what did not happen. */
  readonly at?: {
    readonly finalized: number | null
    readonly paid: number | null
    readonly voided: number | null
    readonly uncollectible: number | null
  }
  readonly total: number
}

/** Every field of an invoice at the pinned version. `lines` holds all of them; what is shown of them is cut elsewhere. */
export const shape = <Line>(given: Given<Line>) => {
  const isPaid = given.status === "paid"
  const isDraft = given.status === "draft"
  return {
    id: given.id,
    object: "invoice" as const,
    account_country: "US",
    account_name: "Syncline Sandbox",
    account_tax_ids: null,
    amount_due: given.total,
    amount_overpaid: 0,
    amount_paid: isPaid ? given.total : 0,
    amount_remaining: isPaid ? 0 : given.total,
    amount_shipping: 0,
    application: null,
    attempt_count: isPaid ? 1 : 0,
    attempted: isPaid,
    auto_advance: false,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    billing_reason: given.billingReason,
    collection_method: given.collectionMethod ?? "charge_automatically",
    created: given.created,
    currency: given.currency,
    custom_fields: null,
    customer: given.customer.id,
    customer_account: null,
    customer_address: given.customer.address,
    customer_email: given.customer.email,
    customer_name: given.customer.name,
    customer_phone: given.customer.phone,
    customer_shipping: null,
    customer_tax_exempt: "none",
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: given.description ?? null,
    discounts: [],
    due_date: given.dueDate ?? null,
    effective_at: given.at?.finalized ?? null,
    ending_balance: isDraft ? null : 0,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: isDraft ? null : `https://invoice.stripe.com/i/sandbox/test_${given.id}`,
    invoice_pdf: isDraft ? null : `https://pay.stripe.com/invoice/sandbox/test_${given.id}/pdf`,
    issuer: { type: "self" },
    last_finalization_error: null,
    latest_revision: null,
    lines: { object: "list" as const, data: [...given.lines], has_more: false, url: `/v1/invoices/${given.id}/lines` },
    livemode: false,
    metadata: given.metadata ?? {},
    next_payment_attempt: null,
    number: given.number ?? null,
    on_behalf_of: null,
    parent:
      given.subscription === null
        ? null
        : {
            quote_details: null,
            subscription_details: { metadata: {}, subscription: given.subscription },
            type: "subscription_details"
          },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: given.created,
    period_start: given.created,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: given.status,
    status_transitions: {
      finalized_at: given.at?.finalized ?? null,
      marked_uncollectible_at: given.at?.uncollectible ?? null,
      paid_at: given.at?.paid ?? null,
      voided_at: given.at?.voided ?? null
    },
    subtotal: given.total,
    subtotal_excluding_tax: given.total,
    test_clock: null,
    total: given.total,
    total_discount_amounts: [],
    total_excluding_tax: given.total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: given.created
  }
}

/** Most have one line per item of their subscription; one in 97 has 23, more than an answer holds. */
const lineCount = (index: number, items: number): number => (index % 97 === 11 ? 23 : Math.max(1, items))

export const seeded = (plan: Plan, index: number) => {
  const draw = plan.draw("invoice", index)
  const id = plan.id("invoice", index)
  const created = plan.created("invoice", index)
  const subscription = plan.subscriptionOf(index)
  const subscriptionId = plan.id("subscription", subscription)
  const customer = Customer.seeded(plan, plan.customerOf(subscription))
  const roll = draw.int(100)
  const status = roll < 78 ? "paid" : roll < 90 ? "open" : roll < 94 ? "draft" : roll < 98 ? "void" : "uncollectible"
  const finalized = status === "draft" ? null : created + 3600
  const items = plan.itemsOf(subscription)
  const currency = plan.currencyOf(plan.priceOf(subscription, 0))
  const lines = Array.from({ length: lineCount(index, items) }, (_, line) => {
    const price = Price.seeded(plan, plan.priceOf(subscription, line % items))
    const quantity = 1 + draw.int(4)
    return lineShape({
      id: `il_${id.slice(3, -5)}${id.slice(-5)}${String(line).padStart(2, "0")}`,
      amount: Math.round(Number(price.unit_amount_decimal)) * quantity,
      currency,
      description: draw.chance(90)
        ? `${quantity} × ${price.nickname ?? "Plan"} (at ${price.unit_amount_decimal} / ${minorUnits(currency)})`
        : null,
      invoice: id,
      price: { id: price.id, product: price.product },
      quantity,
      period: { start: created, end: created + 30 * day },
      subscription: {
        id: subscriptionId,
        item: `si_${subscriptionId.slice(-10)}${String(line % items).padStart(4, "0")}`
      }
    })
  })
  return shape({
    id,
    created,
    billingReason: "subscription_cycle",
    ...(draw.chance(20) ? { collectionMethod: "send_invoice", dueDate: created + 30 * day } : {}),
    currency,
    customer,
    description: draw.chance(10) ? "Danke für Ihren Auftrag – ありがとう" : null,
    lines,
    metadata: draw.chance(15) ? { order: `O-${index}` } : {},
    number: status === "draft" ? null : `${customer.invoice_prefix}-${String(index + 1).padStart(6, "0")}`,
    status,
    subscription: subscriptionId,
    at: {
      finalized,
      paid: status === "paid" ? created + 7200 : null,
      voided: status === "void" ? created + day : null,
      uncollectible: status === "uncollectible" ? created + 60 * day : null
    },
    total: lines.reduce((sum, line) => sum + line.amount, 0)
  })
}
