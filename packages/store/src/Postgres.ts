/** The one place that knows postgres.js: connections, statements, transactions and what their failures mean. */
import { Effect, Metric, Redacted, Schedule, type Scope, Semaphore } from "effect"
import * as Connection from "./internal/Connection.ts"
import { SqlError } from "./SqlError.ts"

export { SqlError } from "./SqlError.ts"

/**
 * A row by column name. int8, numeric and times arrive as text, json and jsonb parsed: cast what you read.
 * Times are read as milliseconds: `(extract(epoch from at) * 1000)::float8`.
 */
export type Row = Readonly<Record<string, unknown>>

/** One connection inside one transaction. Queries asked together are sent together and answered in that order. */
export interface Session {
  /**
   * One statement, or several without parameters. A parameter is a string, number, boolean or null; JSON goes as text, cast
   * `$1::text::jsonb`, because the driver would encode it a second time.
   */
  readonly query: (text: string, params?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<Row>, SqlError>
}

/** A session whose transaction can end with an answer. */
export interface Ending extends Session {
  /**
   * The last statement of a transaction, which COMMIT travels with: a round trip less. It is asked when all else was answered, and
   * nothing after it. What follows from its answer can undo nothing; interrupted meanwhile, it may have happened.
   */
  readonly last: Session["query"]
}

export interface Postgres {
  /** A statement of its own on any free connection. */
  readonly query: Session["query"]
  /** BEGIN, `body`, COMMIT; ROLLBACK when `body` fails or is interrupted. A lost race runs `body` again, at most three times. */
  readonly transaction: <A, E, R>(
    body: (session: Ending) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | SqlError, R>
}

export interface Options {
  readonly url: Redacted.Redacted
  /** Connections at once; 10 unless said. They open when first needed. */
  readonly max?: number
  /** Whether statements are prepared. False behind a pooler that gives each transaction another session. */
  readonly prepare?: boolean
  /** Asked when a connection was lost: what is known of the reason, to tell instead. */
  readonly whyLost?: Effect.Effect<string | null>
  /** Options of postgres.js that go before ours, such as a `socket`. */
  readonly driver?: Connection.DriverOptions
}

const refused = (message: string) =>
  new SqlError({ operation: "connect", kind: "other", sqlState: null, message, column: null, constraint: null })

/** Where the URL points, or what is wrong with it. The URL itself may hold a password, so no message repeats it. */
const placeOf = (url: string): Effect.Effect<Connection.Place, SqlError> => {
  const example = "write it as postgres://user:password@host:5432/database"
  const parsed = URL.parse(url)
  if (parsed === null) return Effect.fail(refused(`the database URL cannot be read: ${example}`))
  if (parsed.protocol !== "postgres:" && parsed.protocol !== "postgresql:") {
    return Effect.fail(refused(`the database URL begins with "${parsed.protocol}", not with "postgres:": ${example}`))
  }
  const user = decodeURIComponent(parsed.username)
  return Effect.succeed({
    host: parsed.hostname,
    port: parsed.port === "" ? "5432" : parsed.port,
    user,
    database: decodeURIComponent(parsed.pathname.slice(1)) || user
  })
}

/** Transactions that lost a race and were run again. */
export const lostRaces = Metric.counter("syncline_store_lost_races", { incremental: true })

// Two that met once should not meet again: some tens of milliseconds, never the same.
const afterLostRace = Schedule.exponential("20 millis").pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 3 }),
  Schedule.setInputType<unknown>(),
  Schedule.while(({ input }) => input instanceof SqlError && input.kind === "serialization"),
  Schedule.tap(() => Metric.update(lostRaces, 1))
)

/**
 * A process that stands still in the middle of a transaction (SIGSTOP, a paused machine) would hold its locks for as long, and
 * whoever takes over its work would wait for them. Less than the 15 s after which it is taken for dead.
 */
const begin = "begin; set local idle_in_transaction_session_timeout = '10s'"

