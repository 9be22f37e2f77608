/** Which op made which row of an application's table, stored with the row: so a create that is sent again finds it. */
import { Sql } from "@syncline/connector"
import { Effect, Schema } from "effect"
import { type Place, rowsOf, sqlOf } from "./Catalog.ts"
import { literal } from "./Identifier.ts"
import { createdTable } from "./Settings.ts"

export const placeIn = (schema: string): Place => ({ schema, name: createdTable })

const Found = Schema.Struct({ isThere: Schema.Boolean })

/** An arbitrary number that all of us lock while the table is made, since `if not exists` alone loses races. */
const lock = 7_303_014_121

/** One row per create, kept for good: that is what makes a create repeatable for good. */
export const prepare = Effect.fn("Created.prepare")(function* (schema: string) {
  const place = placeIn(schema)
  const [found] = yield* rowsOf(Found, `select to_regclass(${literal(sqlOf(place))}) is not null as "isThere"`)
  if (found?.isThere === true) return
  const statements = [
    `select pg_advisory_xact_lock(${lock})`,
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
