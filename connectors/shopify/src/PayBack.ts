/**
 * Money is given back from an order's first payment, under the op's key, which Shopify remembers. The request has to be the very same
 * each time, so nothing in it depends on what was given back before.
 * https://shopify.dev/docs/api/admin-graphql/latest/mutations/refundCreate
 */
import { ConnectorError, type Create, type Http, Rejected, type Target as Targets, Verb } from "@syncline/connector"
import type { Fields } from "@syncline/core"
import { Effect, Schema } from "effect"
import * as Admin from "./Admin.ts"
import * as Field from "./Field.ts"
import type * as PartOfOrder from "./PartOfOrder.ts"
import type { Refund } from "./Refund.ts"
import * as Target from "./Target.ts"

/** For how long a key is remembered nobody says; a day is believed. https://shopify.dev/docs/api/usage/idempotent-requests */
const keptMs = 86_400_000

const Wanted = Schema.Struct({ order: Schema.Struct({ id: Schema.String }), totalRefundedSet: Field.ShopMoney })
const isWanted = Schema.is(Wanted)
const Payments = Schema.Struct({
  order: Schema.NullOr(
    Schema.Struct({
      currencyCode: Schema.String,
      presentmentCurrencyCode: Schema.String,
      transactions: Schema.Array(
        Schema.Struct({ id: Schema.String, kind: Schema.String, status: Schema.String, gateway: Field.MaybeText })
      )
    })
  )
})

const needs = { order: "a refund is of an order", totalRefundedSet: "say how much is given back" }
const locked = { createdAt: "Shopify says when", updatedAt: "Shopify says when" }
const paymentsAtOnce = 50

const mutation: Target.Mutation = {
  name: "refundCreate",
  variables: "$input: RefundInput!, $key: String!",
  arguments: "input: $input",
  directive: "@idempotent(key: $key)",
  payload: "refund",
  hasCode: false
}

const refused = (fields: Readonly<Record<string, string>>) =>
  new ConnectorError({ operation: mutation.name, reason: new Rejected({ fields }) })

const payment = Effect.fnUntraced(function* (orderId: string, currency: string) {
  const { order } = yield* Admin.send({
    name: "transactions",
    document: `query($id: ID!) { order(id: $id) { currencyCode presentmentCurrencyCode transactions(first: ${paymentsAtOnce}) { id kind status gateway } } }`,
    variables: { id: orderId },
    data: Payments,
    cost: 1 + paymentsAtOnce
  })
  if (order === null) return yield* refused({ order: `there is no order ${orderId}` })
  const { currencyCode, presentmentCurrencyCode, transactions } = order
  if (currency !== currencyCode || currencyCode !== presentmentCurrencyCode)
    return yield* refused({
      totalRefundedSet: `the order was paid in ${presentmentCurrencyCode} and its shop counts in ${currencyCode}: refund ${currency} in Shopify`
    })
  const first = transactions.find(({ kind, status }) => (kind === "SALE" || kind === "CAPTURE") && status === "SUCCESS")
  return first ?? (yield* refused({ order: "nothing was paid for this order, so there is nothing to give back" }))
})

export const create = (part: PartOfOrder.Part<Refund>): NonNullable<Targets<Refund, Http, never>["create"]> => ({
  ...Verb.each(
    Effect.fnUntraced(function* ({ key, patch }: Create<Fields>) {
      yield* Target.complete(patch, needs)
      const { order: _order, totalRefundedSet: _total, ...rest } = patch
      const input = yield* Target.inputOf(rest, {}, Target.plain("note"), locked)
      if (!isWanted(patch)) return yield* refused({ totalRefundedSet: "it is an amount in the shop's currency" })
      const { amount, currencyCode } = patch.totalRefundedSet.shopMoney
      const orderId = patch.order.id
      const { gateway, id: parentId } = yield* payment(orderId, currencyCode)
      const transactions = [{ orderId, parentId, kind: "REFUND", gateway: gateway ?? "manual", amount }]
      return yield* Target.run(
        part,
        mutation,
        { input: { orderId, ...input, transactions }, key: Target.keyOf(key) },
        (argument) => (argument.includes("note") ? "note" : argument.includes("orderId") ? "order" : "totalRefundedSet")
      )
    })
  ),
  repeat: { _tag: "Keyed", keptMs }
})