const inTransaction = <A, E, R>(link: Connection.Link, body: (session: Ending) => Effect.Effect<A, E, R>) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      // Not awaited: what the body asks first travels with it. Its failure is met at COMMIT at the latest.
      const begun = link.send(begin)
      const exit = yield* Effect.exit(restore(body({ query: link.query, last: link.last })))
      if (exit._tag === "Success") {
        yield* begun
        yield* link.commit
        return exit.value
      }
      yield* link.rollback(exit)
      return yield* exit
    })
  )

/** Nobody answered: neither the statement nor the COMMIT. */
const isLoss = ({ kind, sqlState }: SqlError) =>
  sqlState === null && (kind === "unavailable" || kind === "commit unknown")

const tell = (error: SqlError) => (why: string | null) => (why === null ? Effect.void : Effect.fail(error.told(why)))

/** Opens a pool and asks the server once, so that a wrong URL is known now. Closes it with the scope. */
export const open = Effect.fn("Postgres.open")(function* (
  options: Options
): Effect.fn.Return<Postgres, SqlError, Scope.Scope> {
  const url = Redacted.value(options.url)
  const place = yield* placeOf(url)
  const max = options.max ?? 10
  const driver: Connection.DriverOptions = { prepare: options.prepare ?? true, ...options.driver }
  // Newest first, so that a quiet pool keeps few connections.
  const idle = Array.from({ length: max }, () => Connection.make(url, place, driver))
  const permits = Semaphore.makeUnsafe(max)
  yield* Effect.addFinalizer(() => Effect.forEach(idle, Connection.close, { concurrency: "unbounded", discard: true }))

  const onConnection = <A, E, R>(use: (link: Connection.Link) => Effect.Effect<A, E, R>) =>
    permits.withPermits(1)(
      Effect.acquireUseRelease(
        Effect.sync(() => idle.pop() ?? Connection.make(url, place, driver)),
        (connection) => Connection.use(connection, use),
        (connection) =>
          Effect.sync(() => {
            idle.push(connection)
          })
      )
    )

  const { whyLost = Effect.succeed(null) } = options
  const explained = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.tapError(effect, (error) =>
      error instanceof SqlError && isLoss(error) ? Effect.flatMap(whyLost, tell(error)) : Effect.void
    )
  const pool: Postgres = {
    query: (text, params) => explained(onConnection((link) => link.query(text, params))),
    transaction: (body) =>
      explained(onConnection((link) => inTransaction(link, body)).pipe(Effect.retry(afterLostRace)))
  }
  yield* pool.query("select 1")
  return pool
})

/** How often a connection that only listens is asked whether it still is one. */
const listenerAskedEvery = "5 seconds"

/**
 * Calls `hear` with what is notified on the channel, until the connection is lost, which fails. What was notified before it listened,
 * or while it was lost, was not heard. Needs a session of its own, so no pooler that gives each transaction another.
 */
export const listen = Effect.fn("Postgres.listen")(function* (
  options: Pick<Options, "url" | "driver">,
  channel: string,
  onListening: Effect.Effect<void>,
  hear: (payload: string) => void
): Effect.fn.Return<never, SqlError> {
  const url = Redacted.value(options.url)
  const place = yield* placeOf(url)
  const driver: Connection.DriverOptions = {
    ...options.driver,
    connection: { application_name: "syncline listener" },
    onnotify: (on, payload) => {
      if (on === channel) hear(payload)
    }
  }
  const connection = Connection.make(url, place, driver)
  return yield* Connection.use(connection, (link) =>
    Effect.gen(function* () {
      yield* link.query(`listen "${channel.replaceAll('"', '""')}"`)
      yield* onListening
      return yield* Effect.forever(Effect.andThen(Effect.sleep(listenerAskedEvery), link.query("select 1")))
    })
  ).pipe(Effect.ensuring(Connection.close(connection)))
})
