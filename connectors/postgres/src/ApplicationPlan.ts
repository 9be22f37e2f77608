/** Whether an application's table can be what its configuration says. Nothing is changed in it. */
import { type Column, ConnectorError, Rejected } from "@syncline/connector"
import { Effect } from "effect"
import * as Catalog from "./Catalog.ts"
import * as ColumnType from "./ColumnType.ts"
import { quote } from "./Identifier.ts"
import { columnComplaints, markComplaints } from "./Plan.ts"
import type { Application } from "./Settings.ts"

type Complaint = readonly [field: string, complaint: string]

/** Fails with `Rejected`, one line per column that is missing, is not what the configuration says, or cannot hold what is coming. */
export const verify = Effect.fn("ApplicationPlan.verify")(function* (
  settings: Application,
  columns: ReadonlyArray<Column>
) {
  const { table } = yield* Catalog.find(settings.place)
  const fields = Object.fromEntries([
    ...configurationComplaints(settings, table),
    ...(table === null ? [] : columnComplaints(Catalog.sqlOf(settings.place), table, columns.filter(isPlain(settings))))
  ])
  if (Object.keys(fields).length === 0) return
  return yield* new ConnectorError({
    operation: `prepare table ${Catalog.sqlOf(settings.place)}`,
    reason: new Rejected({ fields })
  })
})

/** Keys and references travel as text, whatever their columns are. */
const isPlain =
  ({ key, references }: Application) =>
  ({ name }: Column): boolean =>
    name !== key && !references.has(name)

/** What of the configuration the table does not bear out. */
export function* configurationComplaints(
  settings: Application,
  found: Catalog.FoundTable | null
): Generator<Complaint> {
  const { key, onDelete, place, references, updatedAt, version } = settings
  const table = Catalog.sqlOf(place)
  if (found === null) return yield ["", `there is no table ${table}: create it, or correct its name`]
  if (!found.isTable) return yield ["", `${table} is a view or a foreign table: name the table behind it`]
  const columnsByName = new Map(found.columns.map((column) => [column.name, column]))
  const missing = (option: string): string =>
    `${option} names no column of ${table}, which has ${found.columns.map(({ name }) => quote(name)).join(", ")}`

  const own = columnsByName.get(key)
  if (own === undefined) yield [key, missing("key")]
  else if (!ColumnType.canBeKey(own.type)) {
    yield [key, `the column is ${own.type}; a key is one of ${ColumnType.keyTypes.join(", ")}`]
  } else if (!own.isNotNull || !found.unique.includes(key)) {
    yield [key, `a key is unique and not null: run alter table ${table} add primary key (${quote(key)})`]
  }
  for (const [name, { isRequired }] of references) {
    const column = columnsByName.get(name)
    if (column === undefined) yield [name, missing("references")]
    else if (column.isNotNull && !isRequired) {
      yield [name, 'the column is not null, so a row cannot wait for it: say { "entity": …, "required": true }']
    } else if (!column.isNotNull && isRequired) {
      yield [name, "the column may be null: leave required out, or make it not null"]
    }
  }
  if (updatedAt !== null) {
    const column = columnsByName.get(updatedAt)
    if (column === undefined) yield [updatedAt, missing("updatedAt")]
    else if (!column.type.startsWith("timestamp"))
      yield [updatedAt, `the column is ${column.type}; updatedAt is a timestamp`]
  }
  if (version !== null && !columnsByName.has(version)) yield [version, missing("version")]
  yield* markComplaints(table, onDelete, found)
}
