/**
 * Between the driver of the database and a real PostgreSQL server: what the engine's statements meet on their way, and in which order
 * they arrive, is decided by the seed. One unit of work is at the server at a time, so lock waits, deadlocks, lost connections and
 * COMMITs of unknown outcome are real, and repeatable.
 */
import type { Answer, BackendPool } from "./BackendPool.ts"
import * as ClientRequest from "./ClientRequest.ts"
import type { Boundary, Fates, StatementFate } from "./Fate.ts"
import * as GatewayConnection from "./GatewayConnection.ts"
import * as LockWaits from "./LockWaits.ts"
import * as Wire from "./PostgresWire.ts"
import type { Stream } from "./Seed.ts"
import * as ServerSession from "./ServerSession.ts"
import * as ServerStatements from "./ServerStatements.ts"
import type { SimulatedSocket } from "./SimulatedSocket.ts"
import type { Process, World } from "./World.ts"

export interface Options {
  readonly world: World
  readonly pool: BackendPool
  readonly statements: ServerStatements.ServerStatements
  readonly fates: Fates
  readonly scheduling: Stream
  /** A process stands at a boundary: it may die or stall there. */
  readonly atBoundary: (process: Process, boundary: Omit<Boundary, "process">) => void
  /** What is asked right after a COMMIT that changed these tables, before anyone else can change more; empty: nothing. */
  readonly questionOf: (tables: ReadonlySet<string>) => string
  /** Such a transaction has been committed; of each row that answered, the one value. */
  readonly onCommit: (answers: ReadonlyArray<string>) => void
  /** No transaction begins while another is open: whether a failure needs them to meet. */
  readonly isAtomic?: boolean
  /** A statement as the server gets it. */
  readonly rewrite?: (sql: string) => string
}

export interface PostgresGateway {
  /** A connection of a process, for the driver's `socket` option. */
  readonly socket: (process: Process) => SimulatedSocket
  /** The process is gone: what it has sent may still be performed, nothing is answered. */
  readonly crashed: (process: Process) => void
  readonly counts: () => Counts
  /** Ends the history: sessions are rolled back and given back. */
  readonly close: () => Promise<void>
}

export interface Counts {
  readonly statements: number
  /** What travelled together. */
  readonly units: number
  /** Of these, those that the server had to perform then. */
  readonly turns: number
  readonly commits: number
  readonly lockWaits: number
  readonly deadlocks: number
}

type Connection = GatewayConnection.GatewayConnection

/** As `begin` of the store's Postgres.ts says, in the world's time. */
const idlingMs = 10_000
const goneMs = 1
/** How long a statement takes to reach the server on a good day, at most. */
const usualReachMs = 4

/** How likely statements that were sent together are performed together, without anyone in between. */
const likelyTogether = 0.7

const still: StatementFate = { kind: null, cut: "none", refusal: null, reachMs: goneMs, answerMs: goneMs }

