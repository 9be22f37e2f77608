/** The database that a connector may touch, on our own sessions. */
import { ConnectorError, Forbidden, type Reason, Rejected, Sql, Transient } from "@syncline/connector"
import type { Postgres } from "@syncline/store"
import { Effect } from "effect"

/** A statement's failure in the contract's words. What values caused is the record's fault; the rest concerns the call. */
const reasonOf = (error: Postgres.SqlError): Reason => {
  switch (error.kind) {
    case "constraint":
    case "data":
      return new Rejected({ fields: { "": error.message } })
    case "permission":
      return new Forbidden({ missing: error.message })
    case "unavailable":
    case "serialization":
    case "commit unknown":
    case "other":
      return new Transient({ detail: error.message })
  }
}

export const toConnectorError = (error: Postgres.SqlError): ConnectorError =>
  new ConnectorError({ operation: "SQL", reason: reasonOf(error) })

/** `Sql` inside a transaction of ours, which decides whether anything it did is kept. */
export const onSession = (session: Postgres.Session): Sql["Service"] =>
  Sql.of({ query: (text, params) => Effect.mapError(session.query(text, params), toConnectorError) })

/** `Sql` with a transaction of its own for each statement. */
export const onDatabase = (postgres: Postgres.Postgres): Sql["Service"] =>
  Sql.of({ query: (text, params) => Effect.mapError(postgres.query(text, params), toConnectorError) })
