/** How much of an item lies at a location. https://shopify.dev/docs/api/admin-graphql/latest/objects/InventoryLevel */
import {
  type Change,
  type Complete,
  ConnectorError,
  type Entity,
  entity,
  GraphQl,
  type Http,
  type Listed,
  Rejected,
  type Update,
  Verb,
  Walk
} from "@syncline/connector"
import { CanonicalMapping, type Fields, RecordId, Reference, Transform } from "@syncline/core"
import { Effect, Schema } from "effect"
import * as Admin from "./Admin.ts"
import * as Bulk from "./Bulk.ts"
import * as Complaint from "./Complaint.ts"
import * as Field from "./Field.ts"
import * as Node from "./Node.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"
import * as Time from "./Time.ts"

export const InventoryLevel = Schema.Struct({
  id: RecordId,
  isActive: Schema.Boolean,
  item: Schema.Struct({
    id: RecordId,
    sku: Field.MaybeText,
    variant: Schema.NullOr(Schema.Struct({ id: Reference("variant") }))
  }),
  location: Schema.Struct({ id: RecordId, name: Schema.String }),
  /** What may be sold. */
  available: Schema.Int,
  onHand: Schema.Int,
  committed: Schema.Int,
  createdAt: Field.Moment,
  updatedAt: Field.Moment
})
export type InventoryLevel = typeof InventoryLevel.Type

const selection =
  'id isActive item { id sku variant { id } } location { id name } quantities(names: ["available", "on_hand", "committed"]) { name quantity } createdAt updatedAt'

const isQuantities = Schema.is(Schema.Array(Schema.Struct({ name: Schema.String, quantity: Schema.Int })))

/** A line of a bulk operation also names the line it hangs on. */
const shaped = ({ __parentId: _parentId, quantities, ...rest }: Fields): Fields => {
  const of = new Map(isQuantities(quantities) ? quantities.map(({ name, quantity }) => [name, quantity] as const) : [])
  return {
    ...rest,
    available: of.get("available") ?? null,
    onHand: of.get("on_hand") ?? null,
    committed: of.get("committed") ?? null
  }
}

export const kind = { schema: InventoryLevel, type: "InventoryLevel", selection, shaped, cost: 5 }
const read = Node.record(kind)

/** There is no list of levels at the root: they hang off the items. */
const Items = Schema.Struct({
  page: Schema.Struct({
    nodes: Schema.Array(Schema.Struct({ id: Schema.String, inventoryLevels: GraphQl.Connection })),
    pageInfo: GraphQl.Connection.fields.pageInfo
  })
})

/** Of a query, with a level's points, what Shopify lets one cost. */
const itemsAtOnce = 4
const levelsAtOnce = 45

/** The levels of items that changed. Few locations hold one item, so its levels fit a page; where they do not, the rest is asked for. */
const changed = Effect.fnUntraced(function* (window: Walk.Window, after: string | null) {
  const { page } = yield* Admin.send({
    name: "inventoryItems",
    document: `query($after: String, $query: String) { page: inventoryItems(first: ${itemsAtOnce}, after: $after, query: $query) { nodes { id inventoryLevels(first: ${levelsAtOnce}) { nodes { ${selection} } pageInfo { hasNextPage endCursor } } } pageInfo { hasNextPage endCursor } } }`,
    variables: { after, query: Node.between("updated_at", window) },
    data: Items,
    cost: 2 + itemsAtOnce * (3 + levelsAtOnce * kind.cost)
  })
  const levels = yield* Effect.forEach(page.nodes, ({ id, inventoryLevels }) =>
    Effect.map(rest(id, GraphQl.next(inventoryLevels)), (more) => [...inventoryLevels.nodes, ...more])
  )
  return {
    items: levels.flat().map((raw): Change<InventoryLevel> => read(raw)),
    next: page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  }
})

/** Of one item, with a level's points, what Shopify lets a query cost. */
const levelsOfOne = 190

const Levels = Schema.Struct({
  node: Schema.NullOr(Schema.Struct({ inventoryLevels: Schema.optionalKey(GraphQl.Connection) }))
})

