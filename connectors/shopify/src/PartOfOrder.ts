/** What hangs on orders, and has no list of its own: it is found through the orders that changed with it. */
import { type Complete, type Http, type Listed, type Seen, type Source, Walk } from "@syncline/connector"
import { Effect, Schema } from "effect"
import * as Bulk from "./Bulk.ts"
import * as Node from "./Node.ts"
import * as OrderSource from "./Source.ts"

export interface Part<A> extends Pick<Node.Kind<A>, "schema" | "type" | "selection" | "shaped" | "cost"> {
  /** The order's field, a plain list: `fulfillments`. */
  readonly field: string
}

const listOf = (field: string) => {
  const isOrder = Schema.is(Schema.Struct({ [field]: Schema.Array(Schema.Unknown) }))
  return (raw: unknown): ReadonlyArray<unknown> => {
    if (!isOrder(raw)) return []
    const list: unknown = raw[field]
    return Array.isArray(list) ? list : []
  }
}

export const source = <A>(part: Part<A>): Omit<Source<A, Http, never>, "deltaSyncField"> => {
  const read = Node.record(part)
  const partsOf = listOf(part.field)
  const list: Walk.Walk<Listed<A>, Complete, Http> = Bulk.list(
    `{ orders { edges { node { id ${part.field} { ${part.selection} } } } } }`,
    (raw) => partsOf(raw).map(read)
  )
  return {
    supportsWebhooks: true,
    list,
    changes: Walk.windows<A, Http>({
      nowMs: OrderSource.nowMs,
      lagMs: OrderSource.lagMs,
      precisionMs: 1000,
      // They are cancelled, never deleted.
      deletes: true,
      phases: [
        (window, after) =>
          Effect.map(
            Node.page(
              {
                field: "orders",
                sortKey: "UPDATED_AT",
                selection: `id ${part.field} { ${part.selection} }`,
                query: Node.between("updated_at", window),
                after,
                cost: 2 + 5 * part.cost
              },
              partsOf
            ),
            ({ items, next }) => ({ items: items.map((raw): Seen<A> => read(raw)), next })
          )
      ]
    }),
    get: Node.get(part)
  }
}
