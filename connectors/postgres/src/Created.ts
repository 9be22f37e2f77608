/** Which op made which row of an application's table, stored with the row: so a create that is sent again finds it. */
import { Sql } from "@syncline/connector"
import { Effect } from "effect"
import { find, type Place, sqlOf } from "./Catalog.ts"
import { quote } from "./Identifier.ts"
import { createdTable } from "./Settings.ts"

export const placeIn = (schema: string): Place => ({ schema, name: createdTable })

/** An arbitrary number that all of us lock while the table is made, since `if not exists` alone loses races. */
const lock = 7_303_014_121

/** One row per create, kept for good: that is what makes a create repeatable for good. */
export const prepare = Effect.fn("Created.prepare")(function* (schema: string) {
  const place = placeIn(schema)
  const { hasSchema, table } = yield* find(place)
  if (table !== null) return
  const statements = [
    `select pg_advisory_xact_lock(${lock})`,
    ...(hasSchema ? [] : [`create schema if not exists ${quote(schema)}`]),
    `create table if not exists ${sqlOf(place)} (
      table_name text not null,
      op_key text not null,
      record_id text not null,
      created_at timestamp with time zone,
      primary key (table_name, op_key)
    )`
  ]
  yield* Sql.use((sql) => sql.query(statements.join(";\n"), []))
})
