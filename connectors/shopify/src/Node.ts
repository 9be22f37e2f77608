/** Reading records of one kind by their ids, and pages of them by a search. */
import {
  type ConnectorError,
  GraphQl,
  type Http,
  type Listed,
  Rest,
  type Seen,
  Verb,
  type Walk
} from "@syncline/connector"
import type { Fields, RecordId } from "@syncline/core"
import { Effect, Schema } from "effect"
import * as Admin from "./Admin.ts"

/** A kind of record: what it is called in GraphQL, and what is asked of it. */
export interface Kind<A> {
  readonly schema: Schema.Codec<A, Schema.Json>
  /** `Product`, as ids name it: `gid://shopify/Product/1`. */
  readonly type: string
  /** The list at the root, `products`, or null where records are only found within others. */
  readonly plural: string
  /** `id title status`. */
  readonly selection: string
  /** What one record costs, itself and each object in it a point. */
  readonly cost: number
  /** What was asked for, as the record has it; absent: as it came. */
  readonly shaped?: (raw: Fields) => Fields
}

type Readable<A> = Pick<Kind<A>, "schema" | "shaped">

const nodes = Schema.Struct({
  nodes: Schema.declare((value): value is ReadonlyArray<unknown> => Array.isArray(value), { expected: "a list" })
})

export const record = <A>({ schema, shaped }: Readable<A>): ((raw: unknown) => Listed<A>) => {
  const read = Rest.item(schema, "id")
  return shaped === undefined ? read : (raw) => read(isFields(raw) ? shaped(raw) : raw)
}

/** What was parsed from JSON is JSON. */
const isFields = (raw: unknown): raw is Fields => typeof raw === "object" && raw !== null && !Array.isArray(raw)

/** Shopify answers null for an id that is nobody's any more: that is its word that the record is gone. */
export const get = <A>(kind: Readable<A> & Pick<Kind<A>, "type" | "selection" | "cost">) => {
  const read = record(kind)
  return {
    max: Admin.fitting(kind.cost),
    run: (ids: ReadonlyArray<RecordId>): Effect.Effect<ReadonlyArray<Seen<A>>, ConnectorError, Http> =>
      Effect.map(
        Admin.send({
          name: kind.type,
          document: `query($ids: [ID!]!) { nodes(ids: $ids) { ... on ${kind.type} { ${kind.selection} } } }`,
          variables: { ids: [...ids] },
          data: nodes,
          cost: Math.max(1, ids.length * kind.cost)
        }),
        (answer) =>
          ids.flatMap((id, index): ReadonlyArray<Seen<A>> => {
            const raw = answer.nodes[index]
            return raw === undefined ? [] : [raw === null || isEmpty(raw) ? Verb.gone(id) : read(raw)]
          })
      )
  }
}

/** The id of another kind of record, for which nothing was asked. */
const isEmpty = (raw: unknown): boolean => typeof raw === "object" && raw !== null && Object.keys(raw).length === 0

/** A page of a search, oldest change first: a record that changes meanwhile moves to the end, and is seen again. */
export const page = <Item>(
  request: {
    readonly field: string
    readonly sortKey: string | null
    readonly selection: string
    readonly query: string
    readonly after: string | null
    readonly cost: number
    readonly first?: number
  },
  read: (raw: unknown) => ReadonlyArray<Item>
): Effect.Effect<Walk.Paged<Item>, ConnectorError, Http> => {
  const { after, cost, field, first = Admin.fitting(request.cost), query, selection, sortKey } = request
  const order = sortKey === null ? "" : `, sortKey: ${sortKey}`
  return Effect.map(
    Admin.send({
      name: field,
      document: `query($first: Int!, $after: String, $query: String) { page: ${field}(first: $first, after: $after, query: $query${order}) { nodes { ${selection} } pageInfo { hasNextPage endCursor } } }`,
      variables: { first, after, query },
      data: Schema.Struct({ page: GraphQl.Connection }),
      cost: 2 + first * cost
    }),
    ({ page }) => ({ items: page.nodes.flatMap(read), next: GraphQl.next(page) })
  )
}

/** `updated_at:>='…' updated_at:<='…'`; the colon of a time is syntax, so it is quoted. */
export const between = (field: string, { sinceMs, untilMs }: Walk.Window): string =>
  `${field}:>='${instant(sinceMs)}' ${field}:<='${instant(untilMs)}'`

/** To the second, as Shopify's own times are. */
export const instant = (ms: number): string => `${Rest.iso(ms).slice(0, 19)}Z`
