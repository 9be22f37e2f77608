/** `Sql` for tests: a database over postgres.js, with statements of their own or in a transaction with savepoints. */
import { ConnectorError, Forbidden, type Reason, Rejected, Sql, Transient } from "@syncline/connector"
import { Effect, Exit } from "effect"
import postgres from "postgres"

export interface TestDatabase {
  readonly query: (
    text: string,
    params?: ReadonlyArray<string | number>
  ) => Effect.Effect<ReadonlyArray<Record<string, unknown>>>
  /** Gives each statement a transaction of its own. */
  readonly alone: <A, E>(effect: Effect.Effect<A, E, Sql>) => Effect.Effect<A, E>
  /** One transaction for all of the effect, at `now`; undone when it fails. */
  readonly inTransaction: <A, E>(effect: Effect.Effect<A, E, Sql>, now?: string) => Effect.Effect<A, E>
}

export const someTime = "2026-03-04T05:06:07.000Z"

const reasonOf = (code: string, message: string): Reason => {
  if (/^2[23]/.test(code)) return new Rejected({ fields: { "": message } })
  return code === "42501" ? new Forbidden({ missing: message }) : new Transient({ detail: `${message} (${code})` })
}

const on = (sql: postgres.Sql | postgres.ReservedSql): Sql["Service"] => {
  const query = (text: string, params: ReadonlyArray<unknown>) =>
    Effect.tryPromise({
      try: () => sql.unsafe<Array<Record<string, unknown>>>(text, params.filter(isSendable), { prepare: true }),
      catch: (cause) => {
        const { code, message } = cause instanceof postgres.PostgresError ? cause : { code: "", message: String(cause) }
        return new ConnectorError({ operation: "SQL", reason: reasonOf(code, message) })
      }
    })
  return Sql.of({ query })
}

const isSendable = (value: unknown): value is string | number => typeof value === "string" || typeof value === "number"

export const open = (url: string, connections = 4) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => postgres(url, { max: connections, onnotice: () => {} })),
      (sql) => Effect.promise(() => sql.end({ timeout: 1 }))
    ),
    (sql): TestDatabase => ({
      query: (text, params = []) => Effect.orDie(on(sql).query(text, params)),
      alone: (effect) => Effect.provideService(effect, Sql, on(sql)),
      inTransaction: (effect, now = someTime) =>
        Effect.acquireUseRelease(
          Effect.promise(async () => {
            const reserved = await sql.reserve()
            await reserved.unsafe("begin")
            await reserved.unsafe("select set_config('syncline.now', $1, true)", [now])
            return reserved
          }),
          (reserved) => Effect.provideService(effect, Sql, on(reserved)),
          (reserved, exit) =>
            Effect.promise(async () => {
              await reserved.unsafe(Exit.isSuccess(exit) ? "commit" : "rollback")
              reserved.release()
            })
        )
    })
  )

/** Undoes only the effect when it fails, as the engine does. */
export const savepoint = <A>(effect: Effect.Effect<A, ConnectorError, Sql>) => {
  const run = (text: string) => Sql.use((sql) => sql.query(text, []))
  return run("savepoint syncline_write").pipe(
    Effect.andThen(effect),
    Effect.tapError(() => run("rollback to savepoint syncline_write"))
  )
}
