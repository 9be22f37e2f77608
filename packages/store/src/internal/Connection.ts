/**
 * One connection of postgres.js, made safe to lose.
 *
 * postgres.js 3.4.9 throws outside of every promise when a connection is lost inside its `begin()` and a rollback is then written
 * to it; statements that wait in its own queues are sent again on a new connection, outside the transaction, or never answered.
 * So each connection is a client of its own whose loss we hear of, nothing is ever sent on a connection that was lost, and whoever
 * waits for an answer then gets one from us.
 */
import { Deferred, Effect, Exit } from "effect"
import { connect, type Socket } from "node:net"
import postgres from "postgres"
import type { Row } from "../Postgres.ts"
import { fromDriver, type Place, SqlError } from "../SqlError.ts"

export type { Place } from "../SqlError.ts"

interface SocketPlace {
  readonly host: ReadonlyArray<string>
  readonly port: ReadonlyArray<number>
  readonly path?: string | false
}

export type DriverOptions = postgres.Options<Record<string, postgres.PostgresType>> & {
  /** Makes the stream to the server, already connected or still connecting. */
  readonly socket?: (options: SocketPlace) => unknown
  /** Told what is notified on the channels that the connection listens to. postgres.js 3.4.9 takes it, though its types do not say so. */
  readonly onnotify?: (channel: string, payload: string) => void
}

/** A connection of the pool, whether it is open at this moment or not. */
export interface Connection {
  readonly place: Place
  readonly prepare: boolean
  /** A client without a connection yet. */
  readonly renewed: () => postgres.Sql
  sql: postgres.Sql
  /** The client lost its connection. It may hold bytes of a statement that was not sent, so it is never used again. */
  isSpent: boolean
  isOpen: boolean
  onLost: () => void
}

/** A connection while someone has it. */
export interface Link {
  /** Sends at once; the effect waits for the answer. */
  readonly send: (text: string) => Effect.Effect<ReadonlyArray<Row>, SqlError>
  readonly query: (text: string, params?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<Row>, SqlError>
  /** The same, and COMMIT travels with it: silence no longer says that nothing happened. */
  readonly last: (text: string, params?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<Row>, SqlError>
  readonly commit: Effect.Effect<void, SqlError>
  /** Undoes, after what is still running has ended. Never fails: a connection that is gone has rolled back by itself. */
  readonly rollback: (after: Exit.Exit<unknown, unknown>) => Effect.Effect<void>
}

// postgres.js stops sending ahead when a write fills the stream's buffer, and a batch is one parameter of about a megabyte.
const sendAheadBytes = 256 * 1024 * 1024

const socketTo = ({ host, port, path }: SocketPlace): Socket => {
  const buffers = { writableHighWaterMark: sendAheadBytes, noDelay: true }
  if (typeof path === "string") return connect({ path, ...buffers })
  const to = { host: host[0] ?? "localhost", port: port[0] ?? 5432 }
  // postgres.js reads the host from its socket, to check the server's certificate against.
  return Object.assign(connect({ ...to, ...buffers }), to)
}

const asText = {
  to: 1184,
  from: [1082, 1114, 1184],
  serialize: (value: unknown) => value,
  parse: (value: unknown) => value
}

export const make = (url: string, place: Place, driver: DriverOptions): Connection => {
  const renewed = () => {
    const sql = postgres(url, {
      socket: url.includes(",") ? undefined : socketTo,
      connect_timeout: 10,
      onnotice: () => {},
      ...driver,
      connection: { application_name: "syncline", ...driver.connection },
      types: { date: asText },
      max: 1,
      // Neither may close a connection that is in use, and types are cast in the statements.
      max_lifetime: null,
      fetch_types: false,
      onclose: () => {
        // A client that was given up, or that only carried a cancellation, says nothing of this connection.
        if (sql !== connection.sql) return
        connection.isSpent = true
        connection.isOpen = false
        connection.onLost()
      }
    })
    return sql
  }
  const connection: Connection = {
    place,
    prepare: driver.prepare ?? true,
    renewed,
    sql: renewed(),
    isSpent: false,
    isOpen: false,
    onLost: () => {}
  }
  return connection
}

// A client whose connection was lost would wait for answers that never come.
export const close = (connection: Connection) =>
  Effect.promise(() => connection.sql.end({ timeout: connection.isSpent ? 0 : 5 }))

const renew = (connection: Connection) => {
  // Its connection is gone already; this only ends its timers.
  void connection.sql.end({ timeout: 0 })
  connection.sql = connection.renewed()
  connection.isSpent = false
}

/** Waits for the connection to open. Whoever stops waiting leaves it to the next. */
const reserve = (connection: Connection) =>
  Effect.callback<postgres.ReservedSql, SqlError>((resume) => {
    let isAbandoned = false
    if (connection.isSpent) renew(connection)
    const { sql } = connection
    // A reservation does not open a connection: postgres.js 3.4.9 never answers it when it does not fetch types.
    const opened = connection.isOpen
      ? Promise.resolve()
      : sql.unsafe("select").then(() => {
          connection.isOpen = true
        })
    opened
      .then(() => sql.reserve())
      .then(
        (reserved) => (isAbandoned ? reserved.release() : resume(Effect.succeed(reserved))),
        (cause: unknown) => resume(Effect.fail(fromDriver(cause, "connect", connection.place)))
      )
    return Effect.sync(() => {
      isAbandoned = true
    })
  })

/** Takes the connection, opening it if need be, for as long as `body` runs. */
export const use = <A, E, R>(connection: Connection, body: (link: Link) => Effect.Effect<A, E, R>) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const held = hold(connection, yield* restore(reserve(connection)))
      const exit = yield* Effect.exit(restore(body(held.link)))
      yield* held.letGo(exit)
      return yield* exit
    })
  )

