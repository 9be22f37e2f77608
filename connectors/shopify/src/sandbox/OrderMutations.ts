/** Orders, parcels and refunds that the API makes, and what it refuses. */
import type { Fields } from "@syncline/core"
import type { Reads } from "./Root.ts"
import { gid, type Json, type Row, type Shop } from "./Shop.ts"
import { type Input, isInput, refused, text, tracked, type UserError } from "./Mutations.ts"

const listOf = (value: Json | undefined): ReadonlyArray<Input> => (Array.isArray(value) ? value.filter(isInput) : [])

const amountIn = (value: Json | undefined): string => {
  const money = isInput(value) ? value["shopMoney"] : undefined
  return isInput(money) && typeof money["amount"] === "string" ? money["amount"] : "0"
}

const taxOf = (line: Input): string =>
  String(listOf(line["taxLines"]).reduce((sum, { priceSet }) => sum + Number(amountIn(priceSet)), 0))

interface Made {
  readonly order: Input
}
interface Sent {
  readonly fulfillment: Input
}
interface PaidBack {
  readonly input: Input
}

export const make = (shop: Shop, reads: Reads, nowMs: number) => {
  const lines = (order: Input): ReadonlyArray<Fields> =>
    listOf(order["lineItems"]).map((line, index) => {
      const variant = shop.get(text(line, "variantId"))
      const product = shop.get(text(variant?.fields ?? {}, "productId"))
      return {
        id: gid("LineItem", nowMs + index),
        title: line["title"] ?? product?.fields["title"] ?? "",
        variantTitle: line["variantTitle"] ?? null,
        sku: line["sku"] ?? null,
        variantId: line["variantId"] ?? null,
        quantity: line["quantity"] ?? 0,
        price: line["priceSet"] === undefined ? (variant?.fields["price"] ?? "0.00") : amountIn(line["priceSet"]),
        tax: taxOf(line)
      }
    })
  const customerOf = ({ customer }: Input): Json => {
    const known = isInput(customer) ? customer["toAssociate"] : undefined
    return isInput(known) ? (known["id"] ?? null) : null
  }
  const orderErrors = (order: Input): ReadonlyArray<UserError> => {
    const errors: Array<UserError> = []
    const items = listOf(order["lineItems"])
    const complain = (field: ReadonlyArray<string>, message: string) =>
      errors.push({ field: ["order", ...field], message, code: "INVALID" })
    if (items.length === 0) complain(["lineItems"], "Line items must have at least one line item")
    for (const [index, { quantity, title, variantId }] of items.entries()) {
      if (typeof quantity === "number" && quantity < 1)
        complain(["lineItems", String(index), "quantity"], "Quantity must be greater than 0")
      if (typeof variantId !== "string" && (title ?? "") === "")
        complain(["lineItems", String(index), "title"], "Title can't be blank")
    }
    const customer = customerOf(order)
    if (typeof customer === "string" && shop.get(customer) === undefined)
      complain(["customer", "toAssociate", "id"], "Customer does not exist")
    return errors
  }
  const orderCreate = ({ order }: Made) => {
    const errors = orderErrors(order)
    if (errors.length > 0) return refused("order", ...errors)
    const { customer: _customer, lineItems: _lines, shippingLines, ...rest } = order
    const [delivery] = listOf(shippingLines)
    const row = shop.create(
      "Order",
      {
        financialStatus: "PENDING",
        ...rest,
        customerId: customerOf(order),
        lines: lines(order),
        shipping:
          delivery === undefined
            ? null
            : { title: delivery["title"] ?? "", price: amountIn(delivery["priceSet"]), tax: taxOf(delivery) }
      },
      nowMs
    )
    return { order: reads.show(row), userErrors: [] }
  }

  /** A shop with one location has one order to fulfil for each order. */
  const orderOfWork = (id: Json | undefined): Row | undefined =>
    typeof id === "string" ? shop.get(id.replace("FulfillmentOrder", "Order")) : undefined
  const fulfillmentCreate = ({ fulfillment }: Sent) => {
    const [work] = listOf(fulfillment["lineItemsByFulfillmentOrder"])
    const order = orderOfWork(work?.["fulfillmentOrderId"])
    const field = ["fulfillment"]
    if (order === undefined) return refused("fulfillment", { field, message: "Fulfillment order does not exist" })
    if (parcelsOf(shop, order).length > 0)
      return refused("fulfillment", { field, message: "Fulfillment order has an unfulfillable status= closed" })
    const quantity = listOf(order.fields["lines"]).reduce((sum, line) => sum + Number(line["quantity"] ?? 0), 0)
    const tracking = fulfillment["trackingInfo"]
    const row = shop.create(
      "Fulfillment",
      {
        orderId: order.id,
        name: `${text(order.fields, "name") || `#${order.number}`}-F1`,
        quantity,
        trackingInfo: isInput(tracking) ? tracked(tracking) : []
      },
      nowMs
    )
    return { fulfillment: reads.show(row), userErrors: [] }
  }

  const refundCreate = ({ input }: PaidBack) => {
    const order = shop.get(text(input, "orderId"))
    if (order === undefined) return refused("refund", { field: ["orderId"], message: "Order does not exist" })
    const sum = listOf(input["transactions"]).reduce((total, { amount }) => total + Number(amount), 0)
    const before = shop
      .referring("Refund", "orderId", order.id)
      .reduce((total, refund) => total + Number(refund.fields["amount"]), 0)
    if (before + sum > reads.total(order))
      return refused("refund", { field: ["transactions"], message: "Refund amount exceeds what is left to refund" })
    const row = shop.create("Refund", { orderId: order.id, note: input["note"] ?? null, amount: sum.toFixed(2) }, nowMs)
    return { refund: reads.show(row), order: reads.show(order), userErrors: [] }
  }
  return { orderCreate, fulfillmentCreate, refundCreate }
}

/** What was sent of an order, and not called back. */
const parcelsOf = (shop: Shop, { id }: Row): ReadonlyArray<Row> =>
  shop.referring("Fulfillment", "orderId", id).filter(({ fields }) => fields["status"] !== "CANCELLED")
