/**
 * How records are read: all of them by a bulk operation, what changed by a search over `updated_at`, what was deleted from the shop's
 * events, one by one by id. The search is behind by seconds, so each window looks back. https://shopify.dev/docs/api/usage/search-syntax
 */
import {
  type Call,
  type Changes,
  type ConnectorError,
  Http,
  type Listed,
  Rest,
  type Seen,
  type Source,
  type Touched,
  Verb,
  Walk
} from "@syncline/connector"
import { RecordId } from "@syncline/core"
import { Effect, Schema } from "effect"
import { path } from "./Admin.ts"
import * as Bulk from "./Bulk.ts"
import * as Node from "./Node.ts"

export interface Kind<A> extends Node.Kind<A> {
  /** `UPDATED_AT`, where the list can be sorted by it. */
  readonly sortKey: string | null
  /** The filter that tells of changes, and how exact it is: customers are filtered by whole days. */
  readonly filter: string | null
  readonly filterStepMs: number
  /** As events call it: `PRODUCT`; null: its deletions leave no event. */
  readonly subject: string | null
  readonly updatedMs: (record: A) => number | null
}

const dayMs = 86_400_000
/** How late the search may show a change. */
export const lagMs = 300_000

const Destroyed = Schema.Struct({ subjectId: RecordId })
const isDestroyed = Schema.is(Destroyed)

const clock: Call = { method: "POST", path, json: { query: "{ shop { id } }" }, reads: true }

/** The time at Shopify, from the cheapest query. */
export const nowMs: Effect.Effect<number, ConnectorError, Http> = Effect.flatMap(
  Http.use((http) => http.send(clock)),
  (reply) => Rest.dateMs(Rest.operation(clock), reply.headers)
)

/** Deletions are events of the shop, kept for a year. https://shopify.dev/docs/api/admin-graphql/latest/queries/events */
const destroyed = (subject: string, window: Walk.Window, after: string | null) =>
  Node.page(
    {
      field: "events",
      sortKey: null,
      selection: "... on BasicEvent { subjectId }",
      query: `action:destroy subject_type:${subject} ${Node.between("created_at", window)}`,
      after,
      cost: 1
    },
    (raw): ReadonlyArray<Touched> => (isDestroyed(raw) ? [Verb.touched(raw.subjectId)] : [])
  )

type ReadPage<A> = (
  window: Walk.Window,
  after: string | null
) => Effect.Effect<Walk.Paged<Listed<A>>, ConnectorError, Http>

/** What the search says changed. A filter by whole days begins with the day before. */
const search =
  <A>(kind: Kind<A>): ReadPage<A> =>
  ({ sinceMs, untilMs }, after) => {
    const { cost, filter, filterStepMs, plural: field, selection, sortKey } = kind
    const name = filter ?? "updated_at"
    const query =
      filterStepMs > 1000
        ? `${name}:>='${Node.instant((Math.floor(sinceMs / filterStepMs) - 1) * filterStepMs)}'`
        : Node.between(name, { sinceMs, untilMs })
    const read = Node.record(kind)
    return Node.page({ field, sortKey, selection, query, after, cost }, (raw) => [read(raw)])
  }

/** What a coarse filter shows besides is left out. */
const isWithin = <A>(kind: Kind<A>, { sinceMs }: Walk.Window, listed: Listed<A>): boolean => {
  const ms = listed._tag === "Present" ? kind.updatedMs(listed.record) : null
  return ms === null || ms >= sinceMs - 1000
}

const isPast = <A>(kind: Kind<A>, { untilMs }: Walk.Window, last: Listed<A> | undefined): boolean => {
  const ms = last?._tag === "Present" && kind.sortKey === "UPDATED_AT" ? kind.updatedMs(last.record) : null
  return ms !== null && ms > untilMs
}

export const changes = <A>(kind: Kind<A>, updated: ReadPage<A> = search(kind)): Changes<A, Http> | null => {
  const { filter, subject } = kind
  if (filter === null) return null
  return Walk.windows<A, Http>({
    nowMs,
    lagMs,
    precisionMs: 1000,
    deletes: subject !== null,
    ...(subject !== null && { keptMs: 364 * dayMs }),
    phases: [
      (window, after) =>
        Effect.map(updated(window, after), ({ items, next }) => ({
          items: items.filter((listed) => isWithin(kind, window, listed)).map((listed): Seen<A> => listed),
          // Oldest first: what follows changed after the window, and is the next one's. A coarse filter has no bound of its own.
          next: isPast(kind, window, items.at(-1)) ? null : next
        })),
      ...(subject === null ? [] : [(window: Walk.Window, after: string | null) => destroyed(subject, window, after)])
    ]
  })
}

export const of = <A>(kind: Kind<A>): Omit<Source<A, Http, never>, "deltaSyncField" | "lookup"> => {
  const changed = changes(kind)
  const read = Node.record(kind)
  return {
    supportsWebhooks: true,
    list: Bulk.list(`{ ${kind.plural} { edges { node { ${kind.selection} } } } }`, (raw) => [read(raw)]),
    ...(changed !== null && { changes: changed }),
    get: Node.get(kind)
  }
}

/** Finds records by a field of the search language, one value a term. */
export const find = <A>(kind: Kind<A>, term: string, values: ReadonlyArray<string>) =>
  Effect.map(
    Node.page(
      {
        field: kind.plural,
        sortKey: null,
        selection: kind.selection,
        query: values.map((value) => `${term}:${quoted(value)}`).join(" OR "),
        after: null,
        cost: kind.cost
      },
      (raw) => [Node.record(kind)(raw)]
    ),
    ({ items }) => items
  )

export const quoted = (value: string): string => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`