/** Stops what another connection is doing. It has ended, one way or the other, when its answer comes. */
const cancel = (connection: Connection, backend: number) =>
  Effect.acquireUseRelease(
    Effect.sync(connection.renewed),
    (sql) => Effect.tryPromise(() => sql.unsafe("select pg_cancel_backend($1::int)", [backend])),
    (sql) => Effect.promise(() => sql.end({ timeout: 5 }))
  ).pipe(Effect.exit)

type Sendable = string | number | boolean | null

const isSendable = (value: unknown): value is Sendable =>
  value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number"

const unsendable = (text: string, index: number) =>
  new SqlError({
    operation: text.slice(0, 40),
    kind: "data",
    sqlState: null,
    message: `parameter $${index + 1} must be text, a number, a boolean or null; send JSON as text and cast it $${index + 1}::text::jsonb`,
    column: null,
    constraint: null
  })

interface Answer {
  readonly rows: ReadonlyArray<Row>
  readonly command: string | undefined
}

const hold = (connection: Connection, reserved: postgres.ReservedSql) => {
  const waiting = new Map<Deferred.Deferred<Answer, SqlError>, () => void>()
  let isLost = false
  let committing: Deferred.Deferred<Answer, SqlError> | undefined
  let backend: number | undefined

  const ask = (
    text: string,
    params: ReadonlyArray<unknown>,
    isCommit: boolean
  ): Deferred.Deferred<Answer, SqlError> => {
    const answer = Deferred.makeUnsafe<Answer, SqlError>()
    const settle = (exit: Exit.Exit<Answer, SqlError>) => {
      waiting.delete(answer)
      Deferred.doneUnsafe(answer, exit)
    }
    const fail = (cause: unknown, wasSent: boolean) =>
      settle(Exit.fail(fromDriver(cause, text, connection.place, isCommit && wasSent)))
    const sendable = params.filter(isSendable)
    if (isLost) {
      fail(connectionClosed, false)
    } else if (sendable.length < params.length) {
      settle(
        Exit.fail(
          unsendable(
            text,
            params.findIndex((value) => !isSendable(value))
          )
        )
      )
    } else {
      waiting.set(answer, () => fail(connectionClosed, true))
      reserved.unsafe<Array<Row>>(text, sendable, { prepare: connection.prepare }).then(
        (rows) => {
          // Several statements in one text give an array of answers, which has neither.
          backend = rows.state?.pid ?? backend
          settle(Exit.succeed({ rows, command: rows.command }))
        },
        (cause: unknown) => fail(cause, true)
      )
    }
    return answer
  }

  connection.onLost = () => {
    isLost = true
    // Each takes itself out, which a map's iteration allows.
    for (const fail of waiting.values()) fail()
  }

  const rows = (answer: Deferred.Deferred<Answer, SqlError>) =>
    Effect.map(Deferred.await(answer), (answered) => answered.rows)

  /**
   * Nothing is in flight afterwards. What an interrupted fiber left behind is cancelled; after a failure the rest is answered at
   * once, since the transaction is void.
   */
  const quiet = Effect.fnUntraced(function* (exit: Exit.Exit<unknown, unknown>) {
    if (waiting.size === 0) return
    if (backend !== undefined && Exit.hasInterrupts(exit)) yield* cancel(connection, backend)
    yield* Effect.forEach([...waiting.keys()], (answer) => Effect.exit(Deferred.await(answer)), { discard: true })
  })

  const commit = () => {
    committing ??= ask("commit", [], true)
    return committing
  }

  const link: Link = {
    send: (text) => rows(ask(text, [], false)),
    query: (text, params = []) =>
      Effect.suspend(() =>
        committing === undefined ? rows(ask(text, params, false)) : Effect.die(new Error(`asked after COMMIT: ${text}`))
      ),
    last: (text, params = []) =>
      Effect.suspend(() => {
        // Fibers that run side by side may ask in another order than they were started in.
        if (waiting.size > 0) return Effect.die(new Error(`asked last, though not all was answered: ${text}`))
        const answer = ask(text, params, true)
        commit()
        return rows(answer)
      }),
    commit: Effect.suspend(() => Deferred.await(commit())).pipe(
      Effect.flatMap(({ command }) => (command === "COMMIT" ? Effect.void : Effect.fail(rolledBack)))
    ),
    rollback: Effect.fnUntraced(function* (after) {
      yield* quiet(after)
      // A cancellation that came late hits the ROLLBACK itself: then the next one gets through.
      const undo = Effect.suspend(() => Deferred.await(ask("rollback", [], false)))
      const undone = yield* Effect.exit(Effect.catch(undo, () => undo))
      if (Exit.isFailure(undone)) connection.isSpent = true
    })
  }
  const letGo = Effect.fnUntraced(function* (after: Exit.Exit<unknown, unknown>) {
    yield* quiet(after)
    connection.onLost = () => {}
    if (!connection.isSpent) reserved.release()
  })
  return { link, letGo }
}

const connectionClosed = { code: "CONNECTION_CLOSED" }

/** The server answers COMMIT with ROLLBACK when a statement had failed and its error was caught without a savepoint. */
const rolledBack = new SqlError({
  operation: "commit",
  kind: "other",
  sqlState: "25P02",
  message: "the transaction was rolled back, because one of its statements had failed and was not inside a savepoint",
  column: null,
  constraint: null
})
