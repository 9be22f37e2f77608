/** Reading an application's table. Nothing is locked: the application goes on writing meanwhile. */
import { type Lookup, type Seen, type Source, type Sql, Verb } from "@syncline/connector"
import type { Fields, RecordId } from "@syncline/core"
import { Effect, Schema } from "effect"
import { rowsOf } from "./Catalog.ts"
import * as ColumnType from "./ColumnType.ts"
import type { ApplicationLayout, Known, LayoutColumn } from "./Layout.ts"
import * as Rows from "./Rows.ts"

const max = 1000

/** Each id that is of no live row is gone. */
const get = (known: Known<ApplicationLayout>) => ({
  max,
  run: Effect.fn("ApplicationRows.get")(function* (ids: ReadonlyArray<RecordId>) {
    const layout = yield* known.get
    const { id, table } = layout
    const possible = ids.filter((each) => ColumnType.namesRow(id.type, each))
    const rows = yield* rowsOf(
      Rows.Row,
      `select ${Rows.rowSql(layout)} from ${table} as t
       where ${Rows.columnSql(id)} in (select x::${ColumnType.comparedAs(id.type)} from jsonb_array_elements_text($1::text::jsonb) as x)
         and ${Rows.isLiveSql(layout)}
       order by ${Rows.columnSql(id)}`,
      [JSON.stringify(possible)]
    )
    const read = Rows.toRecord(layout)
    const records = new Map(rows.map((row) => [row.id, read(row)]))
    return ids.map((each): Seen<Fields> => {
      const record = records.get(each)
      return record === undefined ? Verb.gone(each) : Verb.present(record)
    })
  })
})

/** Compares by the column's index where the type tells which texts it can hold, else as the record shows the value. */
const holdsOneSql = (layout: ApplicationLayout, column: LayoutColumn): string => {
  const isIndexed = column.name === layout.id.name || ColumnType.isIndexable(column.type)
  return isIndexed
    ? `${Rows.columnSql(column)} in (select x::${ColumnType.comparedAs(column.type)} from jsonb_array_elements_text($1::text::jsonb) as x)`
    : `(${Rows.shownSql(column)})::text in (select x from jsonb_array_elements_text($1::text::jsonb) as x)`
}

const lookup = (known: Known<ApplicationLayout>): Lookup<Fields, Sql> => ({
  fields: null,
  max,
  run: Effect.fn("ApplicationRows.lookup")(function* (field: string, values: ReadonlyArray<string>) {
    const layout = yield* known.get
    const column = [layout.id, ...layout.columns].find(({ name }) => name === field)
    if (column === undefined) return []
    const possible = values.filter((value) => ColumnType.namesRow(column.type, value))
    const rows = yield* rowsOf(
      Rows.Row,
      `select ${Rows.rowSql(layout)} from ${layout.table} as t
       where ${holdsOneSql(layout, column)} and ${Rows.isLiveSql(layout)} order by ${Rows.columnSql(layout.id)}`,
      [JSON.stringify(possible)]
    )
    return rows.map(Rows.toRecord(layout)).map((record): Seen<Fields> => Verb.present(record))
  })
})

const Versioned = Schema.Struct({ ...Rows.Id.fields, version: Schema.NullOr(Schema.String) })

/** Rows in the order of their keys, as its index gives them. */
export const source = (known: Known<ApplicationLayout>): Omit<Source<Fields, Sql>, "deltaSyncField" | "changes"> => ({
  supportsWebhooks: false,
  list: Rows.list(known),
  ids: Rows.walk(
    known,
    Versioned,
    Rows.idsPageSize,
    (layout) =>
      `${Rows.columnSql(layout.id)}::text as id, ${layout.version === null ? "null" : Rows.columnSql(layout.version)}::text as version`,
    () =>
      ({ id, version }) =>
        version === null ? { id } : { id, version }
  ),
  get: get(known),
  lookup: lookup(known)
})
