/** The one place that knows postgres.js: connections, statements, transactions and what their failures mean. */
import type { Effect } from "effect"
import type { SqlError } from "./SqlError.ts"

/**
 * A row by column name. int8 and numeric arrive as strings, json and jsonb parsed, text arrays not at all: cast what you read.
 * Times are read as milliseconds: `(extract(epoch from at) * 1000)::float8`.
 */
export type Row = Readonly<Record<string, unknown>>

/** One connection inside one transaction. Queries asked together are sent together and answered in that order. */
export interface Session {
  readonly query: (text: string, params?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<Row>, SqlError>
}

export interface Postgres {
  /** One statement, or several without parameters, on any free connection. */
  readonly query: Session["query"]
  /** BEGIN, `body`, COMMIT; ROLLBACK when `body` fails or is interrupted. A lost race runs `body` again, at most three times. */
  readonly transaction: <A, E, R>(
    body: (session: Session) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | SqlError, R>
}
