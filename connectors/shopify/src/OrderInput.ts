/** An order as the mutation that makes one takes it. https://shopify.dev/docs/api/admin-graphql/latest/input-objects/OrderCreateOrderInput */
import type { Fields } from "@syncline/core"
import { Schema } from "effect"
import * as Field from "./Field.ts"
import * as Target from "./Target.ts"

const isRecord = Schema.is(Schema.Record(Schema.String, Schema.Json))
const isReferred = Schema.is(Schema.Struct({ id: Schema.String }))
const isMoney = Schema.is(Field.ShopMoney)

const listOf = (value: Schema.Json | undefined): ReadonlyArray<Fields> =>
  Array.isArray(value) ? value.filter(isRecord) : []

/** A reference by its id alone. */
const idIn = (value: Schema.Json | undefined): string | null => (isReferred(value) ? value.id : null)

const amountOf = (value: Schema.Json | undefined): number => (isMoney(value) ? Number(value.shopMoney.amount) : 0)

/** Shopify takes a tax by its amount, and wants to be told its rate all the same. */
const taxLines = (line: Fields, net: number) =>
  listOf(line["taxLines"]).map(({ priceSet, title }) => ({
    title: title ?? "Tax",
    priceSet: priceSet ?? null,
    rate: net === 0 ? "0" : (amountOf(priceSet) / net).toFixed(6)
  }))

/** What one costs is sent; what was taken off cannot be, but is a line that costs less. */
const lineItem = (line: Fields): Schema.Json => ({
  title: line["title"] ?? null,
  variantTitle: line["variantTitle"] ?? null,
  sku: line["sku"] ?? null,
  quantity: line["quantity"] ?? null,
  variantId: idIn(line["variant"]),
  ...(line["originalUnitPriceSet"] !== undefined && { priceSet: line["originalUnitPriceSet"] }),
  taxLines: taxLines(line, amountOf(line["originalUnitPriceSet"]) * Number(line["quantity"] ?? 0))
})

const delivery = (line: Fields): Schema.Json => ({
  title: line["title"] ?? null,
  priceSet: line["discountedTotalSet"] ?? null,
  taxLines: taxLines(line, amountOf(line["discountedTotalSet"]))
})

/** What an order can be given once it is there. */
export const later: ReadonlyArray<Target.Written> = [
  ...Target.plain("email", "phone", "note", "poNumber", "tags"),
  { field: "shippingAddress", argument: "shippingAddress", as: Field.addressInput }
]

export const atBirth: ReadonlyArray<Target.Written> = [
  ...later,
  ...Target.plain("name", "test", "processedAt", "taxesIncluded"),
  { field: "billingAddress", argument: "billingAddress", as: Field.addressInput },
  { field: "currencyCode", argument: "currency" },
  { field: "displayFinancialStatus", argument: "financialStatus" },
  {
    field: "customer",
    argument: "customer",
    as: (customer) => (idIn(customer) === null ? null : { toAssociate: { id: idIn(customer) } })
  },
  { field: "lines", argument: "lineItems", as: (lines) => listOf(lines).map(lineItem) },
  { field: "shippingLine", argument: "shippingLines", as: (line) => (isRecord(line) ? [delivery(line)] : []) }
]
