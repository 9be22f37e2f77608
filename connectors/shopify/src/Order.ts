/** Orders with their lines, as they stand after edits and refunds. https://shopify.dev/docs/api/admin-graphql/latest/objects/Order */
import {
  type Complete,
  type ConnectorError,
  type Entity,
  entity,
  GraphQl,
  type Http,
  type Listed,
  type Seen,
  Verb,
  type Walk
} from "@syncline/connector"
import { CanonicalMapping, type FieldMapping, type Fields, RecordId, Reference, Transform } from "@syncline/core"
import { Effect, Schema } from "effect"
import * as Admin from "./Admin.ts"
import * as Bulk from "./Bulk.ts"
import * as Field from "./Field.ts"
import * as Node from "./Node.ts"
import * as OrderInput from "./OrderInput.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"
import * as Time from "./Time.ts"

const TaxLine = Schema.Struct({ title: Schema.String, priceSet: Field.ShopMoney })

const Line = Schema.Struct({
  id: RecordId,
  title: Schema.String,
  variantTitle: Field.MaybeText,
  sku: Field.MaybeText,
  /** What is left after removals and refunds. */
  currentQuantity: Schema.Int,
  quantity: Schema.Int,
  variant: Schema.NullOr(Schema.Struct({ id: Reference("variant") })),
  originalUnitPriceSet: Field.ShopMoney,
  discountedTotalSet: Field.ShopMoney,
  taxLines: Schema.Array(TaxLine)
})
export const Order = Schema.Struct({
  id: RecordId,
  legacyResourceId: Schema.String,
  /** `#1001`. */
  name: Schema.String,
  email: Field.MaybeText,
  phone: Field.MaybeText,
  note: Field.MaybeText,
  poNumber: Field.MaybeText,
  tags: Schema.Array(Schema.String),
  test: Schema.Boolean,
  customer: Schema.NullOr(Schema.Struct({ id: Reference("customer") })),
  displayFinancialStatus: Field.MaybeText,
  displayFulfillmentStatus: Schema.String,
  currencyCode: Schema.String,
  currentSubtotalPriceSet: Field.ShopMoney,
  currentTotalTaxSet: Field.ShopMoney,
  currentTotalDiscountsSet: Field.ShopMoney,
  currentTotalPriceSet: Field.ShopMoney,
  shippingAddress: Schema.NullOr(Field.Address),
  billingAddress: Schema.NullOr(Field.Address),
  lines: Schema.Array(Line),
  /** All that is asked for delivery; null: nothing is. */
  shippingLine: Schema.NullOr(
    Schema.Struct({ title: Schema.String, discountedTotalSet: Field.ShopMoney, taxLines: Schema.Array(TaxLine) })
  ),
  taxesIncluded: Schema.Boolean,
  processedAt: Field.Moment,
  cancelledAt: Field.MaybeText,
  closedAt: Field.MaybeText,
  createdAt: Field.Moment,
  updatedAt: Field.Moment,
  synclineOp: Field.Marker
})
export type Order = typeof Order.Type

const money = Field.shopMoney
const taxes = `taxLines { title priceSet ${money} }`
const line = `id title variantTitle sku currentQuantity quantity variant { id } originalUnitPriceSet ${money} discountedTotalSet(withCodeDiscounts: true) ${money} ${taxes}`
/** Called as in a line, so that delivery is one more. */
const shipping = `shippingLine { title discountedTotalSet: discountedPriceSet ${money} ${taxes} }`
const head = `id legacyResourceId name email phone note poNumber tags test customer { id } displayFinancialStatus displayFulfillmentStatus currencyCode currentSubtotalPriceSet ${money} currentTotalTaxSet ${money} currentTotalDiscountsSet ${money} currentTotalPriceSet ${money} shippingAddress ${Field.address} billingAddress ${Field.address} ${shipping} taxesIncluded processedAt cancelledAt closedAt createdAt updatedAt ${Field.marker}`

/** Lines of one order by one page; an order with more is completed by further calls, of so many. */
const linesAtOnce = 5
const moreLinesAtOnce = 100
/** A line with the objects in it: its variant, two amounts, a tax. */
const lineCost = 9
const orderCost = 21 + linesAtOnce * lineCost
const selection = `${head} lineItems(first: ${linesAtOnce}) { nodes { ${line} } pageInfo { hasNextPage endCursor } }`

const isCut = Schema.is(Schema.Struct({ id: RecordId, lineItems: GraphQl.Connection }))
const isObject = (raw: unknown): raw is Fields => typeof raw === "object" && raw !== null && !Array.isArray(raw)

export const kind: Source.Kind<Order> = {
  schema: Order,
  type: "Order",
  plural: "orders",
  selection,
  cost: orderCost,
  sortKey: "UPDATED_AT",
  filter: "updated_at",
  filterStepMs: 1000,
  subject: "ORDER",
  updatedMs: ({ updatedAt }) => Time.ms(updatedAt)
}

const read = Node.record(kind)
const Lines = Schema.Struct({
  node: Schema.NullOr(Schema.Struct({ lineItems: Schema.optionalKey(GraphQl.Connection) }))
})

