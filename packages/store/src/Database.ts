/** Transactions of one tenant: what they do is seen and done as `syncline_engine`, to whom another tenant's rows do not exist. */
import type { TenantId } from "@syncline/core"
import { Context, type Effect } from "effect"
import type { Row } from "./Postgres.ts"
import type { SqlError } from "./SqlError.ts"

/** One open transaction. Queries may be in flight together; they run in the order in which they were asked. */
export interface Transaction {
  readonly tenant: TenantId
  /** The store's time, read once when the transaction began. */
  readonly nowMs: number
  readonly query: (text: string, params?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<Row>, SqlError>
  /** What `effect` did is undone when it fails, and the transaction stays usable. Not for several fibers at once. */
  readonly savepoint: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>
  /**
   * Runs `effect`'s queries with the rights of the connecting user, for tables that are the user's own, inside a savepoint.
   * `current_setting('syncline.now')` is then `nowMs` as a timestamp with time zone.
   */
  readonly asOwner: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>
}

export class Database extends Context.Service<Database, {
  /**
   * Commits what `body` did, or rolls back when it fails or is interrupted.
   * A lost race (40001, 40P01) runs `body` again, at most three times more, so `body` must be repeatable.
   */
  readonly transaction: <A, E, R>(
    tenant: TenantId,
    body: (transaction: Transaction) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | SqlError, R>
}>()("@syncline/store/Database") {}
