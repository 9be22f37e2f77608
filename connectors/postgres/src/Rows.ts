/** Reading: rows as the records that they were made from. */
import { type Complete, type Listed, type Seen, type Source, type Sql, Verb, Walk } from "@syncline/connector"
import { type Fields, RecordId } from "@syncline/core"
import { Effect, Schema } from "effect"
import { rowsOf } from "./Catalog.ts"
import * as ColumnType from "./ColumnType.ts"
import { quote } from "./Identifier.ts"
import type { Known, Layout, LayoutColumn } from "./Layout.ts"

export const pageSize = 1000
export const idsPageSize = 10_000

export const Id = Schema.Struct({ id: RecordId })
export const Row = Schema.Struct({ id: RecordId, row: Schema.Record(Schema.String, Schema.Json) })
export type Row = typeof Row.Type

/** The column of row `t`. */
export const columnSql = ({ name }: LayoutColumn): string => `t.${quote(name)}`

/** `id` and `row` of row `t`, for `toRecord`. */
export const rowSql = ({ columns, id, unknown }: Layout): string => {
  const shown = columns.map((column) => `${shownSql(column)} as ${quote(column.name)}`)
  const all = unknown === null ? shown : [...shown, `t.${quote(unknown)}`]
  return (
    `${columnSql(id)}::text as id, ` +
    (all.length === 0 ? "'{}'::jsonb as row" : `(select to_jsonb(r) from (select ${all.join(", ")}) as r) as row`)
  )
}

/** The column of row `t` as a record shows it, before it is JSON. */
export const shownSql = (column: LayoutColumn): string =>
  column.isReference === true ? `${columnSql(column)}::text` : ColumnType.shownSql(column.type, columnSql(column))

/** Whether row `t` stands for a record that exists. */
export const isLiveSql = ({ mark }: Layout): string => {
  if (mark === null) return "true"
  return mark.type === "boolean" ? `${columnSql(mark)} is not true` : `${columnSql(mark)} is null`
}

/** The record of a row: a column is never absent, so a field that the provider left out reads as null. */
export const toRecord = (layout: Layout): ((row: Row) => Fields) => {
  const readers = layout.columns.map(({ isReference, name, type }) => ({
    name,
    read: isReference === true ? null : ColumnType.readerOf(type)
  }))
  return ({ id, row }) => {
    const columns = readers.map(({ name, read }): [string, Schema.Json] => {
      const value = row[name] ?? null
      return [name, read !== null && typeof value === "string" ? read(value) : value]
    })
    const unknown = layout.unknown === null ? null : row[layout.unknown]
    return Object.fromEntries([...(isObject(unknown) ? Object.entries(unknown) : []), [layout.id.name, id], ...columns])
  }
}

const isObject = (value: Schema.Json | undefined): value is Schema.JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Records by id, their rows locked in the order of their ids until the transaction ends. */
const get = (known: Known) => ({
  max: 1000,
  run: Effect.fn("Rows.get")(function* (ids: ReadonlyArray<RecordId>) {
    const layout = yield* known.get
    const { id, table } = layout
    const possible = ids.filter((each) => ColumnType.holdsId(id.type, each))
    const rows = yield* rowsOf(
      Row,
      `select ${rowSql(layout)} from ${table} as t
       where ${columnSql(id)} in (select x::${id.type} from jsonb_array_elements_text($1::text::jsonb) as x) and ${isLiveSql(layout)}
       order by ${columnSql(id)} for update of t`,
      [JSON.stringify(possible)]
    )
    const read = toRecord(layout)
    const records = new Map(rows.map((row) => [row.id, read(row)]))
    return ids.map((each): Seen<Fields> => {
      const record = records.get(each)
      return record === undefined ? Verb.gone(each) : Verb.present(record)
    })
  })
})

const after = ({ id }: Layout, last: string | null): string =>
  last === null ? "" : `and ${columnSql(id)} > $1::${id.type}`

/** A listing in the order of the id column, which its index gives. */
export const walk = <A extends { readonly id: RecordId }, Item, L extends Layout>(
  known: Known<L>,
  row: Schema.Codec<A, unknown>,
  size: number,
  select: (layout: L) => string,
  toItem: (layout: L) => (row: A) => Item
): Walk.Walk<Item, Complete, Sql> =>
  Walk.pages((last) =>
    Effect.gen(function* () {
      const layout = yield* known.get
      const rows = yield* rowsOf(
        row,
        `select ${select(layout)} from ${layout.table} as t where ${isLiveSql(layout)} ${after(layout, last)}
         order by ${columnSql(layout.id)} limit ${size}`,
        last === null ? [] : [last]
      )
      return { items: rows.map(toItem(layout)), next: rows.length < size ? null : (rows.at(-1)?.id ?? null) }
    })
  )

/** Every live row. */
export const list = <L extends Layout>(known: Known<L>): Walk.Walk<Listed<Fields>, Complete, Sql> =>
  walk(known, Row, pageSize, rowSql, (layout) => {
    const read = toRecord(layout)
    return (row) => Verb.present(read(row))
  })

/** No change feed: rows are listed, and read by id. */
export const source = (known: Known): Source<Fields, Sql> => ({
  deltaSyncField: null,
  supportsWebhooks: false,
  list: list(known),
  ids: walk(
    known,
    Id,
    idsPageSize,
    ({ id }) => `${columnSql(id)}::text as id`,
    () =>
      ({ id }) => ({ id })
  ),
  get: get(known)
})

/**
 * The objects in the parameter as rows: columns with their types, and `parts` as jsonb. Parts are made outside of the function, which
 * frees nothing before its last row: of a kilobyte each, a thousand take 12 ms instead of 80.
 */
export const givenSql = (columns: Readonly<Record<string, string>>, parts: ReadonlyArray<string>): string => {
  const defined = [
    ...Object.entries(columns).map(([name, type]) => `${name} ${type}`),
    ...parts.map((part) => `${part} json`)
  ]
  const selected = [...Object.keys(columns), ...parts.map((part) => `${part}::jsonb as ${part}`)]
  return `select ${selected.join(", ")} from json_to_recordset($1::text::json) as w(${defined.join(", ")}) offset 0`
}
