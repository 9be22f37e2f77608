/**
 * Items: what is sold and bought. https://developer.xero.com/documentation/api/accounting/items
 *
 * Xero answers all of them at once, without pages. So that neither their number nor a deletion while they are read costs anything,
 * the answer is parsed as it streams in and a read keeps one part of it, by a hash of the id: a long list is read once per part,
 * and an item that lives throughout is in exactly one.
 */
import {
  type Complete,
  type ConnectorError,
  type Entity,
  entity,
  Http,
  JsonStream,
  type Listed,
  Rest,
  Verb,
  Walk
} from "@syncline/connector"
import { CanonicalMapping, RecordId } from "@syncline/core"
import { Effect, Schema, Stream } from "effect"
import * as Field from "./Field.ts"
import { root } from "./Root.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"
import * as Time from "./Time.ts"

const Details = Schema.optionalKey(
  Schema.NullOr(
    Schema.Struct({
      UnitPrice: Field.Amount,
      AccountCode: Field.Text,
      COGSAccountCode: Field.Text,
      TaxType: Field.Text
    })
  )
)

export const Item = Schema.Struct({
  ItemID: RecordId,
  /** Unique, at most 30 characters. */
  Code: Schema.String,
  Name: Field.Text,
  Description: Field.Text,
  PurchaseDescription: Field.Text,
  SalesDetails: Details,
  PurchaseDetails: Details,
  InventoryAssetAccountCode: Field.Text,
  IsSold: Field.YesNo,
  IsPurchased: Field.YesNo,
  IsTrackedAsInventory: Field.YesNo,
  QuantityOnHand: Field.Amount,
  TotalCostPool: Field.Amount,
  UpdatedDateUTC: Field.Moment
})
export type Item = typeof Item.Type

const path = `${root}/Items`

const fields = [
  "Code",
  "Name",
  "Description",
  "PurchaseDescription",
  "SalesDetails",
  "PurchaseDetails",
  "InventoryAssetAccountCode",
  "IsSold",
  "IsPurchased"
] as const satisfies ReadonlyArray<keyof Item>

const kind: Target.Kind<Item> = {
  schema: Item,
  path,
  plural: "Items",
  idField: "ItemID",
  id: ({ ItemID }) => ItemID,
  idsParameter: null,
  meaning: Verb.present,
  creatable: fields,
  updatable: fields,
  always: ["Code"],
  locked: { QuantityOnHand: "Xero counts this from invoices and bills", IsTrackedAsInventory: "follows its accounts" },
  mark: { field: "Code", most: 30, isNatural: true }
}

/** The most records of one page. */
const most = 2000

/** The parts of a list, once the first reading has counted it. */
const Part = Schema.NullOr(Schema.Struct({ part: Schema.Int, of: Schema.Int }))

const read = Effect.fnUntraced(function* (
  headers: Readonly<Record<string, string>>,
  at: typeof Part.Type
): Effect.fn.Return<
  { readonly items: ReadonlyArray<Listed<Item>>; readonly next: typeof Part.Type },
  ConnectorError,
  Http
> {
  const call = { method: "GET", path, headers } as const
  const http = yield* Http
  const record = Source.records(kind)
  const kept: Array<Listed<Item>> = []
  let count = 0
  yield* JsonStream.elements(Rest.operation(call), http.stream(call), "Items").pipe(
    Stream.runForEach((raw) =>
      Effect.sync(() => {
        count += 1
        // Without parts yet, more than one page is only counted.
        if (at === null && count > most) return void kept.splice(0)
        const listed = record(raw)
        if (at === null || partOf(listed, at.of) === at.part) kept.push(listed)
      })
    )
  )
  if (at === null) {
    return count <= most
      ? { items: kept, next: null }
      : { items: [], next: { part: 0, of: Math.ceil((count * 2) / most) } }
  }
  return { items: kept, next: at.part + 1 < at.of ? { part: at.part + 1, of: at.of } : null }
})

const idOf = (listed: Listed<Item>): RecordId => (listed._tag === "Unreadable" ? listed.id : listed.record.ItemID)

/** By the beginning of the id, a UUID; what has none is in the first part. */
const partOf = (listed: Listed<Item>, of: number): number => {
  const beginning = Number.parseInt(idOf(listed).slice(0, 8), 16)
  return Number.isNaN(beginning) ? 0 : beginning % of
}

const list: Walk.Walk<Listed<Item>, Complete, Http> = Walk.make({
  position: Part,
  start: Effect.succeed(null),
  read: (at) =>
    Effect.map(read({}, at), ({ items, next }) => ({
      items,
      next: next === null ? { end: () => Walk.complete } : { more: next }
    }))
})

/** A seller's number is an item's code; its price has no currency of its own, so an integration says which. */
const canonical = CanonicalMapping.of<Item>()("product", [
  { source: "Name", target: "name" },
  { source: "Code", target: "sku" },
  { source: "Description", target: "description" }
])

export const item: Entity<Item> = entity(Item, {
  id: "ItemID",
  version: "UpdatedDateUTC",
  canonical,
  changedAt: ({ UpdatedDateUTC }) => Time.ms(UpdatedDateUTC),
  endpoints: {
    list: { method: "GET", path, deltaSyncField: "UpdatedDateUTC", pageSize: most },
    get: { method: "GET", path: `${path}/{id}` },
    changes: { method: "GET", path },
    create: { method: "PUT", path, fields },
    update: { method: "POST", path, fields },
    delete: { method: "DELETE", path: `${path}/{id}` }
  },
  source: {
    deltaSyncField: "UpdatedDateUTC",
    supportsWebhooks: false,
    list,
    changes: Walk.windows<Item, Http>({
      nowMs: Rest.dateHeaderMs(`${root}/Organisation`),
      lagMs: Source.lagMs,
      precisionMs: 1000,
      // A deleted item vanishes; only a full list shows it.
      deletes: false,
      phases: [
        ({ sinceMs }) =>
          Effect.map(read(Source.since(sinceMs), { part: 0, of: 1 }), ({ items }) => ({ items, next: null }))
      ]
    }),
    get: Source.get(kind),
    lookup: Source.lookup(kind, ["Code", "Name"])
  },
  target: {
    create: Target.create(kind),
    update: Target.update(kind),
    remove: Target.deleteEach(kind)
  }
})
