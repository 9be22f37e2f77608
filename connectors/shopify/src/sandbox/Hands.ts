/** A person at the shop's counter: records made and changed past the API, in the form that the connector reads. */
import { type Fields, RecordId } from "@syncline/core"
import { Schema } from "effect"
import { addressInput } from "../Field.ts"
import * as Shop from "./Shop.ts"
import { whole } from "./Truth.ts"

const types: Readonly<Record<string, Shop.Type>> = {
  customer: "Customer",
  product: "Product",
  variant: "ProductVariant",
  inventory_level: "InventoryLevel",
  order: "Order",
  fulfillment: "Fulfillment",
  refund: "Refund",
  company: "Company"
}

export const typeOf = (entity: string): Shop.Type => {
  const type = types[entity]
  if (type === undefined)
    throw new Error(`the Shopify sandbox has no "${entity}", only ${Object.keys(types).join(", ")}`)
  return type
}

const idOf = Schema.decodeUnknownSync(RecordId)

const Referred = Schema.Struct({ id: Schema.String })
const isReferred = Schema.is(Referred)

/** A reference as the shop keeps it. */
const references: Readonly<Record<string, string>> = {
  product: "productId",
  variant: "variantId",
  customer: "customerId",
  order: "orderId",
  item: "itemId"
}

const kept = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (name === "defaultAddress") return ["address", addressInput(value)]
      const reference = references[name]
      return reference !== undefined && isReferred(value) ? [reference, value.id] : [name, value]
    })
  )

export const make = (shop: Shop.Shop) => ({
  create: (entity: string, given: Fields, nowMs: number): string => {
    const type = typeOf(entity)
    const fields = kept(given)
    if (type === "InventoryLevel") return levelOf(shop, fields, nowMs)
    const row = shop.create(type, fields, nowMs)
    if (type === "Product") {
      const price = typeof given["price"] === "string" ? given["price"] : "0.00"
      const variant = shop.create(
        "ProductVariant",
        { productId: row.id, title: "Default Title", price, sku: given["sku"] ?? null },
        nowMs
      )
      Shop.stock(shop, variant.id, 0, nowMs)
    }
    if (type === "ProductVariant") Shop.stock(shop, row.id, 0, nowMs)
    return row.id
  },
  edit: (_: string, id: string, fields: Fields, nowMs: number): void => {
    shop.edit(id, kept(fields), nowMs)
  },
  truth: (entity: string, read: (query: string) => unknown): ReadonlyArray<readonly [RecordId, Fields]> =>
    whole(entity, read).map((record) => [idOf(record["id"]), record] as const)
})

/** A level is there with its variant; counting it sets it. */
const levelOf = (shop: Shop.Shop, fields: Fields, nowMs: number): string => {
  const [level] = shop.referring("InventoryLevel", "variantId", fields["variantId"])
  if (level === undefined) throw new Error("a level belongs to a variant: { variant: { id } }")
  // At another place than the shop's own it is a level of its own.
  if (fields["location"] !== undefined)
    return shop.create(
      "InventoryLevel",
      { committed: 0, on_hand: fields["available"] ?? 0, ...fields, itemId: level.fields["itemId"] ?? null },
      nowMs
    ).id
  const available = fields["available"] ?? 0
  return shop.edit(level.id, { available, on_hand: available }, nowMs).id
}
