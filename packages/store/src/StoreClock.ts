/** The time that the store's rows say. Nothing else asks the database, or this machine, what time it is. */
import { Context, Effect } from "effect"
import type { Row } from "./Postgres.ts"

/** Asked once per transaction. Milliseconds since 1970, by the database server's clock, which is `serverMs`, unless replaced. */
export const StoreClock = Context.Reference<{ readonly nowMs: (serverMs: number) => Effect.Effect<number> }>(
  "@syncline/store/StoreClock",
  { defaultValue: () => ({ nowMs: Effect.succeed }) }
)

/** A column that tells the server's time, in whatever a transaction asks first: so it costs no statement of its own. */
export const serverNow = `(extract(epoch from clock_timestamp()) * 1000)::float8 as "serverMs"`

/** What the clock says, of the rows that hold `serverNow`. */
export const told = Effect.fnUntraced(function* ([row]: ReadonlyArray<Row>) {
  return yield* (yield* StoreClock).nowMs(Math.floor(Number(row?.["serverMs"])))
})
