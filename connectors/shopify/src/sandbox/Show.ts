/** Rows as the schema's objects. Each resolves what hangs on it when asked. */
import type { Fields } from "@syncline/core"
import * as Time from "../Time.ts"
import { gid, type Json, type Row, type Shop } from "./Shop.ts"

export interface Shown {
  readonly __typename: string
  readonly [field: string]: unknown
}

interface Arguments {
  readonly first?: number
  readonly after?: string | null
}

/** A whole list as a connection's page. In a bulk operation there is only one page, of everything. */
export type Paginate = <A>(items: ReadonlyArray<A>, given: Arguments, idOf: (item: A) => string) => Shown

const text = (fields: Fields, name: string): string => {
  const value = fields[name]
  return typeof value === "string" ? value : ""
}
const isFields = (value: Json | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)
const list = (fields: Fields, name: string): ReadonlyArray<Fields> => {
  const value = fields[name]
  return Array.isArray(value) ? value.filter(isFields) : []
}
const number = (fields: Fields, name: string): number => Number(fields[name] ?? 0)

export const make = (shop: Shop, paginate: Paginate) => {
  const money = (amount: number | string) => {
    const value = { amount: Number(amount).toFixed(2), currencyCode: shop.currency }
    return { shopMoney: value, presentmentMoney: value }
  }
  const find = (id: Json | undefined): Shown | null => {
    const row = typeof id === "string" ? shop.get(id) : undefined
    return row === undefined ? null : show(row)
  }
  const marker = (fields: Fields) => (given: { readonly namespace?: string; readonly key: string }) => {
    const found = list(fields, "metafields").find(
      (each) => each["namespace"] === given.namespace && each["key"] === given.key
    )
    return found === undefined ? null : { id: gid("Metafield", 1), type: "single_line_text_field", ...found }
  }
  const common = ({ createdMs, fields, id, number, type, updatedMs }: Row): Shown => ({
    __typename: type,
    id,
    legacyResourceId: String(number),
    createdAt: instant(createdMs),
    updatedAt: instant(updatedMs),
    metafield: marker(fields)
  })
  const address = (value: Json | undefined) => {
    const parts: Fields | null = isFields(value) ? value : null
    return parts === null
      ? null
      : {
          id: gid("MailingAddress", 1),
          ...parts,
          countryCodeV2: parts["countryCode"] ?? parts["countryCodeV2"] ?? null
        }
  }

  const customer = (row: Row): Shown => {
    const { fields } = row
    const [email, phone] = [text(fields, "email"), text(fields, "phone")]
    const orders = () => shop.referring("Order", "customerId", row.id)
    return {
      ...common(row),
      firstName: fields["firstName"] ?? null,
      lastName: fields["lastName"] ?? null,
      displayName: `${text(fields, "firstName")} ${text(fields, "lastName")}`.trim() || email || phone,
      defaultEmailAddress: email === "" ? null : { emailAddress: email, validFormat: true },
      defaultPhoneNumber: phone === "" ? null : { phoneNumber: phone },
      defaultAddress: address(fields["address"]),
      note: fields["note"] ?? null,
      tags: sorted(fields["tags"]),
      state: fields["state"] ?? "DISABLED",
      taxExempt: fields["taxExempt"] ?? false,
      locale: fields["locale"] ?? "en",
      amountSpent: () => money(orders().reduce((sum, order) => sum + total(order.fields), 0)).shopMoney,
      numberOfOrders: () => String(orders().length)
    }
  }
  const product = (row: Row): Shown => {
    const { fields } = row
    const levels = shop
      .referring("ProductVariant", "productId", row.id)
      .flatMap(({ id }) => shop.referring("InventoryLevel", "variantId", id))
    return {
      ...common(row),
      title: text(fields, "title"),
      handle: text(fields, "handle") || handleOf(text(fields, "title")),
      descriptionHtml: text(fields, "descriptionHtml"),
      productType: text(fields, "productType"),
      vendor: text(fields, "vendor") || "Ridgeway",
      tags: sorted(fields["tags"]),
      status: text(fields, "status") || "ACTIVE",
      totalInventory: levels.reduce((sum, level) => sum + number(level.fields, "available"), 0),
      tracksInventory: levels.length > 0,
      publishedAt: text(fields, "status") === "DRAFT" ? null : instant(row.createdMs)
    }
  }
  const variant = (row: Row): Shown => {
    const { fields } = row
    const above = shop.get(text(fields, "productId"))
    const [item] = shop.referring("InventoryItem", "variantId", row.id)
    const [level] = shop.referring("InventoryLevel", "variantId", row.id)
    const title = text(fields, "title") || "Default Title"
    const name = text(above?.fields ?? {}, "title")
    const options = list(fields, "options")
    return {
      ...common(row),
      product: () => (above === undefined ? null : show(above)),
      displayName: title === "Default Title" ? name : `${name} - ${title}`,
      title,
      sku: fields["sku"] ?? null,
      barcode: fields["barcode"] ?? null,
      price: text(fields, "price") || "0.00",
      compareAtPrice: fields["compareAtPrice"] ?? null,
      position: 1,
      taxable: fields["taxable"] ?? true,
      inventoryPolicy: text(fields, "inventoryPolicy") || "DENY",
      inventoryQuantity: level === undefined ? null : number(level.fields, "available"),
      inventoryItem: () => (item === undefined ? null : show(item)),
      selectedOptions: options.length === 0 ? [{ name: "Title", value: title }] : options
    }
  }
  const item = (row: Row): Shown => {
    const above = shop.get(text(row.fields, "variantId"))
    return {
      ...common(row),
      sku: above?.fields["sku"] ?? null,
      tracked: true,
      variant: () => (above === undefined ? null : show(above)),
      inventoryLevels: (given: Arguments) =>
        paginate(shop.referring("InventoryLevel", "itemId", row.id).map(show), given, padded)
    }
  }
  const placeOf = ({ fields: { location } }: Row): Fields =>
    isFields(location) ? location : { id: shop.location.id, name: shop.location.name }
  const level = (row: Row): Shown => ({
    ...common(row),
    isActive: true,
    item: () => find(row.fields["itemId"]),
    location: {
      __typename: "Location",
      ...placeOf(row),
      isActive: true
    },
    quantities: ({ names }: { readonly names: ReadonlyArray<string> }) =>
      names.map((name) => ({
        id: gid("InventoryQuantity", row.number),
        name,
        quantity: number(row.fields, name),
        updatedAt: instant(row.updatedMs)
      }))
  })
  const order = (row: Row): Shown => {
    const { fields } = row
    const refunded = shop
      .referring("Refund", "orderId", row.id)
      .reduce((sum, refund) => sum + number(refund.fields, "amount"), 0)
    const parts = (type: "Fulfillment" | "Refund") => () => shop.referring(type, "orderId", row.id).map(show)
    const sent = () =>
      shop.referring("Fulfillment", "orderId", row.id).filter((each) => each.fields["status"] !== "CANCELLED").length >
      0
    const tax = charged(fields).reduce((sum, line) => sum + number(line, "tax"), 0)
    return {
      ...common(row),
      name: text(fields, "name") || `#${row.number}`,
      email: fields["email"] ?? null,
      phone: fields["phone"] ?? null,
      note: fields["note"] ?? null,
      poNumber: fields["poNumber"] ?? null,
      tags: sorted(fields["tags"]),
      test: fields["test"] ?? false,
      customer: () => find(fields["customerId"]),
      displayFinancialStatus: refunded > 0 ? "PARTIALLY_REFUNDED" : text(fields, "financialStatus") || "PAID",
      displayFulfillmentStatus: () => (sent() ? "FULFILLED" : "UNFULFILLED"),
      currencyCode: shop.currency,
      presentmentCurrencyCode: shop.currency,
      currentSubtotalPriceSet: money(total(fields) - tax),
      currentTotalTaxSet: money(tax),
      currentTotalDiscountsSet: money(0),
      currentTotalPriceSet: money(total(fields) - refunded),
      shippingAddress: address(fields["shippingAddress"]),
      billingAddress: address(fields["billingAddress"]),
      shippingLine: shippingOf(fields["shipping"]),
      taxesIncluded: fields["taxesIncluded"] ?? false,
      lineItems: (given: Arguments) => paginate(list(fields, "lines").map(line), given, (each) => padded(each)),
      fulfillments: parts("Fulfillment"),
      refunds: parts("Refund"),
      // A shop with one location has one order to fulfil for each order, and each order is paid at once, or not yet.
      fulfillmentOrders: (given: Arguments) =>
        paginate(
          [
            {
              __typename: "FulfillmentOrder",
              id: gid("FulfillmentOrder", row.number),
              status: sent() ? "CLOSED" : "OPEN"
            }
          ],
          given,
          padded
        ),
      transactions: () =>
        text(fields, "financialStatus") === "PENDING"
          ? []
          : [
              {
                __typename: "OrderTransaction",
                id: gid("OrderTransaction", row.number),
                kind: "SALE",
                status: "SUCCESS",
                gateway: "manual"
              }
            ],
      processedAt: fields["processedAt"] ?? instant(row.createdMs),
      cancelledAt: fields["cancelledAt"] ?? null,
      closedAt: null
    }
  }
  const taxLines = (fields: Fields) =>
    number(fields, "tax") === 0 ? [] : [{ title: "VAT", priceSet: money(text(fields, "tax")) }]
  const shippingOf = (value: Json | undefined) =>
    isFields(value)
      ? {
          id: gid("ShippingLine", 1),
          title: text(value, "title"),
          discountedPriceSet: money(text(value, "price")),
          taxLines: taxLines(value)
        }
      : null
  const line = (fields: Fields): Shown => ({
    __typename: "LineItem",
    id: text(fields, "id"),
    title: text(fields, "title"),
    variantTitle: fields["variantTitle"] ?? null,
    sku: shop.get(text(fields, "variantId"))?.fields["sku"] ?? fields["sku"] ?? null,
    currentQuantity: number(fields, "quantity"),
    quantity: number(fields, "quantity"),
    variant: () => find(fields["variantId"]),
    originalUnitPriceSet: money(text(fields, "price")),
    discountedTotalSet: money(number(fields, "quantity") * number(fields, "price")),
    taxLines: taxLines(fields)
  })
  const fulfillment = (row: Row): Shown => ({
    ...common(row),
    name: text(row.fields, "name"),
    order: () => find(row.fields["orderId"]),
    status: text(row.fields, "status") || "SUCCESS",
    trackingInfo: list(row.fields, "trackingInfo"),
    totalQuantity: number(row.fields, "quantity"),
    deliveredAt: row.fields["deliveredAt"] ?? null
  })
  const refund = (row: Row): Shown => ({
    ...common(row),
    order: () => find(row.fields["orderId"]),
    note: row.fields["note"] ?? null,
    totalRefundedSet: money(text(row.fields, "amount"))
  })
  const company = (row: Row): Shown => ({
    ...common(row),
    name: text(row.fields, "name"),
    externalId: row.fields["externalId"] ?? null,
    note: row.fields["note"] ?? null
  })

  const by: Record<Row["type"], (row: Row) => Shown> = {
    Customer: customer,
    Product: product,
    ProductVariant: variant,
    InventoryItem: item,
    InventoryLevel: level,
    Order: order,
    Fulfillment: fulfillment,
    Refund: refund,
    Company: company
  }
  const show = (row: Row): Shown => by[row.type](row)
  return { show, find, total: ({ fields }: Row) => total(fields) }
}

/** Ids in the order of their numbers. */
const padded = ({ id }: Shown): string =>
  (typeof id === "string" ? id : "").replace(/\d+$/, (number) => number.padStart(16, "0"))

export const instant = (ms: number): string => `${Time.iso(ms).slice(0, 19)}Z`

const sorted = (value: Json | undefined): ReadonlyArray<string> =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string").toSorted() : []

const handleOf = (title: string): string => title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-")

/** Lines, and delivery, of which there is one. */
const charged = (fields: Fields): ReadonlyArray<Fields> => {
  const shipping: Json | undefined = fields["shipping"]
  const delivery: ReadonlyArray<Fields> = isFields(shipping) ? [shipping] : []
  return [...list(fields, "lines"), ...delivery.map((each): Fields => ({ quantity: 1, ...each }))]
}

const total = (fields: Fields): number =>
  charged(fields).reduce((sum, line) => sum + number(line, "quantity") * number(line, "price") + number(line, "tax"), 0)
