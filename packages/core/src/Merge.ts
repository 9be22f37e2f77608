/** Values that are made of items: compared without order, and merged item by item. */
import type { Schema } from "effect"
import * as Canon from "./Canon.ts"
import * as Fingerprint from "./Fingerprint.ts"
import type { Side } from "./Side.ts"

/** How a field's value is made: one whole; a set of items; a list of objects, told apart by the value of `key`. */
export type Kind = "value" | "set" | { readonly key: string }

type Value = Schema.Json | null

/** Whether two values say the same. The order of items does not count, and no items are the same as no value. */
export const isSame = (kind: Kind, one: Value, other: Value): boolean => {
  if (Canon.isSame(one, other)) return true
  if (kind === "value") return false
  const items = itemsOf(kind, one)
  const others = itemsOf(kind, other)
  return (
    items !== null &&
    others !== null &&
    items.size === others.size &&
    [...items].every(([key, item]) => Canon.isSame(item, others.get(key)))
  )
}

/** What two sides made of a value, and what each had before. */
export interface Versions {
  readonly base: { readonly source: Value; readonly target: Value }
  readonly source: Value
  readonly target: Value
}

/** `Unmergeable`: a value that is not made of items. `Undecided`: both sides changed one item, and no side wins. */
export type Merged =
  | { readonly _tag: "Merged"; readonly value: Value }
  | { readonly _tag: "Unmergeable" }
  | { readonly _tag: "Undecided" }

/**
 * Three-way, by item: what either side added is there, what either removed is not, and a changed item is kept also where the other
 * side removed it. `winner` decides an item that both changed; one that neither changed is as the source has it. Items are in the source's order, then those only the target has.
 */
export const threeWay = (kind: Kind, { base, source, target }: Versions, winner: Side | null): Merged => {
  const sources = itemsOf(kind, source)
  const targets = itemsOf(kind, target)
  const sourceBase = itemsOf(kind, base.source)
  const targetBase = itemsOf(kind, base.target)
  if (sources === null || targets === null || sourceBase === null || targetBase === null) return { _tag: "Unmergeable" }
  const merged: Array<Schema.Json> = []
  for (const key of new Set([...sources.keys(), ...targets.keys()])) {
    const mine = sources.get(key)
    const theirs = targets.get(key)
    const item = itemOf(mine, theirs, {
      source: !Canon.isSame(mine, sourceBase.get(key)),
      target: !Canon.isSame(theirs, targetBase.get(key))
    })
    if (item !== "both") {
      if (item.value !== undefined) merged.push(item.value)
      continue
    }
    if (winner === null) return { _tag: "Undecided" }
    merged.push((winner === "source" ? mine : theirs) ?? null)
  }
  return { _tag: "Merged", value: merged.length === 0 && (source === null || target === null) ? null : merged }
}

type Item = Schema.Json | undefined

const itemOf = (
  source: Item,
  target: Item,
  isChanged: { readonly source: boolean; readonly target: boolean }
): { readonly value: Item } | "both" => {
  if (Canon.isSame(source, target) || !isChanged.target) return { value: source }
  if (!isChanged.source) return { value: target }
  if (source === undefined || target === undefined) return { value: source ?? target }
  return "both"
}

/** The items by what tells them apart; null: the value is not made of items. */
const itemsOf = (kind: Kind, value: Value): ReadonlyMap<string, Schema.Json> | null => {
  const items = new Map<string, Schema.Json>()
  if (value === null) return items
  if (kind === "value" || !Array.isArray(value)) return null
  for (const item of value) {
    const key = keyOf(kind, item)
    if (key === null || (kind !== "set" && items.has(key))) return null
    items.set(key, item)
  }
  return items
}

const keyOf = (kind: Exclude<Kind, "value">, item: Schema.Json): string | null => {
  if (kind === "set") return Fingerprint.canonical(item)
  if (typeof item !== "object" || item === null || Array.isArray(item)) return null
  const key: Schema.Json | undefined = Object.entries(item).find(([name]) => name === kind.key)?.[1]
  return key === undefined || key === null ? null : Fingerprint.canonical(key)
}
