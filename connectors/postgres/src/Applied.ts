/** The marks of applied batches, in a database that is not the engine's own. */
import { type Target, Sql } from "@syncline/connector"
import { Effect, Schema } from "effect"
import { find, rowsOf, sqlOf } from "./Catalog.ts"
import { quote } from "./Identifier.ts"
import { marksTable } from "./Settings.ts"

/** One row per stream of batches: its last batch, and the epoch of whoever wrote it. */
export const prepare = Effect.fn("Applied.prepare")(function* (schema: string) {
  const place = { schema, name: marksTable }
  const { hasSchema, table } = yield* find(place)
  if (table !== null) return
  const statements = [
    ...(hasSchema ? [] : [`create schema if not exists ${quote(schema)}`]),
    `create table if not exists ${sqlOf(place)} (
      stream text primary key,
      epoch bigint not null,
      batch text not null,
      applied_at timestamp with time zone not null
    )`
  ]
  yield* Sql.use((sql) => sql.query(statements.join(";\n"), []))
})

const Mark = Schema.Struct({ stream: Schema.String })

export const applied = (schema: string): NonNullable<Target<never, Sql>["applied"]> => {
  const table = sqlOf({ schema, name: marksTable })
  // A row that is refused is locked all the same, so of two owners the later one waits and then sees the other's epoch.
  const mark = `insert into ${table} as m (stream, epoch, batch, applied_at)
    values ($1, $2::bigint, $3, current_setting('syncline.now')::timestamptz)
    on conflict (stream) do update set epoch = excluded.epoch, batch = excluded.batch, applied_at = excluded.applied_at
    where m.epoch <= excluded.epoch
    returning m.stream`
  const has = `select stream from ${table} where stream = $1 and batch = $2`
  return {
    mark: (stream, epoch, batch) =>
      Effect.map(rowsOf(Mark, mark, [stream, String(epoch), batch]), (marked) => marked.length > 0),
    has: (stream, batch) => Effect.map(rowsOf(Mark, has, [stream, batch]), (found) => found.length > 0)
  }
}
