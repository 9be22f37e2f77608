/** Text that JSON can hold and PostgreSQL cannot: found before it is sent, so that it costs its own record and no other. */
import type { Patch } from "@syncline/connector"
import type { Fields } from "@syncline/core"
import type { Schema } from "effect"

/** https://www.postgresql.org/docs/18/datatype-json.html: neither text nor jsonb holds U+0000 or half a surrogate pair. */
const isStorable = (text: string): boolean => !text.includes("\0") && text.isWellFormed()

/** Whether a JSON text may hold such a character: a quick look, which takes a written-out escape for one. */
export const isSuspicious = (json: string): boolean => /\\u0000|\\ud[89a-f]/.test(json)

const isUnstorable = (value: Schema.Json | undefined): boolean => {
  if (typeof value === "string") return !isStorable(value)
  if (typeof value !== "object" || value === null) return false
  return Array.isArray(value)
    ? value.some(isUnstorable)
    : Object.entries(value).some(([name, inner]) => !isStorable(name) || isUnstorable(inner))
}

/** A complaint for each field that PostgreSQL cannot store. */
export const complaints = (fields: Patch<Fields>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([name, value]) => !isStorable(name) || isUnstorable(value))
      .map(([name]) => [
        name,
        "holds the character U+0000 or half a surrogate pair, which PostgreSQL cannot store: correct the record at the source"
      ])
  )
