/** Brings the database's tables to this version, once, whoever starts first. */
import { Effect, Schema } from "effect"
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { Postgres, Session } from "./Postgres.ts"
import { SqlError } from "./SqlError.ts"
import * as StoreClock from "./StoreClock.ts"

const Journal = Schema.fromJsonString(Schema.Struct({ entries: Schema.Array(Schema.Struct({ tag: Schema.String })) }))

const read = (file: string) =>
  Effect.promise(() => readFile(fileURLToPath(new URL(`../migrations/${file}`, import.meta.url)), "utf8"))

/** Names of the migrations that this version knows, oldest first. */
const known = read("meta/_journal.json").pipe(
  Effect.flatMap(Schema.decodeEffect(Journal)),
  Effect.map(({ entries }) => entries.map(({ tag }) => tag)),
  Effect.orDie
)

// Any number will do, as long as nobody else takes the same: "sync" in ASCII.
const lock = 0x73796e63

/** Applies what is missing in one transaction, which a second program waits for. Refuses a database that is newer than this program. */
export const run = Effect.fn("Migrations.run")(function* (postgres: Postgres): Effect.fn.Return<void, SqlError> {
  const tags = yield* known
  const files = yield* Effect.forEach(tags, (tag) => Effect.map(read(`${tag}.sql`), (text) => ({ tag, text })))
  if (yield* isCurrent(postgres, tags)) return
  yield* postgres.transaction((session) => apply(session, files)).pipe(Effect.mapError(explain))
})

/** Looks without a lock, so that a start that has nothing to do changes nothing. */
const isCurrent = Effect.fnUntraced(function* (postgres: Postgres, tags: ReadonlyArray<string>) {
  const [row] = yield* postgres.query("select to_regclass('syncline.migration') is not null as there")
  if (row?.["there"] !== true) return false
  const applied = yield* appliedTags(postgres)
  return tags.every((tag) => applied.has(tag)) && applied.size === tags.length
})

const appliedTags = (session: Pick<Session, "query">) =>
  Effect.map(
    session.query("select tag from syncline.migration order by tag"),
    (rows) => new Set(rows.map((row) => String(row["tag"])))
  )

const apply = Effect.fnUntraced(function* (
  session: Session,
  files: ReadonlyArray<{ readonly tag: string; readonly text: string }>
) {
  yield* session.query("select pg_advisory_xact_lock($1)", [lock])
  yield* session.query("create schema if not exists syncline")
  yield* session.query(
    'create table if not exists syncline.migration (tag text collate "C" primary key, applied_at timestamptz not null)'
  )
  const nowMs = yield* StoreClock.told(yield* session.query(`select ${StoreClock.serverNow}`))
  const applied = yield* appliedTags(session)
  const newer = [...applied].filter((tag) => !files.some((file) => file.tag === tag))
  if (newer.length > 0) return yield* tooNew(newer)
  for (const { tag, text } of files.filter((file) => !applied.has(file.tag))) {
    for (const statement of text.split("--> statement-breakpoint")) yield* session.query(statement)
    yield* session.query("insert into syncline.migration values ($1, to_timestamp($2::float8 / 1000))", [tag, nowMs])
  }
})

const tooNew = (tags: ReadonlyArray<string>) =>
  new SqlError({
    operation: "migrate",
    kind: "other",
    sqlState: null,
    message: `a newer Syncline has changed this database (${tags.join(", ")}): use that version, or a database of your own`,
    column: null,
    constraint: null
  })

const explain = (error: SqlError): SqlError =>
  error.sqlState === "42501"
    ? error.told(
        `this user may not create Syncline's tables (${error.message}): let the database's owner run "create schema syncline authorization <user>", or use a user that may create schemas`
      )
    : error
