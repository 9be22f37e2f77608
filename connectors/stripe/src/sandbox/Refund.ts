/** Refunds of payments that have succeeded. https://docs.stripe.com/api/refunds */
import type { Fields } from "@syncline/core"
import { Result } from "effect"
import { number, text as textOf } from "./Json.ts"
import * as P from "./Parameters.ts"
import { invalidValue, notPossible } from "./Refusal.ts"
import { applied, changed, done, equal, referenced, type Resource, type View } from "./Resource.ts"

interface Given {
  readonly id: string
  readonly created: number
  readonly amount: number
  readonly currency: string
  readonly customer: string | null
  readonly paymentIntent: string
}

/** Every field of a card's refund at the pinned version. */
export const shape = ({ amount, created, currency, customer, id, paymentIntent }: Given) => ({
  id,
  object: "refund" as const,
  amount,
  balance_transaction: null,
  charge: null,
  created,
  currency,
  customer,
  customer_account: null,
  destination_details: { card: { type: "refund" as const }, type: "card" },
  metadata: {},
  payment_intent: paymentIntent,
  payment_method: null,
  reason: null,
  receipt_number: null,
  source_transfer_reversal: null,
  status: "succeeded",
  transfer_reversal: null
})

const common: P.Parameters = { ...P.expand, metadata: P.metadata }

/** What of the payment is not given back yet. */
const left = (payment: Fields, view: View): number =>
  view
    .where("refund", (refund) => refund["payment_intent"] === payment["id"])
    .reduce((sum, refund) => sum - number(refund, "amount"), number(payment, "amount_received"))

export const refund: Resource = {
  entity: "refund",
  path: "refunds",
  create: {
    parameters: {
      ...common,
      amount: { kind: "integer", least: 1, clears: false },
      instructions_email: P.email,
      payment_intent: P.solidText,
      reason: P.choice("duplicate", "fraudulent", "requested_by_customer"),
      ...P.unmodelled("charge", "currency", "customer", "origin", "refund_application_fee", "reverse_transfer")
    },
    required: ["payment_intent"],
    run: (given, view) =>
      Result.gen(function* () {
        const payment = yield* referenced(given, "payment_intent", "payment_intent", view)
        if (payment === null || payment["status"] !== "succeeded")
          return yield* Result.fail(notPossible("This PaymentIntent does not have a successful charge to refund."))
        const rest = left(payment, view)
        const amount = given["amount"] === undefined ? rest : number(given, "amount")
        if (rest === 0)
          return yield* Result.fail(notPossible("Charge has already been refunded.", "charge_already_refunded"))
        if (amount > rest)
          return yield* Result.fail(
            invalidValue("amount", `Refund amount (${amount}) is greater than unrefunded amount on charge (${rest})`)
          )
        const customer = payment["customer"]
        const blank = shape({
          id: view.newId("re_", true),
          created: view.nowSeconds,
          amount,
          currency: textOf(payment, "currency"),
          customer: typeof customer === "string" ? customer : null,
          paymentIntent: textOf(payment, "id")
        })
        const record = applied(blank, { ...given, amount }, view.profile)
        return yield* done(changed("refund", null, record, "refund.created"))
      })
  },
  update: {
    parameters: common,
    run: (record, given, view) =>
      done(changed("refund", record, applied(record, given, view.profile), "refund.updated"))
  },
  commands: {},
  filters: { payment_intent: P.solidText, ...P.unmodelled("charge") },
  shows: (filters) => equal(filters, "payment_intent"),
  stubAfterDelete: false
}
