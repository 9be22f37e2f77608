/** Every record of a kind as the connector would read it now, asked of the schema's root with what the connector asks. */
import type { Fields } from "@syncline/core"
import * as Company from "../Company.ts"
import * as Customer from "../Customer.ts"
import * as Fulfillment from "../Fulfillment.ts"
import * as InventoryLevel from "../InventoryLevel.ts"
import * as Order from "../Order.ts"
import * as Product from "../Product.ts"
import * as Refund from "../Refund.ts"
import * as Variant from "../Variant.ts"

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const at = (value: unknown, name: string): unknown => (isFields(value) ? value[name] : undefined)

const nodes = (connection: unknown): ReadonlyArray<Fields> => {
  const list = at(connection, "nodes")
  return Array.isArray(list) ? list.filter(isFields) : []
}

const listed = (value: unknown): ReadonlyArray<Fields> => (Array.isArray(value) ? value.filter(isFields) : [])

const plain = {
  customer: Customer.kind,
  product: Product.kind,
  variant: Variant.kind,
  company: Company.kind
}

/** `read` answers a query's data, everything at once. */
export const whole = (entity: string, read: (query: string) => unknown): ReadonlyArray<Fields> => {
  // What comes from an executor has no prototype; a record is plain JSON.
  const ask = (query: string): unknown => JSON.parse(JSON.stringify(read(query)))
  const orders = (selection: string) => nodes(at(ask(`{ orders { nodes { ${selection} } } }`), "orders"))
  switch (entity) {
    case "customer":
    case "product":
    case "variant":
    case "company": {
      const { plural, selection, shaped = (raw: Fields) => raw } = plain[entity]
      return nodes(at(ask(`{ ${plural} { nodes { ${selection} } } }`), plural)).map(shaped)
    }
    case "inventory_level":
      return nodes(
        at(
          ask(`{ inventoryItems { nodes { inventoryLevels { nodes { ${InventoryLevel.kind.selection} } } } } }`),
          "inventoryItems"
        )
      ).flatMap((item) => nodes(item["inventoryLevels"]).map(InventoryLevel.kind.shaped))
    case "order":
      return orders(Order.kind.selection).map(({ lineItems, ...rest }) => ({ ...rest, lines: nodes(lineItems) }))
    case "fulfillment":
      return orders(`fulfillments { ${Fulfillment.part.selection} }`).flatMap((order) => listed(order["fulfillments"]))
    case "refund":
      return orders(`refunds { ${Refund.part.selection} }`).flatMap((order) => listed(order["refunds"]))
    default:
      throw new Error(`the Shopify sandbox has no "${entity}"`)
  }
}
