/** What a person says about a table, and what Syncline makes of it. */
import { Schema } from "effect"
import type { Place } from "./Catalog.ts"
import { problemOf } from "./Identifier.ts"

/** Tables that Syncline keeps beside the records; no names for tables of records. */
export const marksTable = "syncline_applied"
export const createdTable = "syncline_created"
export const changesTable = "syncline_change"
export const trimmedTable = "syncline_trimmed"
const ownTables: ReadonlySet<string> = new Set([marksTable, createdTable, changesTable, trimmedTable])

const Name = Schema.String.check(
  Schema.makeFilter((name: string) => problemOf(name) === null, {
    expected: "a name that PostgreSQL can have: not empty, and at most 63 bytes"
  })
)

/** What happens to a row whose source record was deleted. */
export const OnDelete = Schema.Union([
  /** The row stays as it is. */
  Schema.Literal("ignore"),
  /** The row is deleted. */
  Schema.Literal("delete"),
  /** This column says so: a timestamp is set to the time of the sync, a boolean to true. */
  Schema.Struct({ mark: Name })
])
export type OnDelete = typeof OnDelete.Type

/** How changes of an application's table are found: by triggers that write a log, or by a column that says when a row changed. */
export const CaptureKind = Schema.Literals(["log", "updated_at"])
export type CaptureKind = typeof CaptureKind.Type

/** The entity whose record a column names; `required` where the column is not null. */
const ReferenceTo = Schema.Union([Name, Schema.Struct({ entity: Name, required: Schema.Boolean })])

export const Table = Schema.Struct({
  /** The column that holds the source's id, of a table that exists already. Without it Syncline makes the table and keeps it. */
  idColumn: Schema.optionalKey(Name),
  /** The table's own key: an application's table, whose rows are records of their own. Either this or `idColumn`. */
  key: Schema.optionalKey(Name),
  /** Only with `idColumn` or `key`; "ignore" unless said. A table that Syncline made marks the row in `_deleted_at`. */
  onDelete: Schema.optionalKey(OnDelete),
  /** Columns that hold the key of a record of another entity of this connection. Only with `key`, as all that follow. */
  references: Schema.optionalKey(Schema.Record(Schema.String, ReferenceTo)),
  capture: Schema.optionalKey(CaptureKind),
  /** The column that says when a row last changed. */
  updatedAt: Schema.optionalKey(Name),
  /** A column that changes with every write of a row, by a trigger or by every application that writes. */
  version: Schema.optionalKey(Name)
}).check(
  Schema.makeFilter(({ idColumn, key, onDelete }) => onDelete === undefined || (idColumn ?? key) !== undefined, {
    expected:
      "onDelete only together with idColumn or key: a table that Syncline made marks deleted rows in _deleted_at"
  }),
  Schema.makeFilter(({ idColumn, key }) => idColumn === undefined || key === undefined, {
    expected: "idColumn (the column holds the source's id) or key (the table's rows have ids of their own), not both"
  }),
  Schema.makeFilter(
    ({ capture, key, references, updatedAt, version }) =>
      key !== undefined || [capture, references, updatedAt, version].every((option) => option === undefined),
    { expected: "references, capture, updatedAt and version only together with key" }
  ),
  Schema.makeFilter(({ capture, updatedAt }) => capture !== "updated_at" || updatedAt !== undefined, {
    expected: 'updatedAt, the column to ask, together with capture: "updated_at"'
  })
)
export type Table = typeof Table.Type

// Checked as a whole: a check of the keys would leave out the tables whose names it refuses.
export const Tables = Schema.Record(Schema.String, Table).check(
  Schema.makeFilter((tables: Readonly<Record<string, Table>>) =>
    Object.keys(tables).flatMap((name) => {
      const issue = ownTables.has(name) ? "Syncline has a table of its own under this name" : problemOf(name)
      return issue === null ? [] : [{ path: [name], issue }]
    })
  )
)
export const SchemaName = Name

/** A table as the connector treats it. */
export type Settings =
  /** Syncline made it: its rows are the provider's records. */
  | { readonly _tag: "Mirror"; readonly place: Place }
  /** It was there before: only the mapped columns are written. */
  | { readonly _tag: "Mapped"; readonly place: Place; readonly idColumn: string; readonly onDelete: OnDelete }

  /** An application's own: its rows are records with keys of their own, read and written. */
  | Application

export interface Application {
  readonly _tag: "Application"
  readonly place: Place
  readonly key: string
  readonly references: ReadonlyMap<string, { readonly entity: string; readonly isRequired: boolean }>
  readonly capture: CaptureKind | null
  readonly updatedAt: string | null
  readonly version: string | null
  readonly onDelete: OnDelete
}

export const settingsOf = (place: Place, { idColumn, key, ...options }: Table): Settings => {
  const onDelete = options.onDelete ?? "ignore"
  if (idColumn !== undefined) return { _tag: "Mapped", place, idColumn, onDelete }
  if (key === undefined) return { _tag: "Mirror", place }
  const references = Object.entries(options.references ?? {}).map(
    ([column, to]): [string, { readonly entity: string; readonly isRequired: boolean }] => [
      column,
      typeof to === "string" ? { entity: to, isRequired: false } : { entity: to.entity, isRequired: to.required }
    ]
  )
  return {
    _tag: "Application",
    place,
    key,
    references: new Map(references),
    capture: options.capture ?? null,
    updatedAt: options.updatedAt ?? null,
    version: options.version ?? null,
    onDelete
  }
}
