/** Lists and records of the shop, as the schema's root asks for them. */
import * as Time from "../Time.ts"
import * as Search from "./Search.ts"
import * as Show from "./Show.ts"
import { gid, type Row, type Shop, type Type } from "./Shop.ts"

export interface ListArguments {
  readonly first?: number
  readonly after?: string | null
  readonly query?: string | null
  readonly reverse?: boolean | null
  readonly sortKey?: string | null
}

/** The bounds that a request has: when it is, and how far behind the search lies. */
export interface Setting {
  readonly nowMs: number
  readonly lagMs: number
  readonly filtersCustomersByDay: boolean
  /** The last page is left out, on purpose. */
  readonly losesLastPage: boolean
  /** Everything at once, as bulk operations read. */
  readonly isBulk: boolean
  /** Of a list at the root only these, by their place in order of making; null: all. */
  readonly slice: Slice | null
}

export interface Slice {
  readonly from: number
  readonly until: number
}

const pageAtMost = 250

export const paginate =
  ({ isBulk, losesLastPage }: Setting): Show.Paginate =>
  (items, { after, first }, idOf) => {
    if (!isBulk && (first === undefined || first < 1 || first > pageAtMost))
      throw new Error("you must provide one of first or last, at most 250")
    const size = isBulk ? items.length : (first ?? pageAtMost)
    const from = after === undefined || after === null ? 0 : positionAfter(items, after, idOf)
    const page = items.slice(from, from + size)
    const rest = items.length - from - page.length
    const nodes = page
    return {
      __typename: "Connection",
      nodes,
      edges: nodes.map((node) => ({ node, cursor: cursorOf(idOf(node)) })),
      pageInfo: {
        hasNextPage: losesLastPage ? rest > size : rest > 0,
        hasPreviousPage: from > 0,
        startCursor: page[0] === undefined ? null : cursorOf(idOf(page[0])),
        endCursor: endOf(page, idOf)
      }
    }
  }

const endOf = <A>(page: ReadonlyArray<A>, idOf: (item: A) => string): string | null => {
  const last = page.at(-1)
  return last === undefined ? null : cursorOf(idOf(last))
}

/** Opaque: the key of the last record of a page. */
const cursorOf = (key: string): string => Buffer.from(JSON.stringify({ last: key })).toString("base64")

/** Behind the record of the cursor; keys are compared, so a record that moved or went away takes nothing with it. */
const positionAfter = <A>(items: ReadonlyArray<A>, cursor: string, keyOf: (item: A) => string): number => {
  const read: unknown = JSON.parse(Buffer.from(cursor, "base64").toString("utf8"))
  const key =
    typeof read === "object" && read !== null ? new Map<string, unknown>(Object.entries(read)).get("last") : ""
  const position = items.findIndex((item) => keyOf(item) > String(key))
  return position < 0 ? items.length : position
}

const padded = (value: number): string => String(value).padStart(16, "0")

export const make = (shop: Shop, setting: Setting) => {
  const page = paginate(setting)
  const shown = Show.make(shop, page)
  const visible = (row: Row) => row.updatedMs <= setting.nowMs - setting.lagMs || setting.isBulk
  /** In the order asked for; a record's key is its place in it. */
  const keyOf = (row: Row, sortKey: string | null | undefined) =>
    sortKey === "UPDATED_AT" ? `${padded(row.updatedMs)}${padded(row.number)}` : padded(row.number)

  const rows = (type: Type, { query, sortKey }: ListArguments) => {
    const any = Search.parse(query ?? "")
    const all = shop.all(type)
    return (setting.slice === null ? all : all.slice(setting.slice.from, setting.slice.until))
      .filter(visible)
      .filter((row) => any.length === 0 || any.some((all) => all.every((term) => matches(row, term, setting))))
      .map((row) => ({ row, key: keyOf(row, sortKey) }))
      .sort((one, other) => (one.key < other.key ? -1 : 1))
  }
  const list = (type: Type) => (given: ListArguments) => {
    const keys = new Map<Show.Shown, string>()
    const items = rows(type, given).map(({ key, row }) => {
      const node = shown.show(row)
      keys.set(node, key)
      return node
    })
    return page(items, given, (node) => keys.get(node) ?? "")
  }
  const events = (given: ListArguments) => {
    const any = Search.parse(given.query ?? "")
    const found = shop
      .destroyed()
      .map((each, index) => ({ ...each, index }))
      .filter(({ atMs }) => atMs <= setting.nowMs - setting.lagMs)
      .filter(({ atMs, type }) =>
        any.every((all) =>
          all.every(({ field, operator, value }) => {
            if (field === "subject_type") return eventType(type) === value
            if (field === "created_at") return Search.compares(seconds(atMs), operator, seconds(Time.ms(value) ?? 0))
            return field !== "action" || value === "destroy"
          })
        )
      )
    return page(
      found.map(({ atMs, id, index, type }) => ({
        __typename: "BasicEvent",
        id: gid("BasicEvent", index + 1),
        action: "destroy",
        createdAt: Show.instant(atMs),
        subjectId: id,
        subjectType: eventType(type),
        key: padded(index)
      })),
      given,
      ({ key }) => key
    )
  }
  return { ...shown, list, events }
}

const eventType = (type: Type): string => type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase()

const seconds = (ms: number): number => Math.floor(ms / 1000)
const days = (ms: number): number => Math.floor(ms / 86_400_000)

const matches = (row: Row, { field, operator, value }: Search.Term, setting: Setting): boolean => {
  const bound = Time.ms(value)
  switch (field) {
    case "updated_at":
      if (bound === null) return true
      return row.type === "Customer" && setting.filtersCustomersByDay
        ? Search.compares(days(row.updatedMs), operator, days(bound))
        : Search.compares(seconds(row.updatedMs), operator, seconds(bound))
    case "created_at":
    case "customer_date":
      return bound === null || Search.compares(seconds(row.createdMs), operator, seconds(bound))
    case "email":
    case "phone":
    case "sku":
    case "barcode":
    case "handle":
    case "title":
      return row.fields[field] === value
    case "external_id":
      return row.fields["externalId"] === value
    default:
      return true
  }
}
