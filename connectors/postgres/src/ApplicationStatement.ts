/** The statements of an application's table: each writes a whole batch, from one JSON parameter, and answers for each op. */
import * as Catalog from "./Catalog.ts"
import * as ColumnType from "./ColumnType.ts"
import * as Created from "./Created.ts"
import { literal, quote } from "./Identifier.ts"
import type { ApplicationLayout, LayoutColumn } from "./Layout.ts"
import { columnSql, givenSql, isLiveSql, rowSql } from "./Rows.ts"

// The engine says what time it is; no statement asks the server.
const now = "nullif(current_setting('syncline.now', true), '')::timestamptz"

const createdIn = ({ schema }: Catalog.Place): string => Catalog.sqlOf(Created.placeIn(schema))

/**
 * Inserts the rows of ops that have made none yet. Ops travel as arrays: the op's key, the row's if it `bringsKey`, then the columns.
 *
 * An op that another transaction is just performing waits for it, and is then answered by `made`. Keys are taken from what fills the
 * column before the insert, because `returning` cannot say which row is which op's.
 */
export const create = (
  layout: ApplicationLayout,
  place: Catalog.Place,
  columns: ReadonlyArray<LayoutColumn>,
  bringsKey: boolean
): string => {
  const { id, keyFilledBy, table } = layout
  const first = bringsKey ? 2 : 1
  const key = bringsKey ? ColumnType.elementSql(id.type, 1) : `(${keyFilledBy ?? "null"})::${id.type}`
  const values = columns.map((column, index) => ColumnType.elementSql(column.type, first + index))
  const of = literal(place.name)
  return `with sent as materialized (
      select e.row, e.row->>0 as op, ${key} as key, e.place from jsonb_array_elements($1::text::jsonb) with ordinality as e(row, place)
      where not exists(select from ${createdIn(place)} as c where c.table_name = ${of} and c.op_key = e.row->>0)),
    noted as (
      insert into ${createdIn(place)} (table_name, op_key, record_id, created_at)
      select ${of}, op, key::text, ${now} from sent order by op
      on conflict (table_name, op_key) do nothing returning op_key, record_id),
    made as (
      insert into ${table} as t (${[id, ...columns].map(({ name }) => quote(name)).join(", ")}) overriding system value
      select ${["e.key", ...values].join(", ")} from sent as e join noted on noted.op_key = e.op order by e.place
      returning ${rowSql(layout)})
    select noted.op_key as op, made.id, made.row from noted full join made on made.id = noted.record_id order by op`
}

/** What each op has made: its row, or none where that is gone again. Silent about an op that has made nothing. */
export const made = (layout: ApplicationLayout, place: Catalog.Place): string =>
  `select c.op_key as op, made.id, made.row from ${createdIn(place)} as c
    left join lateral (
      select ${rowSql(layout)} from ${layout.table} as t
      where ${columnSql(layout.id)} = c.record_id::${ColumnType.comparedAs(layout.id.type)} and ${isLiveSql(layout)}) as made on true
    where c.table_name = ${literal(place.name)} and c.op_key in (select x from jsonb_array_elements_text($1::text::jsonb) as x)
    order by op`

/**
 * Sets the columns that each op's patch names, if they (or the version) are still what its base shows: a column that the patch does
 * not name may have been edited meanwhile, and stays so. Answers for each op its row, or whether there is one.
 */
export const update = (layout: ApplicationLayout, columns: ReadonlyArray<LayoutColumn>): string => {
  const { id, table, version } = layout
  const set = columns.map(({ name }) => {
    const column = quote(name)
    return `${column} = case when p.patch ? ${literal(name)} then r.${column} else t.${column} end`
  })
  const isSame = (column: LayoutColumn): string =>
    ColumnType.isSameSql(column.type, columnSql(column), `b.${quote(column.name)}`)
  const isUnchanged =
    version === null
      ? columns.map((column) => `(not p.patch ? ${literal(column.name)} or ${isSame(column)})`)
      : [isSame(version)]
  const based = version === null || columns.includes(version) ? columns : [...columns, version]
  const here = `${columnSql(id)} = p.id and ${isLiveSql(layout)}`
  return `with p as materialized (
      ${givenSql({ op: "text", id: ColumnType.comparedAs(id.type) }, ["patch", "base"])}),
    done as (
      update ${table} as t set ${set.join(", ")}
      from p, jsonb_to_record(p.patch) as r(${ColumnType.definitionOf(columns)}), jsonb_to_record(p.base) as b(${ColumnType.definitionOf(based)})
      where ${here} and ${isUnchanged.join("\n        and ")}
      returning p.op, ${rowSql(layout)})
    select p.op, done.id, done.row, exists(select from ${table} as t where ${here}) as "isThere"
    from p left join done on done.op = p.op order by p.op`
}
