/** What providers make of values that are written to them, without changing what they say. */
import type { Schema } from "effect"
import * as Canon from "./Canon.ts"

/**
 * Whether a provider may have made `stored` of `sent` as it took it: without spaces around it, with fewer between, in another case, an
 * amount with other zeros behind, items in another order or each once. An edit that does no more than that looks the same.
 */
export const mayBe = (sent: Schema.Json, stored: Schema.Json): boolean => {
  if (typeof sent === "string" && typeof stored === "string") return tidy(sent) === tidy(stored)
  return Array.isArray(sent) && Array.isArray(stored) ? textOf(sent) === textOf(stored) : Canon.isSame(sent, stored)
}

/** Whether a value says no more than one that was there. */
export const isOnlyTidied = (before: Schema.Json | null, now: Schema.Json | null): boolean =>
  before !== null && now !== null && mayBe(before, now)

const decimal = /^(-?\d+)(?:\.(\d*?)0*)?$/

const tidy = (text: string): string => {
  const plain = text.normalize("NFC").trim().replace(/\s+/g, " ").toLowerCase()
  const [, whole, part = ""] = decimal.exec(plain) ?? []
  return whole === undefined ? plain : part === "" ? whole : `${whole}.${part}`
}

const textOf = (items: ReadonlyArray<Schema.Json>): string =>
  JSON.stringify(
    [...new Set(items.map((item) => (typeof item === "string" ? tidy(item) : JSON.stringify(item))))].sort()
  )
