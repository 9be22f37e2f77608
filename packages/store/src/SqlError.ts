/** What went wrong at the database, named by what the caller does next. */
import { Schema } from "effect"

export const Kind = Schema.Literals([
  /** No connection, no room on the disk, or the connection was lost before COMMIT was sent: nothing happened. Try later. */
  "unavailable",
  /** COMMIT was sent and its answer was lost: it may have happened. Read back before doing it again. */
  "commit unknown",
  /** Lost a race (40001, 40P01, 55P03); nothing happened. Retried three times before it is shown. */
  "serialization",
  /** A row breaks a rule of its table (class 23). */
  "constraint",
  /** A value does not fit its column (class 22), or cannot be sent as a parameter. */
  "data",
  /** The user may not do this, or its password is wrong (42501, class 28). */
  "permission",
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
}) {
  /** The same, told otherwise. */
  told(message: string): SqlError {
    const { column, constraint, kind, operation, sqlState } = this
    return new SqlError({ operation, kind, sqlState, message, column, constraint })
  }
}

/** Where a connection goes, as messages may show it. */
export interface Place {
  readonly host: string
  readonly port: string
  readonly user: string
  readonly database: string
}

const isLostRace = (state: string) => state === "40001" || state === "40P01" || state === "55P03"

/** The server is going, starting, has no connection, disk or memory left, or ended an idle transaction: class 08, 53, 57P, and 25P03. */
const isUnavailable = (state: string) =>
  state.startsWith("08") || state.startsWith("53") || state.startsWith("57P") || state === "25P03"

const kindOf = (state: string): Kind => {
  if (isLostRace(state)) return "serialization"
  if (isUnavailable(state)) return "unavailable"
  if (state.startsWith("23")) return "constraint"
  if (state.startsWith("22")) return "data"
  if (state === "42501" || state.startsWith("28")) return "permission"
  return "other"
}

const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null)

const property = (cause: unknown, name: string): string | null =>
  typeof cause === "object" && cause !== null && name in cause ? text(Reflect.get(cause, name)) : null

/** The first five words of a statement: enough to find it, too few to hold a value. */
const operationOf = (statement: string) => statement.trim().split(/\s+/).slice(0, 5).join(" ")

const withoutAnswer: Record<string, (place: Place) => string> = {
  ECONNREFUSED: ({ host, port }) =>
    `nothing listens at ${host}:${port}: start PostgreSQL there, or correct the database URL`,
  ENOTFOUND: ({ host }) => `there is no host "${host}": correct the database URL`,
  EAI_AGAIN: ({ host }) => `the host "${host}" could not be looked up just now: check the network and the database URL`,
  CONNECT_TIMEOUT: ({ host, port }) =>
    `${host}:${port} did not answer in time: check the host, the port and any firewall`,
  ETIMEDOUT: ({ host, port }) => `${host}:${port} did not answer in time: check the host, the port and any firewall`,
  CONNECTION_ENDED: () => "this program has closed its connections to the database"
}

const withAnswer: Record<string, (place: Place) => string> = {
  "3D000": ({ database, host, port }) =>
    `there is no database "${database}" at ${host}:${port}: create it (createdb ${database}), or correct the database URL`,
  "28P01": ({ user, host, port }) =>
    `the password for user "${user}" at ${host}:${port} is wrong: correct the database URL`,
  "28000": ({ user, host, port }) =>
    `user "${user}" may not log in at ${host}:${port}: create the user, allow it in pg_hba.conf, or correct the database URL`,
  "53300": ({ host, port }) =>
    `${host}:${port} has no connection left: raise max_connections, or lower this program's pool`,
  "25P03": () =>
    "this process stood still in the middle of a transaction, which the database then undid: run again; nothing was lost",
  "57P03": ({ host, port }) =>
    `the database at ${host}:${port} is starting or recovering, as it does after its disk was full: free some space if need be, then run again; what was committed is kept`,
  "53100": () => "the disk of the database is full: free some space, then run again; nothing was lost"
}

/** What the driver threw, as an error of ours. `isCommit`: it was the answer to COMMIT, so silence proves nothing. */
export const fromDriver = (cause: unknown, statement: string, place: Place, isCommit = false): SqlError => {
  const code = property(cause, "code") ?? ""
  const sqlState = property(cause, "severity") === null ? null : code
  const found = cause instanceof Error ? cause.message : String(cause)
  const detail = property(cause, "detail")
  const said =
    sqlState === null
      ? (withoutAnswer[code]?.(place) ??
        `the connection to ${place.host}:${place.port} was lost (${code === "" ? found : code})`)
      : (withAnswer[sqlState]?.(place) ?? `${found}${detail === null ? "" : `: ${detail}`} (${sqlState})`)
  const kind = sqlState === null ? "unavailable" : kindOf(sqlState)
  const isUnknown = isCommit && (sqlState === null || sqlState.startsWith("08") || sqlState.startsWith("57P"))
  return new SqlError({
    operation: operationOf(statement),
    kind: isUnknown ? "commit unknown" : kind,
    sqlState,
    message: isUnknown ? `the answer to COMMIT was lost, so it may have happened: ${said}` : said,
    column: property(cause, "column_name"),
    constraint: property(cause, "constraint_name")
  })
}