const rest = Effect.fnUntraced(function* (
  id: string,
  from: string | null
): Effect.fn.Return<ReadonlyArray<unknown>, ConnectorError, Http> {
  const found: Array<unknown> = []
  for (let after = from; after !== null;) {
    const { node } = yield* Admin.send({
      name: "inventoryLevels",
      document: `query($id: ID!, $after: String!) { node(id: $id) { ... on InventoryItem { inventoryLevels(first: ${levelsOfOne}, after: $after) { nodes { ${selection} } pageInfo { hasNextPage endCursor } } } } }`,
      variables: { id, after },
      data: Levels,
      cost: 3 + levelsOfOne * kind.cost
    })
    // Gone meanwhile, and its levels with it.
    if (node?.inventoryLevels === undefined) return found
    found.push(...node.inventoryLevels.nodes)
    after = GraphQl.next(node.inventoryLevels)
  }
  return found
})

const Answer = Schema.Struct({
  inventorySetQuantities: Schema.NullOr(Schema.Struct({ userErrors: GraphQl.UserErrors }))
})

const document = `mutation($input: InventorySetQuantitiesInput!, $key: String!) { inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { code field message } } }`

/** Compared and set in one: the quantity that was seen must still be there. */
const set = Effect.fnUntraced(function* ({ base, id, key, patch }: Update<InventoryLevel>) {
  const others = Object.keys(patch).filter((name) => name !== "available")
  const fail = (reason: ConnectorError["reason"]) => new ConnectorError({ operation: "inventorySetQuantities", reason })
  if (others.length > 0)
    return yield* fail(
      new Rejected({ fields: Object.fromEntries(others.map((name) => [name, "only available is written"])) })
    )
  if (patch.available === undefined || patch.available === base.available) return base
  const input = {
    name: "available",
    reason: "correction",
    quantities: [
      {
        inventoryItemId: base.item.id,
        locationId: base.location.id,
        quantity: patch.available,
        changeFromQuantity: base.available
      }
    ]
  }
  const { inventorySetQuantities: done } = yield* Admin.send({
    name: "inventorySetQuantities",
    document,
    variables: { input, key: Target.keyOf(key) },
    data: Answer,
    writes: true,
    cost: 10
  })
  const errors = done?.userErrors ?? []
  if (errors.length > 0)
    return yield* fail(Complaint.reason(errors, (at) => (at.includes("quantity") ? "available" : "")))
  const [now] = yield* Node.get(kind).run([id])
  return now?._tag === "Present" ? now.record : { ...base, available: patch.available }
})

const canonical = CanonicalMapping.of<InventoryLevel>()("inventory_level", [
  { source: "item.variant.id", target: "product", direction: "source_to_target" },
  { source: "location.name", target: "location", direction: "source_to_target" },
  { source: "available", target: "available", transform: Transform.text },
  { source: "onHand", target: "on_hand", direction: "source_to_target", transform: Transform.text },
  { source: "committed", target: "committed", direction: "source_to_target", transform: Transform.text }
])

const list: Walk.Walk<Listed<InventoryLevel>, Complete, Http> = Bulk.list(
  `{ inventoryItems { edges { node { inventoryLevels { edges { node { ${selection} } } } } } } }`,
  // Items come as lines of their own, without anything that was asked of them.
  (raw) => (isLevel(raw) ? [read(raw)] : [])
)

const isLevel = Schema.is(Schema.Struct({ quantities: Schema.Unknown }))

export const inventoryLevel: Entity<InventoryLevel> = entity(InventoryLevel, {
  id: "id",
  version: "updatedAt",
  canonical,
  changedAt: ({ updatedAt }) => Time.ms(updatedAt),
  changedAtPrecisionMs: 1000,
  endpoints: {
    list: { method: "POST", path: Admin.path, deltaSyncField: "updatedAt", pageSize: itemsAtOnce },
    get: { method: "POST", path: Admin.path },
    changes: { method: "POST", path: Admin.path },
    update: { method: "POST", path: Admin.path, fields: ["available"] }
  },
  source: {
    deltaSyncField: "updatedAt",
    supportsWebhooks: true,
    list,
    changes: Walk.windows<InventoryLevel, Http>({
      nowMs: Source.nowMs,
      lagMs: Source.lagMs,
      precisionMs: 1000,
      deletes: false,
      phases: [changed]
    }),
    get: Node.get(kind)
  },
  target: { update: { ...Verb.each(set), refusesStale: true } }
})
