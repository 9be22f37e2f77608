/** The shop's records: what there is, when it changed, what was destroyed. */
import type { Fields } from "@syncline/core"
import type { Schema } from "effect"

export type Json = Schema.Json
/** GraphQL's names of what the shop keeps. */
export const types = [
  "Customer",
  "Product",
  "ProductVariant",
  "InventoryItem",
  "InventoryLevel",
  "Order",
  "Fulfillment",
  "Refund",
  "Company"
] as const
export type Type = (typeof types)[number]

/** The fields by which one record hangs on another. */
const references = ["customerId", "itemId", "orderId", "productId", "variantId"] as const
type Reference = (typeof references)[number]

export interface Row {
  readonly type: Type
  readonly number: number
  readonly id: string
  readonly fields: Fields
  readonly createdMs: number
  readonly updatedMs: number
}

export interface Destroyed {
  readonly type: Type
  readonly id: string
  readonly atMs: number
}

/** What happened to a record, for webhooks. */
export interface Happening {
  readonly row: Row
  readonly what: "create" | "update" | "delete"
}

export interface Shop {
  readonly currency: string
  readonly location: { readonly id: string; readonly name: string }
  readonly get: (id: string) => Row | undefined
  readonly all: (type: Type) => ReadonlyArray<Row>
  /** The records of a type that refer to this one. */
  readonly referring: (type: Type, reference: Reference, id: Json | undefined) => ReadonlyArray<Row>
  readonly count: (type: Type) => number
  readonly create: (type: Type, fields: Fields, nowMs: number) => Row
  readonly edit: (id: string, fields: Fields, nowMs: number) => Row
  /** Also what hangs on it. */
  readonly destroy: (id: string, nowMs: number) => void
  readonly destroyed: () => ReadonlyArray<Destroyed>
  /** What happened since the last look. */
  readonly happenings: () => ReadonlyArray<Happening>
}

const firstNumber = 1_000_001

export const gid = (type: string, number: number): string => `gid://shopify/${type}/${number}`

/** An empty shop. */
export const make = (options: { readonly currency: string; readonly leavesEvents: boolean }): Shop => {
  const tables = new Map<Type, Map<string, Row>>(types.map((type) => [type, new Map()]))
  const idsByReference = new Map<string, Set<string>>()
  const gone: Array<Destroyed> = []
  let news: Array<Happening> = []
  let made = 0

  const table = (type: Type): Map<string, Row> => {
    const found = tables.get(type)
    if (found === undefined) throw new Error(`the Shopify sandbox has no ${type}`)
    return found
  }
  const get = (id: string): Row | undefined => {
    const type = types.find((each) => each === id.split("/")[3])
    return type === undefined ? undefined : table(type).get(id)
  }
  const refers = (row: Row): void => {
    for (const reference of references) {
      if (row.fields[reference] === undefined) continue
      const key = keyOf(row.type, reference, row.fields[reference])
      const ids = idsByReference.get(key) ?? new Set()
      idsByReference.set(key, ids.add(row.id))
    }
  }
  const refersNoMore = (row: Row): void => {
    for (const reference of references)
      idsByReference.get(keyOf(row.type, reference, row.fields[reference]))?.delete(row.id)
  }
  const referring: Shop["referring"] = (type, reference, id) =>
    [...(idsByReference.get(keyOf(type, reference, id)) ?? [])].flatMap((each) => table(type).get(each) ?? [])
  const put = (row: Row, what: Happening["what"]): Row => {
    const before = table(row.type).get(row.id)
    // An edit that leaves what it refers to keeps its place among those that do.
    if (before !== undefined && references.some((name) => before.fields[name] !== row.fields[name]))
      refersNoMore(before)
    refers(row)
    table(row.type).set(row.id, row)
    news.push({ row, what })
    return row
  }
  const touch = (id: Json | undefined, nowMs: number): void => {
    const row = typeof id === "string" ? get(id) : undefined
    if (row !== undefined) put({ ...row, updatedMs: nowMs }, "update")
  }
  const create: Shop["create"] = (type, fields, nowMs) => {
    made += 1
    const number = firstNumber + made
    // What is made of an order later shows there; a product's first variant and its stock come with it.
    touch(fields["orderId"], nowMs)
    return put({ type, number, id: gid(type, number), fields, createdMs: nowMs, updatedMs: nowMs }, "create")
  }
  const shop: Shop = {
    currency: options.currency,
    location: { id: gid("Location", 1), name: "Main warehouse" },
    get,
    all: (type) => [...table(type).values()],
    referring,
    count: (type) => table(type).size,
    create,
    edit: (id, fields, nowMs) => {
      const row = get(id)
      if (row === undefined) throw new Error(`there is no ${id}`)
      // A change of a variant shows at its product, one of a level at its item, one of a parcel or a refund at its order.
      for (const above of ["productId", "itemId", "orderId"]) touch(row.fields[above], nowMs)
      return put({ ...row, fields: { ...row.fields, ...fields }, updatedMs: nowMs }, "update")
    },
    destroy: (id, nowMs) => {
      const row = get(id)
      if (row === undefined) return
      table(row.type).delete(id)
      refersNoMore(row)
      news.push({ row, what: "delete" })
      if (options.leavesEvents) gone.push({ type: row.type, id, atMs: nowMs })
      for (const type of types)
        for (const above of ["productId", "itemId", "variantId"] as const)
          for (const other of referring(type, above, id)) shop.destroy(other.id, nowMs)
    },
    destroyed: () => gone,
    happenings: () => {
      const since = news
      news = []
      return since
    }
  }
  return shop
}

const keyOf = (type: Type, reference: Reference, id: Json | undefined): string =>
  `${type} ${reference} ${typeof id === "string" ? id : ""}`

/** A variant comes with the item that is counted, and its level at the shop's location. */
export const stock = (shop: Shop, variantId: string, quantity: number, nowMs: number): void => {
  const item = shop.create("InventoryItem", { variantId }, nowMs)
  shop.create(
    "InventoryLevel",
    { itemId: item.id, variantId, available: quantity, on_hand: quantity, committed: 0 },
    nowMs
  )
}
