/** The time that the store's rows say. Nothing else asks the database, or this machine, what time it is. */
import { Context, Effect } from "effect"
import type { Session } from "./Postgres.ts"
import type { SqlError } from "./SqlError.ts"

/** Asked once per transaction, on its session. Milliseconds since 1970, by the database server's clock unless replaced. */
export const StoreClock = Context.Reference<{ readonly nowMs: (session: Session) => Effect.Effect<number, SqlError> }>(
  "@syncline/store/StoreClock",
  {
    defaultValue: () => ({
      nowMs: (session) =>
        Effect.map(session.query("select (extract(epoch from clock_timestamp()) * 1000)::float8 as now"), ([row]) =>
          Math.floor(Number(row?.["now"]))
        )
    })
  }
)
