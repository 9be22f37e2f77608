/** What must be done to a table before records can be written to it. Only ever adds. */
import type { Column } from "@syncline/connector"
import { Result } from "effect"
import { type Found, type FoundTable, type Place, sqlOf } from "./Catalog.ts"
import * as ColumnType from "./ColumnType.ts"
import { columnProblems, literal, quote } from "./Identifier.ts"
import * as Layout from "./Layout.ts"
import type { Application, OnDelete, Settings } from "./Settings.ts"

/** One complaint per column; "" is the table as a whole. */
export type Complaints = Readonly<Record<string, string>>

/** The statements in their order; none when the table is ready. `isEmpty` is asked only of tables that are not marked as ours. */
export const plan = (
  settings: Exclude<Settings, Application>,
  found: Found,
  isEmpty: boolean,
  columns: ReadonlyArray<Column>
): Result.Result<ReadonlyArray<string>, Complaints> =>
  settings._tag === "Mapped"
    ? planMapped(settings, found.table, columns)
    : planMirror(
        settings.place,
        found,
        isEmpty,
        columns.filter(({ name }) => name !== Layout.mirrorId)
      )

const refuse = (complaints: Iterable<readonly [field: string, complaint: string]>) =>
  Result.fail<Complaints>(Object.fromEntries(complaints))

const planMirror = (
  place: Place,
  { hasSchema, table }: Found,
  isEmpty: boolean,
  columns: ReadonlyArray<Column>
): Result.Result<ReadonlyArray<string>, Complaints> => {
  const names = columns.map(({ name }) => name)
  const problems = columnProblems(
    [Layout.mirrorId, ...names],
    Layout.ownColumns.map(({ name }) => name)
  )
  if (problems.size > 0) return refuse(problems)
  if (table === null) {
    return Result.succeed([
      ...(hasSchema ? [] : [`create schema ${quote(place.schema)}`]),
      createTable(place, columns),
      comment(place, names)
    ])
  }
  const complaints = [...mirrorComplaints(place, table, isEmpty, columns)]
  return complaints.length > 0 ? refuse(complaints) : Result.succeed(migration(place, table, columns))
}

// Ids in the order of their bytes: the fastest to compare, and the same on every server.
const idDefinition = `${quote(Layout.mirrorId)} text collate "C" primary key`

const createTable = (place: Place, columns: ReadonlyArray<Column>): string => {
  const definitions = [
    idDefinition,
    ...columns.map(({ kind, name }) => `${quote(name)} ${ColumnType.typeOf[kind]}`),
    ...Layout.ownColumns.map(({ name, type }) => `${quote(name)} ${type}`)
  ]
  return `create table ${sqlOf(place)} (\n  ${definitions.join(",\n  ")}\n)`
}

const comment = (place: Place, names: ReadonlyArray<string>): string =>
  `comment on table ${sqlOf(place)} is ${literal(Layout.commentOf(names))}`

function* mirrorComplaints(
  place: Place,
  { columns: found, comment, hasPrimaryKey, isTable, unique }: FoundTable,
  isEmpty: boolean,
  columns: ReadonlyArray<Column>
): Generator<readonly [field: string, complaint: string]> {
  const table = sqlOf(place)
  if (!isTable) return yield ["", `${table} is a view or a foreign table: give the records a table of another name`]
  if (!Layout.isMarked(comment) && !isEmpty) {
    return yield [
      "",
      `${table} holds rows and Syncline did not make it: say idColumn, the column that holds the source's id, to write into it; ` +
        `or use another name; or, if it is a mirror whose comment was lost, run: comment on table ${table} is 'syncline mirror'`
    ]
  }
  const typesByName = new Map(found.map(({ name, type }) => [name, type]))
  const idType = typesByName.get(Layout.mirrorId)
  if (idType === undefined ? hasPrimaryKey || !isEmpty : idType !== "text" || !unique.includes(Layout.mirrorId)) {
    yield [
      Layout.mirrorId,
      `${table} needs a column "id" of type text that is its primary key: add it, or use another name`
    ]
  }
  for (const { kind, name } of columns) {
    const type = typesByName.get(name)
    const wanted = ColumnType.typeOf[kind]
    if (type !== undefined && !ColumnType.holdsInMirror(type, kind)) yield [name, changed(table, name, type, wanted)]
  }
  for (const { name, type: wanted } of Layout.ownColumns) {
    const type = typesByName.get(name)
    if (type !== undefined && type !== wanted) yield [name, changed(table, name, type, wanted)]
  }
  const ours = new Set([Layout.mirrorId, ...Layout.columnsInComment(comment), ...columns.map(({ name }) => name)])
  yield* unfilled(found, ours)
}

const changed = (table: string, name: string, type: string, wanted: string): string => {
  const column = quote(name)
  return (
    `the column is ${type} and the records need ${wanted}: run alter table ${table} alter column ${column} type ${wanted} ` +
    `using ${column}::${wanted}; or rename the column, and a new one is added`
  )
}

function* unfilled(
  found: FoundTable["columns"],
  written: ReadonlySet<string>
): Generator<readonly [field: string, complaint: string]> {
  for (const { isRequired, name } of found) {
    if (isRequired && !written.has(name)) {
      yield [
        name,
        "the column is not null, has no default and nothing is written to it: map a field to it, or give it a default"
      ]
    }
  }
}

