/** Transactions of one tenant: what they do is seen and done as `syncline_engine`, to whom another tenant's rows do not exist. */
import type { TenantId } from "@syncline/core"
import { Context, Effect, Layer } from "effect"
import type { Ending, Postgres, Row } from "./Postgres.ts"
import type { SqlError } from "./SqlError.ts"
import * as StoreClock from "./StoreClock.ts"

/** One open transaction. Queries may be in flight together; they run in the order in which they were asked. */
export interface Transaction {
  readonly tenant: TenantId
  /** The store's time, read once when the transaction began. */
  readonly nowMs: number
  readonly query: (text: string, params?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<Row>, SqlError>
  /** The last statement, which COMMIT travels with: see `Postgres.Ending`. */
  readonly last: Transaction["query"]
  /** What `effect` did is undone when it fails, and the transaction stays usable. Not for several fibers at once. */
  readonly savepoint: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>
  /**
   * Runs `effect`'s queries with the rights of the connecting user, for tables that are the user's own, inside a savepoint.
   * `current_setting('syncline.now')` is then `nowMs` as a timestamp with time zone.
   */
  readonly asOwner: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>
}

export class Database extends Context.Service<
  Database,
  {
    /**
     * Commits what `body` did, or rolls back when it fails or is interrupted.
     * A lost race (40001, 40P01) runs `body` again, at most three times more, so `body` must be repeatable.
     */
    readonly transaction: <A, E, R>(
      tenant: TenantId,
      body: (transaction: Transaction) => Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | SqlError, R>
    /**
     * The same, for few statements that are asked all the time and find each row by its key: they are planned once on a connection,
     * and so that they can only be looked up in indexes. Planning them costs several times what running them does.
     */
    readonly byKey: <A, E, R>(
      tenant: TenantId,
      body: (transaction: Transaction) => Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | SqlError, R>
  }
>()("@syncline/store/Database") {}

/** How many records are looked up one by one with plans that are kept; what is done with more is worth a plan of its own. */
const few = 100

/** The transaction for so many records. */
export const forRecords = (
  { byKey, transaction }: Database["Service"],
  records: number
): Database["Service"]["transaction"] => (records <= few ? byKey : transaction)

/** `hasRoles`: this user may become `syncline_engine` (see `Roles.ensure`). */
export const layer = (postgres: Postgres, hasRoles: boolean): Layer.Layer<Database> => {
  const begun =
    (planning: string): Database["Service"]["transaction"] =>
    (tenant, body) =>
      postgres.transaction((session) =>
        Effect.gen(function* () {
          const nowMs = yield* StoreClock.told(
            yield* session.query(begin(planning), [tenant, hasRoles ? engine : none])
          )
          return yield* body(transaction(session, tenant, nowMs, hasRoles, planning))
        })
      )
  return Layer.succeed(Database, { transaction: begun(anew), byKey: begun(once) })
}

const begin = (planning: string) =>
  `select set_config('app.tenant', $1, true), set_config('role', $2, true), ${planning}, ${StoreClock.serverNow}`

// A table that a backfill fills was planned for while it was empty: a statement's plan may not outlive its execution.
const anew = "set_config('plan_cache_mode', 'force_custom_plan', true)"

// A plan that was made while a table was empty is as good for a full one, when it may only look into indexes.
const once = `set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
  set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`

const engine = "syncline_engine"
const none = "none"

const transaction = (
  session: Ending,
  tenant: TenantId,
  nowMs: number,
  hasRoles: boolean,
  planning: string
): Transaction => {
  let depth = 0
  let role = hasRoles ? engine : none

  /** Undoing to a savepoint also puts back what `set_config` had set inside it, so only success has to. */
  const inside = <A, E, R>(effect: Effect.Effect<A, E, R>, enter: Queries, leave: Queries, undo: () => void) =>
    Effect.gen(function* () {
      const name = `s${++depth}`
      // Sent together with what `effect` asks first, and answered before that: no round trip of its own.
      const [, exit] = yield* Effect.all([all([[`savepoint ${name}`, []], ...enter]), Effect.exit(effect)], {
        concurrency: "unbounded"
      })
      depth--
      if (exit._tag === "Success") {
        // Sent and not waited for: whatever follows comes after it, and were it refused, COMMIT would be refused too.
        yield* Effect.forkChild(all([...leave, [`release savepoint ${name}`, []]]), { startImmediately: true })
      } else {
        undo()
        yield* all([
          [`rollback to savepoint ${name}`, []],
          [`release savepoint ${name}`, []]
        ])
      }
      return yield* exit
    })

  const all = (queries: Queries) =>
    Effect.forEach(queries, ([text, params]) => session.query(text, params), {
      concurrency: "unbounded",
      discard: true
    })

  return {
    tenant,
    nowMs,
    query: session.query,
    last: session.last,
    savepoint: (effect) => inside(effect, [], [], () => {}),
    asOwner: (effect) =>
      Effect.suspend(() => {
        const before = role
        const back = () => {
          role = before
        }
        role = none
        return inside(effect, [[enter, [none, nowMs]]], [[leave(planning), [before]]], back).pipe(
          Effect.tap(() => Effect.sync(back))
        )
      })
  }
}

type Queries = ReadonlyArray<readonly [text: string, params: ReadonlyArray<string | number>]>

// A user's triggers may ask for anything.
const enter = `select set_config('role', $1, true), set_config('syncline.now', to_timestamp($2::float8 / 1000)::text, true), ${anew},
  set_config('enable_seqscan', 'on', true), set_config('enable_hashjoin', 'on', true), set_config('enable_mergejoin', 'on', true)`
const leave = (planning: string) => `select set_config('role', $1, true), ${planning}`
