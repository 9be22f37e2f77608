/** HubSpot's answers, and its records made flat: `{ id, properties: { email } }` is `{ id, email }` here. */
import { type Listed, Rest } from "@syncline/connector"
import type { Fields } from "@syncline/core"
import { Schema } from "effect"
import * as Kind from "./Kind.ts"

const List = Schema.declare((value): value is ReadonlyArray<unknown> => Array.isArray(value), { expected: "a list" })
const Context = Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown))

/** Why one element of a batch failed. https://developers.hubspot.com/docs/api-reference/error-handling#multi-status-errors */
export const Problem = Schema.Struct({
  category: Schema.optionalKey(Schema.String),
  message: Schema.optionalKey(Schema.String),
  subCategory: Schema.optionalKey(Schema.Unknown),
  context: Context
})
export type Problem = typeof Problem.Type

/** Of lists and searches. */
export const Listing = Schema.Struct({
  results: List,
  paging: Schema.optionalKey(
    Schema.NullOr(Schema.Struct({ next: Schema.optionalKey(Schema.NullOr(Schema.Struct({ after: Schema.String }))) }))
  )
})

/** Of batches: what went well, and what did not. */
export const Batch = Schema.Struct({ results: List, errors: Schema.optionalKey(Schema.Array(Problem)) })

/** An element of a batch's results. */
const Written = Schema.Struct({
  id: Schema.String,
  objectWriteTraceId: Schema.optionalKey(Schema.NullOr(Schema.String))
})
export const isWritten = Schema.is(Written)

const isObject = Schema.is(
  Schema.Struct({
    id: Schema.Unknown,
    properties: Schema.Record(Schema.String, Schema.Unknown)
  })
)
const isArchived = Schema.is(Schema.Struct({ id: Schema.String, archivedAt: Schema.String }))

/** The texts under one name of a problem's context. */
export const said = ({ context }: Problem, name: string): ReadonlyArray<string> => {
  const value = context?.[name]
  return (Array.isArray(value) ? value : [value]).flatMap((each: unknown) =>
    typeof each === "string" || typeof each === "number" ? [String(each)] : []
  )
}

/** What a record's envelope has besides, by the way in which it was asked for. */
const envelope = new Set([
  "properties",
  "archived",
  "url",
  "associations",
  "propertiesWithHistory",
  "objectWriteTraceId",
  "new"
])

/** Of the properties only what is asked for: HubSpot adds others as it likes, and a record would differ from one reading to the next. */
const flat = (kind: Kind.Shape, raw: unknown): unknown => {
  if (!isObject(raw)) return raw
  const known = new Map(Object.entries(raw.properties))
  return {
    ...Object.fromEntries(Object.entries(raw).filter(([name]) => !envelope.has(name))),
    ...Object.fromEntries(kind.properties.flatMap((name) => (known.has(name) ? [[name, known.get(name)]] : [])))
  }
}

/** Reads a record of this kind, without what it belongs to. */
export const reader = (kind: Kind.Shape): ((raw: unknown) => Listed<Fields>) => {
  const item = Rest.item(Kind.schema(kind), "id")
  return (raw) => item(flat(kind, raw))
}

/** One property of a record as it came. */
export const property = (raw: unknown, name: string): string | null => {
  const value = isObject(raw) ? raw.properties[name] : null
  return typeof value === "string" ? value : null
}

export const idOf = (raw: unknown): string | null => (isObject(raw) && typeof raw.id === "string" ? raw.id : null)

export const archived = (raw: unknown): { readonly id: string; readonly archivedAt: string } | null =>
  isArchived(raw) ? raw : null
