/** What PostgreSQL can hold of a record. */
import type { Fields } from "@syncline/core"
import type { Schema } from "effect"

/**
 * The first field whose value no text of PostgreSQL can hold, since there is U+0000 or a lone surrogate in it; null: there is none.
 * https://www.postgresql.org/docs/current/datatype-json.html
 */
export const unstorableIn = (fields: Fields): string | null => {
  for (const name of Object.keys(fields)) if (!isStorable(fields[name] ?? null)) return name
  return null
}

const isText = (text: string): boolean => !text.includes("\u0000") && text.isWellFormed()

const isStorable = (value: Schema.Json): boolean => {
  if (typeof value === "string") return isText(value)
  if (typeof value !== "object" || value === null) return true
  for (const [name, each] of Object.entries(value)) if (!isText(name) || !isStorable(each)) return false
  return true
}
