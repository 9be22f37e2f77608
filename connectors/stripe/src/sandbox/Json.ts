/** Reading JSON whose shape the sandbox itself made. */
import type { Fields } from "@syncline/core"
import type { Schema } from "effect"

export type Json = Schema.Json

export const isHash = (value: Json | undefined): value is Schema.JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The text of a field, "" where it holds none. */
export const text = (record: Fields, name: string): string => {
  const value = record[name]
  return typeof value === "string" ? value : ""
}

/** The number of a field, 0 where it holds none. */
export const number = (record: Fields, name: string): number => {
  const value = record[name]
  return typeof value === "number" ? value : 0
}

/** The hash of a field, empty where it holds none. */
export const hash = (record: Fields, name: string): Fields => {
  const value = record[name]
  return isHash(value) ? value : {}
}

/** The hashes of a list field. */
export const hashes = (record: Fields, name: string): ReadonlyArray<Fields> => {
  const value = record[name]
  return Array.isArray(value) ? value.filter(isHash) : []
}

/** All members of both; the second wins. */
export const merged = (one: Fields, other: Fields): Fields => ({ ...one, ...other })

/** What was different before: changed names of a hash, whole lists, null for what was absent. Undefined: nothing was. */
export const previous = (before: Fields, after: Fields): Fields | undefined => {
  const changed = Object.keys({ ...before, ...after }).flatMap((name): ReadonlyArray<readonly [string, Json]> => {
    const old = before[name] ?? null
    const now = after[name] ?? null
    if (isHash(old) && isHash(now)) {
      const inner = previous(old, now)
      return inner === undefined ? [] : [[name, inner]]
    }
    return JSON.stringify(old) === JSON.stringify(now) ? [] : [[name, old]]
  })
  return changed.length === 0 ? undefined : Object.fromEntries(changed)
}
