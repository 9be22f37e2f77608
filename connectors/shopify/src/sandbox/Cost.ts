/** What a document costs, and the bucket it is taken from. https://shopify.dev/docs/api/usage/rate-limits */
import { type DocumentNode, Kind, type SelectionSetNode, type ValueNode } from "graphql"
import type { Fields } from "@syncline/core"

/** An object one point, a connection two and its nodes, a mutation ten. */
export const of = (document: DocumentNode, variables: Fields): number => {
  let cost = 0
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    if (definition.operation === "mutation") cost += 10
    else cost += below(definition.selectionSet, variables)
  }
  return cost
}

const below = (set: SelectionSetNode | undefined, variables: Fields): number => {
  if (set === undefined) return 0
  let cost = 0
  for (const each of set.selections) {
    if (each.kind === Kind.INLINE_FRAGMENT) cost += below(each.selectionSet, variables)
    if (each.kind !== Kind.FIELD || each.selectionSet === undefined) continue
    const first = each.arguments?.find(({ name }) => name.value === "first")
    const ids = each.arguments?.find(({ name }) => name.value === "ids")
    const inner = below(each.selectionSet, variables)
    // The page's own node list stands for its nodes.
    if (first !== undefined) cost += 2 + numberOf(first.value, variables) * (1 + inner)
    else if (ids !== undefined) cost += lengthOf(ids.value, variables) * (1 + inner)
    else cost += ["nodes", "edges", "node", "pageInfo"].includes(each.name.value) ? inner : 1 + inner
  }
  return cost
}

const numberOf = (value: ValueNode, variables: Fields): number =>
  value.kind === Kind.INT
    ? Number(value.value)
    : value.kind === Kind.VARIABLE
      ? Number(variables[value.name.value] ?? 0)
      : 0

const lengthOf = (value: ValueNode, variables: Fields): number => {
  const given = value.kind === Kind.VARIABLE ? variables[value.name.value] : null
  return Array.isArray(given) ? given.length : 1
}

/** No query may cost more, however full the bucket is. */
export const most = 1000

export interface Bucket {
  /** What is left, or null where the cost does not fit. */
  readonly take: (cost: number, nowMs: number) => number | null
  readonly left: (nowMs: number) => number
  readonly size: number
  readonly perSecond: number
}

export const bucket = (perSecond: number): Bucket => {
  const size = perSecond * 20
  let left = size
  let atMs = Number.NEGATIVE_INFINITY
  const fill = (nowMs: number): number => {
    left = Math.min(size, left + (Math.max(0, nowMs - atMs) * perSecond) / 1000)
    atMs = Math.max(atMs, nowMs)
    return left
  }
  return {
    size,
    perSecond,
    left: fill,
    take: (cost, nowMs) => {
      if (fill(nowMs) < cost) return null
      left -= cost
      return left
    }
  }
}
