/** What a person says about a table, and what Syncline makes of it. */
import { Schema } from "effect"
import type { Place } from "./Catalog.ts"
import { problemOf } from "./Identifier.ts"

/** The marks of applied batches; not a name for a table of records. */
export const marksTable = "syncline_applied"

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

export const Table = Schema.Struct({
  /** The column that holds the source's id, of a table that exists already. Without it Syncline makes the table and keeps it. */
  idColumn: Schema.optionalKey(Name),
  /** Only with `idColumn`; "ignore" unless said. A table that Syncline made marks the row in `_deleted_at`. */
  onDelete: Schema.optionalKey(OnDelete)
}).check(
  Schema.makeFilter(({ idColumn, onDelete }) => onDelete === undefined || idColumn !== undefined, {
    expected: "onDelete only together with idColumn: a table that Syncline made marks deleted rows in _deleted_at"
  })
)
export type Table = typeof Table.Type

// Checked as a whole: a check of the keys would leave out the tables whose names it refuses.
export const Tables = Schema.Record(Schema.String, Table).check(
  Schema.makeFilter((tables: Readonly<Record<string, Table>>) =>
    Object.keys(tables).flatMap((name) => {
      const issue = name === marksTable ? "Syncline has a table of its own under this name" : problemOf(name)
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

export const settingsOf = (place: Place, { idColumn, onDelete }: Table): Settings =>
  idColumn === undefined
    ? { _tag: "Mirror", place }
    : { _tag: "Mapped", place, idColumn, onDelete: onDelete ?? "ignore" }
