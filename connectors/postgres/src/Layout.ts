/** A table as the verbs use it: which column holds the id, which the fields, and which are Syncline's own. */
import { ConnectorError, Rejected, type Sql } from "@syncline/connector"
import { Effect, Option, Ref, Schema } from "effect"
import * as Catalog from "./Catalog.ts"
import type { Application, Settings } from "./Settings.ts"

export interface LayoutColumn {
  readonly name: string
  readonly type: string
  /** It holds another record's id, which is always shown as text. */
  readonly isReference?: boolean
}

export interface Layout {
  /** The table, quoted. */
  readonly table: string
  readonly id: LayoutColumn
  /** What a record shows besides its id. */
  readonly columns: ReadonlyArray<LayoutColumn>
  /** What a write may set, besides the id. */
  readonly written: ReadonlyArray<LayoutColumn>
  /** The jsonb column for the fields that have no column. */
  readonly unknown: string | null
  /** The column that says of a row that its record is gone. */
  readonly mark: LayoutColumn | null
  /** The column that says when the row was last written. */
  readonly syncedAt: string | null
}

/** An application's table. */
export interface ApplicationLayout extends Layout {
  /** What gives a new row its key, as SQL; null where the record must bring it. */
  readonly keyFilledBy: string | null
  readonly version: LayoutColumn | null
  readonly constraints: Catalog.FoundTable["constraints"]
}

export const unknownColumn = "_unknown"
export const deletedColumn = "_deleted_at"
export const syncedColumn = "_synced_at"

/** The id column of a mirror. */
export const mirrorId = "id"

/** The columns of every mirror besides the id and those of the record. */
export const ownColumns: ReadonlyArray<LayoutColumn> = [
  { name: unknownColumn, type: "jsonb" },
  { name: deletedColumn, type: "timestamp with time zone" },
  { name: syncedColumn, type: "timestamp with time zone" }
]

const marker = "syncline mirror"

/** The comment that says that a table is Syncline's, and which of its columns are: others may be added by anyone. */
export const commentOf = (columns: ReadonlyArray<string>): string => `${marker} of ${JSON.stringify(columns)}`

export const isMarked = (comment: string | null): boolean => comment?.startsWith(marker) ?? false

const decodeNames = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Array(Schema.String)))

/** The columns that the comment names; none for a table that was marked by hand. */
export const columnsInComment = (comment: string | null): ReadonlyArray<string> =>
  Option.getOrElse(decodeNames(comment?.slice(`${marker} of `.length)), () => [])

/** `declared` are the columns that `prepare` was called with, or null before that. */
export const of = (
  settings: Exclude<Settings, Application>,
  found: Catalog.FoundTable,
  declared: ReadonlySet<string> | null
): Layout => {
  const table = Catalog.sqlOf(settings.place)
  const columnNamed = (name: string) => found.columns.find((column) => column.name === name)
  if (settings._tag === "Mirror") {
    const named = columnsInComment(found.comment)
    const isOurs =
      named.length === 0
        ? (name: string) => name !== mirrorId && !ownColumns.some((own) => own.name === name)
        : (name: string) => named.includes(name)
    const columns = found.columns.filter(({ name }) => isOurs(name))
    return {
      table,
      id: columnNamed(mirrorId) ?? { name: mirrorId, type: "text" },
      columns,
      written: columns,
      unknown: unknownColumn,
      mark: { name: deletedColumn, type: "timestamp with time zone" },
      syncedAt: syncedColumn
    }
  }
  const { idColumn, onDelete } = settings
  const markName = typeof onDelete === "object" ? onDelete.mark : null
  const columns = found.columns.filter(({ name }) => name !== idColumn)
  return {
    table,
    id: columnNamed(idColumn) ?? { name: idColumn, type: "text" },
    columns,
    written: columns.filter(
      ({ isComputed, name }) => !isComputed && name !== markName && (declared?.has(name) ?? true)
    ),
    unknown: null,
    mark: columnNamed(markName ?? "") ?? null,
    syncedAt: null
  }
}

export const ofApplication = (settings: Application, found: Catalog.FoundTable): ApplicationLayout => {
  const { key, onDelete, place, references, version } = settings
  const columns = found.columns
    .filter(({ name }) => name !== key)
    .map((column) => ({ ...column, isReference: references.has(column.name) }))
  const columnNamed = (name: string | null) => found.columns.find((column) => column.name === name)
  const mark = typeof onDelete === "object" ? (columnNamed(onDelete.mark) ?? null) : null
  return {
    table: Catalog.sqlOf(place),
    id: columnNamed(key) ?? { name: key, type: "text" },
    columns,
    written: columns.filter(({ isComputed, name }) => !isComputed && name !== mark?.name),
    unknown: null,
    mark,
    syncedAt: null,
    keyFilledBy: columnNamed(key)?.filledBy ?? null,
    version: columnNamed(version) ?? null,
    constraints: found.constraints
  }
}

/** A table's layout: remembered from `prepare`, else read when it is first asked for. */
export interface Known<L extends Layout = Layout> {
  readonly get: Effect.Effect<L, ConnectorError, Sql>
  readonly set: (layout: L) => Effect.Effect<void>
}

export const known = (settings: Exclude<Settings, Application>): Known =>
  knownAs(settings.place, "run a job that writes it", (table) => of(settings, table, null))

export const knownApplication = (settings: Application): Known<ApplicationLayout> =>
  knownAs(settings.place, "create it; Syncline does not make an application's table", (table) =>
    ofApplication(settings, table)
  )

const knownAs = <L extends Layout>(
  place: Catalog.Place,
  remedy: string,
  toLayout: (table: Catalog.FoundTable) => L
): Known<L> => {
  const latest = Ref.makeUnsafe<L | null>(null)
  const read = Effect.gen(function* () {
    const { table } = yield* Catalog.find(place)
    if (table === null) return yield* missing(place, remedy)
    const layout = toLayout(table)
    yield* Ref.set(latest, layout)
    return layout
  })
  return {
    get: Effect.flatMap(Ref.get(latest), (layout) => (layout === null ? read : Effect.succeed(layout))),
    set: (layout) => Ref.set(latest, layout)
  }
}

const missing = (place: Catalog.Place, remedy: string) =>
  new ConnectorError({
    operation: `table ${Catalog.sqlOf(place)}`,
    reason: new Rejected({ fields: { "": `there is no such table yet: ${remedy}` } })
  })
