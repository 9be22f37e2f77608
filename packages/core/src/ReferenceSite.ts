/** Where, within a shared field, ids of other records are: the field itself, or places in its lists and objects. */
import { Result, type Schema } from "effect"
import { isObject } from "./FieldPath.ts"
import { type EntityType, RecordId, RecordKey } from "./Ids.ts"
import { Side } from "./Side.ts"

export interface ReferenceSite {
  /** From the field on: empty where it is the field itself; `*` is each item of a list or each value of an object. */
  readonly below: ReadonlyArray<string>
  /** The pair of the record that is referred to. */
  readonly entity: EntityType
  /** By side: a record there can do without it at first. */
  readonly isOptional: Readonly<Record<Side, boolean>>
}

/** Ids of one side and record keys, by the pair of the record that is referred to. */
export interface References {
  /** Null: that record is not linked. */
  readonly keyOf: (side: Side, entity: EntityType, id: RecordId) => RecordKey | null
  /** Null: its id at that side is not known yet. */
  readonly idAt: (side: Side, entity: EntityType, key: RecordKey) => RecordId | null
  /** Its record was deleted at both sides. Left out: that of none. */
  readonly isGone?: (entity: EntityType, key: RecordKey) => boolean
}

/** A reference that a record holds. */
export interface HeldReference {
  readonly entity: EntityType
  readonly id: RecordId
  /** The other side can do without it at first. */
  readonly isOptional: boolean
}

/** Begins what stands for the key of a record that is not linked; the rest is its id at that side. */
const unlinked: Readonly<Record<Side, string>> = { source: "~?s", target: "~?t" }

/** A record that is not linked, by its id at the side where it was referred to. */
export interface Unlinked {
  readonly side: Side
  readonly id: RecordId
}

/** Whom a canonical value refers to that holds no key, since that record was not linked; null: it holds a key. */
export const unlinkedIn = (value: string): Unlinked | null => {
  const side = Side.literals.find((each) => value.startsWith(unlinked[each]) && value.length > unlinked[each].length)
  return side === undefined ? null : { side, id: RecordId.make(value.slice(unlinked[side].length)) }
}

/** The key that a canonical value stands for; null: the record is not linked yet. */
export const keyOf = (value: string, entity: EntityType, references: References): RecordKey | null => {
  const found = unlinkedIn(value)
  return found === null ? RecordKey.make(value) : references.keyOf(found.side, entity, found.id)
}

/** Ids become record keys. What is no id stays as it is. */
export const toKeys = (
  value: Schema.Json,
  sites: ReadonlyArray<ReferenceSite>,
  side: Side,
  references: References
): Schema.Json =>
  sites.reduce(
    (before, { below, entity }) =>
      changed(before, below, (held) => {
        const id = idOf(held)
        return id === null ? held : (references.keyOf(side, entity, id) ?? `${unlinked[side]}${id}`)
      }),
    value
  )

/**
 * Record keys become ids of the side. Fails with what is wrong where one is not known. A reference that a record can do without, and
 * whose record is gone at both sides, is one to nothing.
 */
export const toIds = (
  value: Schema.Json,
  sites: ReadonlyArray<ReferenceSite>,
  side: Side,
  references: References
): Result.Result<Schema.Json, string> => {
  const unknown: Array<string> = []
  const written = sites.reduce(
    (before, { below, entity, isOptional }) =>
      changed(before, below, (value) => {
        if (typeof value !== "string" || value === "") return value
        const key = keyOf(value, entity, references)
        if (key !== null && isOptional[side] && references.isGone?.(entity, key) === true) return null
        const id = key === null ? null : references.idAt(side, entity, key)
        if (id === null) unknown.push(`"${entity}"`)
        return id ?? value
      }),
    value
  )
  return unknown.length === 0
    ? Result.succeed(written)
    : Result.fail(`refers to a record of ${unknown.join(", ")} that is not known at the ${side} yet`)
}

/** The ids within a side's value. `written` is the side that they would be written at. */
export const heldIn = (
  value: Schema.Json,
  sites: ReadonlyArray<ReferenceSite>,
  written: Side
): ReadonlyArray<HeldReference> => {
  const held: Array<HeldReference> = []
  for (const { below, entity, isOptional } of sites) {
    changed(value, below, (each) => {
      const id = idOf(each)
      if (id !== null) held.push({ entity, id, isOptional: isOptional[written] })
      return each
    })
  }
  return held
}

/** A reference that a canonical value holds: a record key, or what stands for one. */
export interface HeldKey {
  readonly entity: EntityType
  readonly value: string
  /** By side: a record there can do without it at first. */
  readonly isOptional: Readonly<Record<Side, boolean>>
}

/** The record keys within a canonical value. */
export const keysIn = (value: Schema.Json, sites: ReadonlyArray<ReferenceSite>): ReadonlyArray<HeldKey> => {
  const held: Array<HeldKey> = []
  for (const { below, entity, isOptional } of sites) {
    changed(value, below, (each) => {
      if (typeof each === "string" && each !== "") held.push({ entity, value: each, isOptional })
      return each
    })
  }
  return held
}

/** Providers write a reference as an id, as a number where their keys are numbers, or as the record itself. */
const idOf = (value: Schema.Json): RecordId | null => {
  const id = isObject(value) ? value["id"] : value
  if (typeof id === "number" && Number.isSafeInteger(id)) return RecordId.make(String(id))
  return typeof id === "string" && id !== "" ? RecordId.make(id) : null
}

const changed = (
  value: Schema.Json,
  [name, ...below]: ReadonlyArray<string>,
  change: (value: Schema.Json) => Schema.Json
): Schema.Json => {
  if (name === undefined) return change(value)
  if (Array.isArray(value)) {
    const list: ReadonlyArray<Schema.Json> = value
    return list.map((item, index) => (name === "*" || name === String(index) ? changed(item, below, change) : item))
  }
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      name === "*" || name === key ? changed(item, below, change) : item
    ])
  )
}