export const make = (options: Options): PostgresGateway => {
  const {
    atBoundary,
    fates,
    onCommit,
    pool,
    questionOf,
    rewrite = (sql: string) => sql,
    scheduling,
    statements,
    world
  } = options
  const waits = LockWaits.make({ control: pool.control, scheduling, note: world.note })
  const connections = new Set<Connection>()
  const counts = { statements: 0, units: 0, turns: 0, commits: 0 }
  const known: ServerSession.KnownAnswers = new Map()
  let lastId = 1000
  /** Sessions that still have to be rolled back, though their connections are gone. */
  let leaving = 0
  /** Tables that were changed since somebody looked. */
  const unseen = new Set<string>()
  /** A transaction was committed in this step that oracles want to hear of. */
  let hasToldOf = false

  const socket = (process: Process): SimulatedSocket => {
    const id = (lastId += 1)
    const rewritten = (sql: string) => ServerStatements.asSimulated(rewrite(sql))
    const connection = GatewayConnection.make({ id, process, rewrite: rewritten, received: receive, left: leave })
    connections.add(connection)
    return connection.socket
  }

  const receive = (connection: Connection, bytes: Buffer) => {
    if (connection.isLeft) return
    connection.cancelIdling()
    const { isEntering, requests } = connection.reader.take(bytes)
    if (isEntering) enter(connection)
    connection.pending.push(...requests)
    if (!isEntering) pump(connection)
  }

  const enter = (connection: Connection) => {
    const { kind, isRefused } = fates.connect(connection.process.name, world.nowMs())
    connection.isBusy = true
    world.after(connection.process, goneMs, `connects ${connection.id}`, () => {
      connection.isBusy = false
      if (!isRefused) {
        connection.socket.emit("data", Wire.welcome(connection.id))
        return pump(connection)
      }
      if (kind !== null) fates.struck(kind, "connect", world.nowMs())
      leave(connection, true)
      connection.socket.lose()
    })
  }

  /** The client's end is gone. What it had sent may have reached the server, all but what it takes back. */
  const leave = (connection: Connection, isTakenBack = true) => {
    if (connection.isLeft) return
    connection.isLeft = true
    connection.cancelIdling()
    if (isTakenBack) connection.pending.splice(0)
    pump(connection)
  }

  /** Sees to it that the next thing of this connection happens. */
  const pump = (connection: Connection) => {
    if (connection.isBusy || connection.isOver) return
    const [head] = connection.pending
    if (head === undefined || head._tag === "Terminate") {
      if (connection.isLeft || head !== undefined) retire(connection)
      else waitForMore(connection)
      return
    }
    connection.isBusy = true
    if (head._tag === "Describe" || head._tag === "Sync") {
      connection.pending.shift()
      world.offer(null, `${head._tag} ${connection.id}`, () => tell(connection, head))
      return
    }
    const unit = ClientRequest.takeUnit(connection.pending, scheduling.chance(likelyTogether))
    const fate = connection.isLeft ? still : fates.statement(connection.process.name, unit.sql, world.nowMs())
    const label = `${connection.id} ${unit.sql.trim().slice(0, 60).replaceAll(/\s+/g, " ")}`
    const reach = (): void | Promise<void> => {
      if (options.isAtomic !== true || isAlone(connection)) return arrive(connection, unit, fate)
      world.after(null, 1, label, reach)
    }
    world.after(null, 1 + scheduling.below(usualReachMs) + fate.reachMs, label, reach)
  }

  const retire = (connection: Connection) => {
    connection.isOver = true
    connection.isLeft = true
    connections.delete(connection)
    const { session } = connection
    if (session === null) return
    connection.session = null
    leaving += 1
    world.offer(null, `ends ${connection.id}`, () =>
      waits.freeing(async () => {
        const isFreed = session.status() !== "I"
        await pool.giveBack(session.backend)
        leaving -= 1
        return isFreed
      })
    )
  }

  const waitForMore = (connection: Connection) => {
    if (connection.session === null || connection.session.status() === "I") return
    connection.cancelIdling = world.after(null, idlingMs, `idles ${connection.id}`, () => cut(connection, "idled"))
  }

  /** Answers without a turn of its own: what other sessions do makes no difference to it. */
  const tell = async (connection: Connection, request: ClientRequest.ClientRequest) => {
    connection.isBusy = false
    const status = connection.session?.status() ?? "I"
    if (request._tag === "Sync") {
      deliver(connection, [Wire.readyForQuery(status)], 0)
    } else if (request._tag === "Describe") {
      if (status === "E") deliver(connection, [Wire.errorResponse("25P02", aborted)], 0)
      else deliver(connection, await statements.describe((await sessionOf(connection)).backend, request.statement), 0)
    }
    pump(connection)
  }

  const sessionOf = async (connection: Connection): Promise<ServerSession.ServerSession> => {
    connection.session ??= ServerSession.make(await pool.take(), statements, known)
    return connection.session
  }

  const deliver = (connection: Connection, parts: ReadonlyArray<Buffer>, afterMs: number) => {
    if (connection.isLeft) return
    // One connection's answers stay in their order, also when its process has stood still and all come at once.
    connection.undelivered.push(Buffer.concat(parts))
    const atMs = Math.max(connection.deliveredAtMs, world.nowMs() + afterMs)
    connection.deliveredAtMs = atMs
    world.after(connection.process, atMs - world.nowMs(), `answer ${connection.id} ${Wire.digest(parts)}`, () => {
      const bytes = connection.undelivered.shift()
      if (!connection.isLeft && bytes !== undefined) connection.socket.emit("data", bytes)
    })
  }

  /** A unit has reached the server. */
  const arrive = async (connection: Connection, unit: ClientRequest.Unit, fate: StatementFate) => {
    if (connection.isOver) return
    if (!connection.isLeft) atBoundary(connection.process, { at: "before statement", what: unit.sql })
    // Its process died here, and took back what it had not quite sent.
    if (connection.isLeft && connection.pending.length === 0 && scheduling.chance(0.5)) return gone(connection)
    if (fate.cut === "before") return cut(connection, fate.kind)
    counts.units += 1
    for (const request of unit.requests)
      for (const table of ClientRequest.changedBy(ClientRequest.sqlOf(request))) connection.changed.add(table)
    counts.statements += unit.requests.length
    const session = await sessionOf(connection)
    if (fate.refusal !== null && session.status() === "T") return refuse(connection, session, unit, fate)
    const alone = session.answerAlone(unit.requests)
    if (alone !== null) return complete(connection, unit, fate, alone)
    counts.turns += 1
    const { backend } = session
    const question = ClientRequest.isCommit(unit.sql) ? questionOf(new Set([...unseen, ...connection.changed])) : ""
    let answers: ReadonlyArray<string> = []
    const perform = async () => {
      if (question === "") return await session.perform(cancelling(unit))
      for (const table of connection.changed) unseen.add(table)
      const both = await session.perform([...unit.requests, { _tag: "Simple", sql: question }])
      const [own = [], seen = []] = ServerSession.segmentsOf(both.messages)
      answers = Wire.rows(seen).flatMap(([value]) => value ?? [])
      return { ...both, messages: own }
    }
    await waits.freeing(async () => {
      const answer = perform()
      const answered = isAlone(connection) ? await answer : await waits.outcome(backend, answer)
      if (answered === null) {
        const done = (late: Answer) => complete(connection, unit, fate, late)
        waits.wait({ id: connection.id, backend, answer, done })
        return true
      }
      complete(connection, unit, fate, answered)
      return ServerStatements.letsGo(unit.sql, answered)
    })
    if (session.status() === "I") connection.changed.clear()
    if (hasToldOf && answers.length > 0) {
      unseen.clear()
      onCommit(answers)
    }
    hasToldOf = false
  }

  /** No other session has a transaction open, so there is nobody to wait for. */
  const isAlone = (connection: Connection): boolean => {
    for (const other of connections)
      if (other !== connection && other.session !== null && other.session.status() !== "I") return false
    return leaving === 0
  }

  const gone = (connection: Connection) => {
    connection.isBusy = false
    pump(connection)
  }

  /** Whose statement is to be cancelled is known to the client by our number for its connection. */
  const cancelling = (unit: ClientRequest.Unit): ReadonlyArray<ServerStatements.Asked> =>
    unit.requests.map((request) => {
      if (request._tag !== "Execute" || !request.statement.sql.startsWith("select pg_cancel_backend(")) return request
      const id = Number(Wire.firstParameter(request.bound))
      // Nobody has process id 0.
      return { ...request, parameter: String(waits.backendOf(id)?.pid ?? 0) }
    })

  const refuse = (
    connection: Connection,
    session: ServerSession.ServerSession,
    unit: ClientRequest.Unit,
    fate: StatementFate
  ) =>
    waits.freeing(async () => {
      const sqlState = fate.refusal ?? ""
      const raise = `do $$ begin raise sqlstate '${sqlState}' using message = 'refused'; end $$`
      await session.perform([{ _tag: "Simple", sql: raise }])
      if (ClientRequest.isCommit(unit.sql)) await session.perform([{ _tag: "Simple", sql: "rollback" }])
      if (fate.kind !== null) fates.struck(fate.kind, unit.sql, world.nowMs())
      const error = Wire.errorResponse(sqlState, "the simulated world refuses this statement")
      const ready = Wire.readyForQuery(session.status())
      connection.isBusy = false
      deliver(
        connection,
        unit.requests.flatMap(() => [error, ready]),
        fate.answerMs
      )
      pump(connection)
      return true
    })

  const complete = (connection: Connection, unit: ClientRequest.Unit, fate: StatementFate, answer: Answer) => {
    connection.isBusy = false
    if (ClientRequest.isCommit(unit.sql) && answer.messages[0]?.bytes.includes("COMMIT") === true) {
      counts.commits += 1
      hasToldOf ||= connection.changed.size > 0
    }
    if (fate.cut === "after") return cut(connection, fate.kind)
    if (fate.kind !== null && fate.refusal === null) fates.struck(fate.kind, unit.sql, world.nowMs())
    deliver(
      connection,
      answer.messages.map(({ bytes }) => bytes),
      fate.answerMs
    )
    if (!connection.isLeft) atBoundary(connection.process, { at: "after statement", what: unit.sql })
    pump(connection)
  }

  /** The connection is lost; its session rolls back. */
  const cut = (connection: Connection, kind: string | null) => {
    connection.isBusy = false
    if (kind !== null && kind !== "idled") fates.struck(kind, "connection", world.nowMs())
    const wasLeft = connection.isLeft
    connection.isLeft = true
    connection.cancelIdling()
    connection.pending.splice(0)
    if (!wasLeft) world.after(connection.process, goneMs, `lost ${connection.id}`, () => connection.socket.lose())
    pump(connection)
  }

  return {
    socket,
    crashed: (process) => {
      for (const connection of connections)
        if (connection.process === process) leave(connection, scheduling.chance(0.5))
    },
    counts: () => ({ ...counts, ...waits.counts() }),
    close: async () => {
      await waits.close()
      for (const { session } of connections) if (session !== null) await pool.giveBack(session.backend)
      connections.clear()
    }
  }
}

const aborted = "current transaction is aborted, commands ignored until end of transaction block"
