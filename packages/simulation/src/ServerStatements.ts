/** Statements at the server's sessions: prepared once a session under a name of their text, and described once for all. */
import type { Answer, Backend } from "./BackendPool.ts"
import type { ClientRequest, Statement } from "./ClientRequest.ts"
import * as Wire from "./PostgresWire.ts"

/** A request to perform; `parameter` stands for the one its client sent. */
export type Asked = ClientRequest & { readonly parameter?: string }

export interface ServerStatements {
  /** What the server says to Parse and Describe. */
  readonly describe: (backend: Backend, statement: Statement) => Promise<ReadonlyArray<Buffer>>
  /** Sends them together; the answer ends with the last one's ReadyForQuery. */
  readonly perform: (backend: Backend, requests: ReadonlyArray<Asked>) => Promise<Answer>
}

export const make = (): ServerStatements => {
  const names = new Map<string, string>()
  const descriptions = new Map<string, ReadonlyArray<Buffer>>()

  const nameOf = ({ key }: Statement): string => {
    const known = names.get(key)
    if (known !== undefined) return known
    const name = `s${names.size + 1}`
    names.set(key, name)
    return name
  }

  const parse = (backend: Backend, statement: Statement): ReadonlyArray<Buffer> => {
    const name = nameOf(statement)
    return backend.prepared.has(name) ? [] : [Wire.parse({ name, sql: statement.sql, types: statement.types })]
  }

  const bytesOf = (backend: Backend, request: Asked): ReadonlyArray<Buffer> => {
    if (request._tag === "Simple") return [Wire.query(request.sql)]
    if (request._tag !== "Execute") return []
    const name = nameOf(request.statement)
    const bind =
      request.parameter === undefined
        ? Wire.bind({ ...request.bound, statement: name })
        : Wire.bindOne(name, request.parameter)
    return [...parse(backend, request.statement), bind, Wire.execute, Wire.sync]
  }

  return {
    describe: async (backend, statement) => {
      const known = descriptions.get(statement.key)
      if (known !== undefined) return known
      const name = nameOf(statement)
      const { messages } = await backend.ask(
        Buffer.concat([...parse(backend, statement), Wire.describe(name), Wire.sync])
      )
      const hasFailed = messages.some(({ type }) => type === "E")
      const told = [
        ...(hasFailed || messages.some(({ type }) => type === "1") ? [] : [parseComplete]),
        ...messages.filter(({ type }) => type !== "Z").map(({ bytes }) => bytes)
      ]
      if (messages.some(({ type }) => type === "1")) backend.prepared.add(name)
      if (!hasFailed) descriptions.set(statement.key, told)
      return told
    },
    perform: async (backend, requests) => {
      const answering = backend.ask(
        Buffer.concat(requests.flatMap((request) => bytesOf(backend, request))),
        requests.length
      )
      const answer = await answering
      let index = 0
      const messages: Array<Wire.Message> = []
      for (const message of answer.messages) {
        const request = requests[index]
        if (message.type === "1") {
          if (request?._tag === "Execute") backend.prepared.add(nameOf(request.statement))
          continue
        }
        messages.push(message.type === "E" ? Wire.placeless(message) : message)
        if (message.type === "Z") index += 1
      }
      return { ...answer, messages }
    }
  }
}

const parseComplete = Buffer.from([0x31, 0, 0, 0, 4])

/** The same answer, as if the server had found the deadlock by itself. */
export const asDeadlock = ({ messages, status }: Answer): Answer => ({
  status,
  messages: messages.map((message) =>
    message.type === "E" && Wire.errorFields(message).get("C") === "57014"
      ? { type: "E", bytes: Wire.errorResponse("40P01", "deadlock detected") }
      : message
  )
})

/**
 * What a transaction sets itself to, as it is here: the gateway ends transactions that idle, by the world's clock, plans are kept, since
 * making them takes longer than what they are for, and the server has no time of its own.
 */
export const asSimulated = (sql: string): string =>
  sql
    .replace(/(?<=^begin; set local idle_in_transaction_session_timeout = )'\w+'/, "'0'")
    .replace("'force_custom_plan'", "'force_generic_plan'")
    .replaceAll(/clock_timestamp\W{2}/g, "to_timestamp(0)")

/** Whether locks may have been let go of. */
export const letsGo = (sql: string, { messages, status }: Answer): boolean =>
  status !== "T" || /^\s*rollback\b/i.test(sql) || messages.some(({ type }) => type === "E")