/** The order with every line it has. */
const whole = Effect.fnUntraced(function* (raw: unknown): Effect.fn.Return<Listed<Order>, ConnectorError, Http> {
  if (!isCut(raw) || !isObject(raw)) return read(raw)
  const { lineItems: _lineItems, ...rest } = raw
  const lines: Array<unknown> = [...raw.lineItems.nodes]
  let after = GraphQl.next(raw.lineItems)
  while (after !== null) {
    const { node } = yield* Admin.send({
      name: "lineItems",
      document: `query($id: ID!, $after: String!) { node(id: $id) { ... on Order { lineItems(first: ${moreLinesAtOnce}, after: $after) { nodes { ${line} } pageInfo { hasNextPage endCursor } } } } }`,
      variables: { id: raw.id, after },
      data: Lines,
      cost: 3 + moreLinesAtOnce * lineCost
    })
    // Gone meanwhile: what was seen of it is told, and its deletion is a change to come.
    if (node?.lineItems === undefined) break
    lines.push(...node.lineItems.nodes)
    after = GraphQl.next(node.lineItems)
  }
  return read({ ...rest, lines })
})

const ordersAtOnce = Admin.fitting(orderCost)

const page = (query: string, after: string | null) =>
  Effect.flatMap(
    Node.page(
      { field: "orders", sortKey: "UPDATED_AT", selection, query, after, cost: kind.cost, first: ordersAtOnce },
      (raw) => [raw]
    ),
    ({ items, next }) => Effect.map(Effect.forEach(items, whole), (orders) => ({ items: orders, next }))
  )

const list: Walk.Walk<Listed<Order>, Complete, Http> = Bulk.grouped(
  `{ orders { edges { node { ${head} lineItems { edges { node { ${line} } } } } } } }`,
  (raw, beneath) => read({ ...raw, lines: beneath.map(({ __parentId: _parentId, ...line }) => line) })
)

const changes = Source.changes(kind, (window, after) => page(Node.between("updated_at", window), after))

const nodes = Schema.Struct({ nodes: Schema.Array(Schema.Unknown) })

const locked = { lines: "the lines of an order are edited in Shopify", customer: "an order keeps its customer" }

/** As they were ordered, and delivery: what was given back is said by refunds. */
const linesAsOrdered: ReadonlyArray<FieldMapping.ItemRule> = [
  { source: ["title", "variantTitle"], target: "description", transform: Transform.join(" - ") },
  { source: "variant.id", target: "product" },
  { source: "sku", target: "sku" },
  { source: "quantity", target: "quantity", transform: Transform.text, default: "1" },
  { source: "originalUnitPriceSet.shopMoney.amount", target: "unit_price" },
  { source: "discountedTotalSet.shopMoney.amount", target: "amount" },
  { source: "taxLines", target: "tax", transform: Transform.sum("priceSet.shopMoney.amount") }
]

const canonical = CanonicalMapping.of<Order>()("order", [
  { source: "name", target: "number", direction: "source_to_target" },
  { source: "customer.id", target: "contact", direction: "source_to_target" },
  { source: "currencyCode", target: "currency", direction: "source_to_target" },
  { source: "processedAt", target: "placed_at", direction: "source_to_target" },
  { source: "cancelledAt", target: "cancelled_at", direction: "source_to_target" },
  { source: "currentSubtotalPriceSet.shopMoney.amount", target: "subtotal", direction: "source_to_target" },
  { source: "currentTotalDiscountsSet.shopMoney.amount", target: "discount", direction: "source_to_target" },
  { source: "currentTotalTaxSet.shopMoney.amount", target: "tax", direction: "source_to_target" },
  { source: "currentTotalPriceSet.shopMoney.amount", target: "total", direction: "source_to_target" },
  { source: ["lines", "shippingLine"], target: "lines", direction: "source_to_target", items: linesAsOrdered },
  { source: "taxesIncluded", target: "tax_included", direction: "source_to_target" },
  { source: "tags", target: "tags", merge: "set" },
  { source: "note", target: "note" }
])

export const order: Entity<Order> = entity(Order, {
  id: "id",
  version: "updatedAt",
  canonical,
  changedAt: ({ updatedAt }) => Time.ms(updatedAt),
  changedAtPrecisionMs: 1000,
  endpoints: {
    list: { method: "POST", path: Admin.path, deltaSyncField: "updatedAt", pageSize: ordersAtOnce },
    get: { method: "POST", path: Admin.path },
    changes: { method: "POST", path: Admin.path },
    create: { method: "POST", path: Admin.path, fields: OrderInput.atBirth.map(({ field }) => field) },
    update: { method: "POST", path: Admin.path, fields: OrderInput.later.map(({ field }) => field) }
  },
  source: {
    deltaSyncField: "updatedAt",
    supportsWebhooks: true,
    list,
    ...(changes !== null && { changes }),
    get: {
      max: ordersAtOnce,
      run: (ids) =>
        Effect.flatMap(
          Admin.send({
            name: "Order",
            document: `query($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { ${selection} } } }`,
            variables: { ids: [...ids] },
            data: nodes,
            cost: ids.length * kind.cost
          }),
          (answer) =>
            Effect.forEach(ids, (id, index): Effect.Effect<Seen<Order>, ConnectorError, Http> => {
              const raw = answer.nodes[index]
              return isObject(raw) && Object.keys(raw).length > 0 ? whole(raw) : Effect.succeed(Verb.gone(id))
            })
        )
    }
  },
  target: {
    create: Target.create({
      kind,
      written: OrderInput.atBirth,
      locked,
      mutation: {
        name: "orderCreate",
        variables: "$input: OrderCreateOrderInput!",
        arguments: "order: $input",
        payload: "order",
        hasCode: true
      },
      needs: { lines: "an order has lines" },
      createdAt: "created_at",
      read: whole
    }),
    update: Target.update({
      kind,
      written: OrderInput.later,
      locked,
      read: whole,
      mutation: {
        name: "orderUpdate",
        variables: "$input: OrderInput!",
        arguments: "input: $input",
        payload: "order",
        hasCode: false
      }
    })
  }
})
