/**
 * Real sessions with the PostgreSQL server, kept from one history to the next: opening one takes longer than ten statements. A session
 * that is given back has rolled back; its prepared statements stay, named by their text.
 */
import { connect, type Socket } from "node:net"
import * as Scram from "./Scram.ts"
import * as Wire from "./PostgresWire.ts"

export interface Place {
  /** The folder of the server's socket, or a host. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** Everything up to the last ReadyForQuery that was waited for. */
export interface Answer {
  readonly messages: ReadonlyArray<Wire.Message>
  readonly status: Wire.Status
}

export interface Backend {
  readonly pid: number
  /** Names of statements that this session has prepared. */
  readonly prepared: Set<string>
  /** Of the last answer. */
  status: () => Wire.Status
  /** Sends, and waits for so many ReadyForQuery. One request at a time. */
  readonly ask: (bytes: Buffer, readies?: number) => Promise<Answer>
  readonly close: () => void
}

export interface BackendPool {
  readonly take: () => Promise<Backend>
  /** Back to where it was when it was taken. */
  readonly giveBack: (backend: Backend) => Promise<void>
  /** A session that only looks and cancels. */
  readonly control: Backend
  readonly close: () => void
}

/** What each session is set to: PostgreSQL's own detector of deadlocks goes by the real clock, so the gateway finds them instead. */
const settings: Readonly<Record<string, string>> = {
  deadlock_timeout: "1h",
  jit: "off",
  client_connection_check_interval: "0",
  synchronous_commit: "off",
  max_parallel_workers_per_gather: "0",
  plan_cache_mode: "force_generic_plan"
}

export const make = async (
  place: Place,
  prepared: ReadonlyArray<string> = [],
  onOpen: (pid: number) => void = () => {}
): Promise<BackendPool> => {
  const openOne = async () => {
    const backend = await open(place, prepared)
    onOpen(backend.pid)
    return backend
  }
  const control = await openOne()
  const idle: Array<Backend> = []
  const all = [control]
  return {
    control,
    take: async () => {
      const known = idle.pop()
      if (known !== undefined) return known
      const opened = await openOne()
      all.push(opened)
      return opened
    },
    giveBack: async (backend) => {
      if (backend.status() !== "I") await backend.ask(Wire.query("rollback"))
      idle.push(backend)
    },
    close: () => {
      for (const backend of all) backend.close()
    }
  }
}

const open = (place: Place, prepared: ReadonlyArray<string>): Promise<Backend> =>
  new Promise((resolve, reject) => {
    const socket = connect(
      place.host.startsWith("/")
        ? { path: `${place.host}/.s.PGSQL.${place.port}` }
        : { host: place.host, port: place.port, noDelay: true }
    )
    const lost = () => reject(new Error(`the server of the simulation ended a session (${place.database})`))
    socket.on("error", reject).on("close", lost)
    socket.once("connect", () => {
      socket.write(Wire.startup({ user: place.user, database: place.database, client_encoding: "UTF8" }))
    })
    enter(
      socket,
      place,
      (pid) => {
        const backend = session(socket, pid)
        const set = Object.entries(settings).map(([name, value]) => `set ${name} = '${value}'`)
        backend.ask(Wire.query([...set, ...prepared].join("; "))).then(() => resolve(backend), reject)
      },
      reject
    )
  })

/** Authenticates; calls back when the server is ready. */
const enter = (socket: Socket, place: Place, entered: (pid: number) => void, failed: (cause: Error) => void) => {
  const exchange = Scram.begin(place.password)
  let pending: Buffer = Buffer.alloc(0)
  let pid = 0
  const onData = (chunk: Buffer) => {
    const { messages, rest } = Wire.split(Buffer.concat([pending, chunk]))
    pending = rest
    for (const message of messages) {
      const { bytes, type } = message
      if (type === "K") pid = bytes.readInt32BE(5)
      if (type === "E") failed(new Error(`the server refuses a session: ${Wire.errorFields(message).get("M") ?? ""}`))
      if (type === "R" && bytes.readInt32BE(5) === 10) socket.write(Wire.password(exchange.first))
      if (type === "R" && bytes.readInt32BE(5) === 11)
        socket.write(Wire.password(exchange.answer(bytes.toString("utf8", 9))))
      if (type === "Z") {
        socket.off("data", onData)
        entered(pid)
      }
    }
  }
  socket.on("data", onData)
}

const session = (socket: Socket, pid: number): Backend => {
  let status: Wire.Status = "I"
  let chunks: Array<Buffer> = []
  let waiting: { readonly readies: number; readonly resolve: (answer: Answer) => void } | null = null
  const failure: { reject: ((cause: Error) => void) | null } = { reject: null }
  socket.on("data", (chunk) => {
    chunks.push(chunk)
    // Nothing follows the last ReadyForQuery, which has six bytes.
    if (waiting === null || !endsReady(chunk)) return
    const { messages, rest } = Wire.split(chunks.length === 1 ? chunk : Buffer.concat(chunks))
    const readies = messages.filter(({ type }) => type === "Z").length
    const last = messages.at(-1)
    if (rest.length > 0 || last?.type !== "Z" || readies < waiting.readies) return
    const { resolve } = waiting
    waiting = null
    chunks = []
    status = Wire.statusOf(last)
    // What the server says of itself comes at any time and is no part of an answer.
    resolve({ messages: messages.filter(({ type }) => type !== "N" && type !== "S"), status })
  })
  socket.on("close", () => failure.reject?.(new Error("the server of the simulation ended a session")))
  return {
    pid,
    prepared: new Set(),
    status: () => status,
    ask: (bytes, readies = 1) =>
      new Promise((resolve, reject) => {
        failure.reject = reject
        waiting = { readies, resolve }
        socket.write(bytes)
      }),
    close: () => {
      socket.removeAllListeners("close")
      socket.destroy()
    }
  }
}

const endsReady = (chunk: Buffer): boolean =>
  chunk.length < 6 || (chunk[chunk.length - 6] === 0x5a && chunk.readUInt32BE(chunk.length - 5) === 5)
