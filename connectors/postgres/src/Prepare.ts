/** Makes a table ready for records: looks at it, decides, and adds what is missing in one transaction. */
import { type Column, ConnectorError, Rejected, Sql } from "@syncline/connector"
import { Effect } from "effect"
import * as Catalog from "./Catalog.ts"
import * as Layout from "./Layout.ts"
import * as Plan from "./Plan.ts"
import type { Application, Settings as AnySettings } from "./Settings.ts"

type Settings = Exclude<AnySettings, Application>

/**
 * Creates the table, or adds its missing columns, and remembers the layout.
 *
 * Fails with `Rejected`, one line per column that cannot hold what is coming; then nothing was changed.
 */
export const prepare = Effect.fn("Prepare.prepare")(function* (
  settings: Settings,
  known: Layout.Known,
  columns: ReadonlyArray<Column>
) {
  // Another process may have done the same between our look and our statements: then a second look finds it done.
  const { table } = yield* Effect.catch(migrate(settings, columns), (error) =>
    error.operation === refusal(settings) ? Effect.fail(error) : migrate(settings, columns)
  )
  if (table !== null) yield* known.set(Layout.of(settings, table, new Set(columns.map(({ name }) => name))))
})

const refusal = ({ place }: Settings): string => `prepare table ${Catalog.sqlOf(place)}`

/** Answers what is there in the end. */
const migrate = Effect.fnUntraced(function* (settings: Settings, columns: ReadonlyArray<Column>) {
  const found = yield* Catalog.find(settings.place)
  const isForeign = settings._tag === "Mirror" && found.table?.isTable === true && !Layout.isMarked(found.table.comment)
  const isEmpty = isForeign && (yield* Catalog.isEmpty(settings.place))
  const statements = yield* Effect.mapError(
    Effect.fromResult(Plan.plan(settings, found, isEmpty, columns)),
    (fields) => new ConnectorError({ operation: refusal(settings), reason: new Rejected({ fields }) })
  )
  // Several statements in one text are one transaction.
  if (statements.length === 0) return found
  yield* Sql.use((sql) => sql.query(statements.join(";\n"), []))
  return yield* Catalog.find(settings.place)
})
