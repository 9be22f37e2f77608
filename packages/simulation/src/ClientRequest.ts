/** What a client of PostgreSQL asks, gathered from its messages: each request is answered as a whole. */
import * as Wire from "./PostgresWire.ts"

/** A statement that a client prepares. Sessions of the server know it by a name that stands for its text. */
export interface Statement {
  readonly key: string
  readonly sql: string
  readonly types: Buffer
}

export type ClientRequest =
  /** To be told what a statement takes and gives. */
  | { readonly _tag: "Describe"; readonly statement: Statement }
  | { readonly _tag: "Execute"; readonly statement: Statement; readonly bound: Wire.Bound }
  | { readonly _tag: "Simple"; readonly sql: string }
  /** A Sync alone: after an error, the client asks for the next ReadyForQuery. */
  | { readonly _tag: "Sync" }
  | { readonly _tag: "Terminate" }

export interface Reader {
  /** Takes what came, and answers the requests that are whole now. `entered`: it is the client's first message. */
  readonly take: (bytes: Buffer) => { readonly isEntering: boolean; readonly requests: ReadonlyArray<ClientRequest> }
}

/** `rewrite` changes a statement on its way. */
export const reader = (rewrite: (sql: string) => string): Reader => {
  let pending: Buffer = Buffer.alloc(0)
  let hasEntered = false
  const statements = new Map<string, Statement>()
  let bound: Wire.Bound | null = null
  let described: Statement | null = null

  const requestsOf = (message: Wire.Message): ReadonlyArray<ClientRequest> => {
    switch (message.type) {
      case "P": {
        const { name, sql: sent, types } = Wire.parsed(message)
        const sql = rewrite(sent)
        statements.set(name, { key: `${types.toString("latin1")}|${sql}`, sql, types })
        described = null
        return []
      }
      case "D": {
        const name = message.bytes.toString("utf8", 6, message.bytes.length - 1)
        described = statements.get(name) ?? null
        return []
      }
      case "B":
        bound = Wire.bound(message)
        return []
      case "E":
        return []
      case "H": {
        if (described === null) throw new Error("a client flushed something other than a description")
        const asked: ClientRequest = { _tag: "Describe", statement: described }
        described = null
        return [asked]
      }
      case "S": {
        const binding = bound
        bound = null
        if (described !== null) throw new Error("a client asked for a description together with its statement")
        if (binding === null) return [{ _tag: "Sync" }]
        const statement = statements.get(binding.statement)
        if (statement === undefined) throw new Error(`a client bound "${binding.statement}", which it has not prepared`)
        const executed: ClientRequest = { _tag: "Execute", statement, bound: binding }
        return [executed]
      }
      case "Q":
        return [{ _tag: "Simple", sql: rewrite(Wire.sqlOf(message)) }]
      case "X":
        return [{ _tag: "Terminate" }]
      default:
        throw new Error(`a client sent a message of type "${message.type}", which the gateway does not know`)
    }
  }

  return {
    take: (bytes) => {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes])
      let isEntering = false
      if (!hasEntered) {
        const length = Wire.startupLength(pending)
        if (length === null) return { isEntering, requests: [] }
        pending = pending.subarray(length)
        hasEntered = true
        isEntering = true
      }
      const { messages, rest } = Wire.split(pending)
      pending = rest
      return { isEntering, requests: messages.flatMap(requestsOf) }
    }
  }
}

/** Says nothing to other sessions and cannot wait for them, so it needs no turn of its own. */
const isPrivate = /^\s*(?:begin\b|set local\b|savepoint\b|release savepoint\b|select set_config\()/i

/** Requests that reach the server together: what is private to the session, and one thing that is not, or more if chance will. */
export interface Unit {
  readonly requests: ReadonlyArray<ClientRequest>
  /** Of the last one. */
  readonly sql: string
}

export const sqlOf = (request: ClientRequest): string => {
  switch (request._tag) {
    case "Execute":
      return request.statement.sql
    case "Simple":
      return request.sql
    case "Describe":
    case "Sync":
    case "Terminate":
      return ""
  }
}

/** Takes the next unit from the front; `isWhole`: all that can go together. */
export const takeUnit = (pending: Array<ClientRequest>, isWhole: boolean): Unit => {
  const requests: Array<ClientRequest> = []
  while (true) {
    const [next] = pending
    if (next === undefined || (next._tag !== "Execute" && next._tag !== "Simple")) break
    const isAlone = !isWhole && !isPrivate.test(sqlOf(next))
    // A COMMIT has a fate of its own.
    if (requests.length > 0 && isEnd(sqlOf(next))) break
    requests.push(next)
    pending.shift()
    if (isAlone || isEnd(sqlOf(next))) break
  }
  const last = requests.at(-1)
  return { requests, sql: last === undefined ? "" : sqlOf(last) }
}

export const isCommit = (sql: string): boolean => /^\s*commit\b/i.test(sql)
const isEnd = (sql: string): boolean => /^\s*(?:commit|rollback)\b/i.test(sql)

/** The store's tables that a statement may change rows of, so that an oracle sees it; heartbeats are none of its business. */
export const changedBy = (sql: string): ReadonlyArray<string> => {
  const known = changes.get(sql)
  if (known !== undefined) return known
  const tables = /set heartbeat_at = /i.test(sql)
    ? []
    : [...sql.matchAll(/\b(?:insert into|update|delete from) syncline\.(\w+)/gi)].flatMap(([, table]) => table ?? [])
  changes.set(sql, tables)
  return tables
}

/** By statement. There are some hundred. */
const changes = new Map<string, ReadonlyArray<string>>()
