/** What went wrong at the database, named by what the caller does next. */
import { Schema } from "effect"

export const Kind = Schema.Literals([
  /** No connection, or it was lost before COMMIT was sent: nothing happened. Try later. */
  "unavailable",
  /** COMMIT was sent and its answer was lost: it may have happened. Read back before doing it again. */
  "commit unknown",
  /** Lost a race (40001, 40P01, 55P03); nothing happened. Retried three times before it is shown. */
  "serialization",
  /** A row breaks a rule of its table (class 23). */
  "constraint",
  /** A value does not fit its column (class 22). */
  "data",
  /** The user may not do this, or its password is wrong (42501, class 28). */
  "permission",
  /** The disk or the server's memory is full (class 53). */
  "full",
  "other"
])
export type Kind = typeof Kind.Type

/**
 * The database refused or could not be asked. `message` says the remedy and never holds a password.
 *
 * `sqlState` is PostgreSQL's five-character code, null where the server did not answer.
 * `column` and `constraint` name what a refused row broke, where the server says so.
 * https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
export class SqlError extends Schema.TaggedError<SqlError>()("SqlError", {
  operation: Schema.String,
  kind: Kind,
  sqlState: Schema.NullOr(Schema.String),
  message: Schema.String,
  column: Schema.NullOr(Schema.String),
  constraint: Schema.NullOr(Schema.String)
}) {}