const migration = (place: Place, table: FoundTable, columns: ReadonlyArray<Column>): ReadonlyArray<string> => {
  const existing = new Set(table.columns.map(({ name }) => name))
  const added = columns.filter(({ name }) => !existing.has(name))
  const additions = [
    ...(existing.has(Layout.mirrorId) ? [] : [idDefinition]),
    ...added.map(({ kind, name }) => `${quote(name)} ${ColumnType.typeOf[kind]}`),
    ...Layout.ownColumns.filter(({ name }) => !existing.has(name)).map(({ name, type }) => `${quote(name)} ${type}`)
  ]
  const named = Layout.columnsInComment(table.comment)
  const names = [...named, ...columns.map(({ name }) => name).filter((name) => !named.includes(name))]
  const moves = existing.has(Layout.unknownColumn) ? added.map((column) => move(place, column)) : []
  return [
    ...(additions.length === 0
      ? []
      : [`alter table ${sqlOf(place)}\n  ${additions.map((each) => `add column ${each}`).join(",\n  ")}`]),
    ...moves,
    ...(Layout.isMarked(table.comment) && names.length === named.length ? [] : [comment(place, names)])
  ]
}

/** Which JSON a new column takes over from the fields that had none. What does not fit stays where it is. */
const fits: Readonly<Record<Column["kind"], (value: string) => string>> = {
  text: (value) => `jsonb_typeof(${value}) = 'string'`,
  integer: (value) => `jsonb_typeof(${value}) = 'number' and ${value}::text ~ '^-?[0-9]{1,18}$'`,
  number: (value) => `jsonb_typeof(${value}) = 'number'`,
  boolean: (value) => `jsonb_typeof(${value}) = 'boolean'`,
  json: (value) => `jsonb_typeof(${value}) <> 'null'`
}

const move = (place: Place, { kind, name }: Column): string => {
  const unknown = quote(Layout.unknownColumn)
  const key = literal(name)
  const value = `(${unknown}->${key})`
  const taken = ColumnType.typeOf[kind] === "jsonb" ? value : `(${unknown}->>${key})::${ColumnType.typeOf[kind]}`
  return `update ${sqlOf(place)} set ${quote(name)} = ${taken}, ${unknown} = nullif(${unknown} - ${key}, '{}') where ${fits[kind](value)}`
}

const planMapped = (
  { idColumn, onDelete, place }: Extract<Settings, { readonly _tag: "Mapped" }>,
  found: FoundTable | null,
  columns: ReadonlyArray<Column>
): Result.Result<ReadonlyArray<string>, Complaints> => {
  const complaints = [...mappedComplaints(sqlOf(place), idColumn, onDelete, found, columns)]
  return complaints.length > 0 ? refuse(complaints) : Result.succeed([])
}

function* mappedComplaints(
  table: string,
  idColumn: string,
  onDelete: OnDelete,
  found: FoundTable | null,
  columns: ReadonlyArray<Column>
): Generator<readonly [field: string, complaint: string]> {
  if (found === null)
    return yield ["", `there is no table ${table}: create it; or leave idColumn out, and Syncline makes it`]
  if (!found.isTable)
    return yield ["", `${table} is a view or a foreign table, which cannot be written row by row: name its table`]
  const columnsByName = new Map(found.columns.map((column) => [column.name, column]))

  const id = columnsByName.get(idColumn)
  if (id === undefined) yield [idColumn, `idColumn names no column of ${table}, which has ${namesOf(found)}`]
  else if (!ColumnType.canHoldIds(id.type)) {
    yield [idColumn, `the column is ${id.type}; an idColumn is one of ${ColumnType.idTypes.join(", ")}`]
  } else if (!found.unique.includes(idColumn)) {
    yield [idColumn, `a source's id must not occur twice: run create unique index on ${table} (${quote(idColumn)})`]
  }

  yield* columnComplaints(
    table,
    found,
    columns.filter((column) => column.name !== idColumn)
  )
  yield* markComplaints(table, onDelete, found)
  yield* unfilled(found.columns, new Set([idColumn, ...columns.map(({ name }) => name)]))
}

const namesOf = ({ columns }: FoundTable): string => columns.map(({ name }) => quote(name)).join(", ")

/** Columns that are not there, cannot be written, or cannot hold their field. */
export function* columnComplaints(
  table: string,
  found: FoundTable,
  columns: ReadonlyArray<Column>
): Generator<readonly [field: string, complaint: string]> {
  const columnsByName = new Map(found.columns.map((column) => [column.name, column]))
  for (const { kind, name } of columns) {
    const column = columnsByName.get(name)
    if (column === undefined)
      yield [name, `${table} has no such column: add it, or map the field to one of ${namesOf(found)}`]
    else if (column.isComputed) yield [name, "the database computes this column: leave it out of the mapping"]
    else if (!ColumnType.holdsInMapped(column.type, kind)) {
      yield [
        name,
        `the column is ${column.type}, which cannot hold ${described[kind]}: map another field to it, or transform the field`
      ]
    }
  }
}

export function* markComplaints(
  table: string,
  onDelete: OnDelete,
  found: FoundTable
): Generator<readonly [field: string, complaint: string]> {
  if (typeof onDelete !== "object") return
  const mark = found.columns.find(({ name }) => name === onDelete.mark)
  if (mark === undefined)
    yield [onDelete.mark, `onDelete.mark names no column of ${table}, which has ${namesOf(found)}`]
  else if (!/^(boolean|timestamp.*)$/.test(mark.type)) {
    yield [onDelete.mark, `the column is ${mark.type}; onDelete.mark is a timestamp or a boolean`]
  }
}

const described: Readonly<Record<Column["kind"], string>> = {
  text: "text",
  integer: "whole numbers",
  number: "numbers with a fraction",
  boolean: "true and false",
  json: "objects and lists"
}
