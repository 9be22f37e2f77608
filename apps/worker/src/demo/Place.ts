/** The demo's database: one demo at a time in it, and none of an account that is gone. */
import { EmbeddedPostgres, Postgres } from "@syncline/store"
import { Effect, type Redacted, type Scope } from "effect"
import * as ExitCode from "../ExitCode.ts"
import { ofStore, Problem } from "../Problem.ts"
import type { StoreLocation } from "../StoreLocation.ts"
import * as Crm from "./Crm.ts"
import * as Tables from "./Tables.ts"

export interface Place {
  readonly url: Redacted.Redacted
  /** Removes what an earlier demo left, where that is only in a database of the demo's own. */
  readonly forget: Effect.Effect<void, Problem>
}

/** Any number will do, if it is always the same. */
const lock = "select pg_try_advisory_lock(19970314) as taken"

const busy = new Problem({
  message: "another demo is running in this folder",
  wayOut: "Wait for it or stop it; or set SYNCLINE_HOME to another folder",
  exitCode: ExitCode.busy
})

/** Starts the server where it is ours, and holds the place until the scope closes. A killed demo holds nothing. */
export const open = Effect.fn("Place.open")(function* (
  location: StoreLocation
): Effect.fn.Return<Place, Problem, Scope.Scope> {
  const isOwn = location._tag === "Embedded"
  const { url } = isOwn
    ? yield* Effect.mapError(EmbeddedPostgres.start({ folder: location.folder }), ofStore)
    : location
  // One connection, kept for as long as the demo runs: the lock is the connection's.
  const postgres = yield* Effect.mapError(
    Postgres.open({ url, max: 1, driver: { idle_timeout: 0, max_lifetime: null } }),
    ofStore
  )
  const [row] = yield* Effect.mapError(postgres.query(lock), ofStore)
  if (row?.["taken"] !== true) return yield* busy
  const forgetting = `drop schema if exists "${Tables.schema}" cascade; drop schema if exists "${Crm.schema}" cascade; drop schema if exists "syncline" cascade`
  return { url, forget: isOwn ? Effect.asVoid(Effect.mapError(postgres.query(forgetting), ofStore)) : Effect.void }
})
