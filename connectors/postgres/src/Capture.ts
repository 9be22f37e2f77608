/** Installs, removes and looks at the change log of a configured table. */
import { ConnectorError, Rejected, Sql } from "@syncline/connector"
import { Effect, Schema } from "effect"
import * as ApplicationPlan from "./ApplicationPlan.ts"
import * as Captured from "./Captured.ts"
import * as CaptureSql from "./CaptureSql.ts"
import * as Catalog from "./Catalog.ts"
import type { Config } from "./Postgres.ts"
import { type Application, settingsOf } from "./Settings.ts"

const captured = (config: Config, table: string): Effect.Effect<Application, ConnectorError> => {
  const refuse = (why: string) =>
    Effect.fail(
      new ConnectorError({ operation: `capture changes of "${table}"`, reason: new Rejected({ fields: { "": why } }) })
    )
  const options = config.tables[table]
  if (options === undefined) {
    return refuse(`the configuration has no such table, only ${Object.keys(config.tables).join(", ")}`)
  }
  const settings = settingsOf({ schema: config.schema, name: table }, options)
  return settings._tag === "Application"
    ? Effect.succeed(settings)
    : refuse('only a table with a key of its own has changes to find: say { "key": "id", "capture": "log" }')
}

/** The names of the tables that the configuration wants captured by a log. */
export const tables = ({ tables }: Config): ReadonlyArray<string> =>
  Object.entries(tables).flatMap(([name, { capture }]) => (capture === "log" ? [name] : []))

/** What `install` would run, for a person who runs it by hand. */
export const statements = Effect.fn("Capture.statements")(function* (config: Config, table: string) {
  const { key, place } = yield* captured(config, table)
  return [...CaptureSql.install(place, key), ...CaptureSql.notify(place)]
})

/** Whole and enabled, and installed for the key that the configuration names. */
const isInstalled = Effect.fnUntraced(function* ({ place }: Application) {
  const [found] = yield* Catalog.rowsOf(
    Schema.Struct({ isWhole: Schema.Boolean }),
    `select ${CaptureSql.identityOf(place)} is not null as "isWhole"`
  )
  return found?.isWhole ?? false
})

/**
 * Installs triggers and log; leaves them where they are already, since to install anew would make readers list again.
 *
 * The user must own the table or have `trigger` on it, and have `create` on the schema.
 */
export const install = Effect.fn("Capture.install")(function* (config: Config, table: string) {
  const settings = yield* captured(config, table)
  yield* ApplicationPlan.verify(settings, [])
  const { key, place } = settings
  const isThere = yield* isInstalled(settings)
  const statements = [...(isThere ? [] : CaptureSql.install(place, key)), ...CaptureSql.notify(place)]
  yield* Sql.use((sql) => sql.query(statements.join(";\n"), []))
})

/** Removes triggers and what the log holds of the table; the log's own tables stay. */
export const remove = Effect.fn("Capture.remove")(function* (config: Config, table: string) {
  const { place } = yield* captured(config, table)
  const { table: log } = yield* Catalog.find(CaptureSql.logPlace(place))
  if (log !== null) yield* Sql.use((sql) => sql.query(CaptureSql.remove(place).join(";\n"), []))
})

const Status = Schema.Struct({
  rows: Schema.Finite,
  /** When the oldest and the newest change in the log were made; null where it is empty. */
  oldestMs: Schema.NullOr(Schema.Finite),
  newestMs: Schema.NullOr(Schema.Finite)
})

/** Whether changes are captured, and how much the log holds; null where they are not. */
export const status = Effect.fn("Capture.status")(function* (config: Config, table: string) {
  const settings = yield* captured(config, table)
  if (!(yield* isInstalled(settings))) return null
  const [found] = yield* Catalog.rowsOf(Status, CaptureSql.status(settings.place))
  return found ?? null
})

/** Removes what was written before `beforeMs`. A reader that had not read it yet lists again. Reading trims by itself after 7 days. */
export const trim = Effect.fn("Capture.trim")(function* (config: Config, table: string, beforeMs: number) {
  const { place } = yield* captured(config, table)
  yield* Captured.trim(place, beforeMs)
})
