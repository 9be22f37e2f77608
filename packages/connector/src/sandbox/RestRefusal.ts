/** Why a plain REST provider does not take fields: they cannot be written, their schema refuses them, or they name nobody. */
import { type Fields, references } from "@syncline/core"
import { Result, Schema, SchemaIssue } from "effect"
import type { Resource } from "../Resource.ts"

/** A value that is not taken, and where it stands. */
export interface Refusal {
  readonly field: string
  readonly detail: string
}

const formatted = SchemaIssue.makeFormatterStandardSchemaV1()

/** `preview` answers the whole record as it would be; `exists` whether an entity has a record. */
export const of = (
  resource: Resource,
  preview: (fields: Fields, known: Fields | null) => Fields,
  exists: (entity: string, id: string) => boolean
): ((fields: Fields, known: Fields | null) => ReadonlyArray<Refusal>) => {
  const decode = Schema.decodeUnknownResult(resource.schema)
  const referring = references(resource.schema)
  const writable: ReadonlySet<string> = new Set(resource.writes?.fields ?? [])
  return (fields, known) => {
    const locked = Object.keys(fields).filter((name) => !writable.has(name))
    if (locked.length > 0) return locked.map((field) => ({ field, detail: "cannot be written" }))
    const decoded = decode(preview(fields, known), { errors: "all" })
    if (Result.isFailure(decoded))
      return formatted(decoded.failure.issue).issues.map(({ message, path = [] }) => ({
        field: path.map((part) => String(typeof part === "object" ? part.key : part)).join("."),
        detail: message
      }))
    return referring.flatMap(({ entity, path }) => {
      const id = fields[path]
      return typeof id === "string" && !exists(entity, id)
        ? [{ field: path, detail: `there is no ${entity} ${id}` }]
        : []
    })
  }
}
