/**
 * A session of the server as its client sees it. What no other session can notice is answered here, and performed together with the next
 * thing that others can: beginning a transaction, settings of it, savepoints, and the end of a transaction that has only read. Half of an
 * engine's statements are of that kind, and a turn at the server costs more than anything else in a history.
 */
import type { Answer, Backend } from "./BackendPool.ts"
import * as ClientRequest from "./ClientRequest.ts"
import * as Wire from "./PostgresWire.ts"
import type { Asked, ServerStatements } from "./ServerStatements.ts"

export interface ServerSession {
  readonly backend: Backend
  readonly status: () => Wire.Status
  /** The answer to what no other session can notice; null for anything else. */
  readonly answerAlone: (requests: ReadonlyArray<Asked>) => Answer | null
  readonly perform: (requests: ReadonlyArray<Asked>) => Promise<Answer>
}

/** Answers to settings of a transaction, by statement and parameters: they repeat what they were given. */
export type KnownAnswers = Map<string, ReadonlyArray<Wire.Message>>

export const make = (backend: Backend, statements: ServerStatements, known: KnownAnswers): ServerSession => {
  let deferred: Array<Asked> = []
  let status: Wire.Status = "I"
  /** The open transaction has locked and changed nothing. */
  let hasOnlyRead = true

  const answerOne = (request: Asked): ReadonlyArray<Wire.Message> | null => {
    const sql = ClientRequest.sqlOf(request).trimStart()
    if (status === "I") return beginning(sql)
    if (status !== "T") return null
    if (/^set local\b/i.test(sql)) return done("SET", "T")
    if (/^savepoint\b/i.test(sql)) return done("SAVEPOINT", "T")
    if (/^release savepoint\b/i.test(sql)) return done("RELEASE", "T")
    if (/^commit\b/i.test(sql)) return hasOnlyRead ? done("COMMIT", "I") : null
    return known.get(keyOf(request)) ?? null
  }

  const learn = (request: Asked | undefined, segment: ReadonlyArray<Wire.Message>) => {
    if (request === undefined) return
    const sql = ClientRequest.sqlOf(request)
    if (!isReading(sql)) hasOnlyRead = false
    const hasFailed = segment.some(({ type }) => type === "E")
    if (!hasFailed && /^\s*select set_config\(/i.test(sql)) known.set(keyOf(request), segment)
  }

  return {
    backend,
    status: () => status,
    answerAlone: (requests) => {
      const before = { status, count: deferred.length }
      const messages: Array<Wire.Message> = []
      for (const request of requests) {
        const answer = answerOne(request)
        if (answer === null) {
          status = before.status
          deferred.splice(before.count)
          return null
        }
        messages.push(...answer)
        deferred.push(request)
        if (status === "I") hasOnlyRead = true
        status = statusAfter(answer, status)
      }
      if (status === "I") hasOnlyRead = true
      return { messages, status }
    },
    perform: async (requests) => {
      const before = deferred
      deferred = []
      const answer = await statements.perform(backend, [...before, ...requests])
      const segments = segmentsOf(answer.messages).slice(before.length)
      for (const [index, segment] of segments.entries()) learn(requests[index], segment)
      status = answer.status
      if (status === "I") hasOnlyRead = true
      return { status, messages: segments.flat() }
    }
  }
}

const keyOf = (request: Asked): string =>
  request._tag === "Execute"
    ? `${request.statement.key}|${request.bound.rest.toString("latin1")}`
    : ClientRequest.sqlOf(request)

/** Neither changes anything nor locks a row. */
const isReading = (sql: string): boolean =>
  !/\b(?:insert into|update|delete from|share|lock|truncate|nextval|setval|do \$)/i.test(sql) &&
  /^\s*(?:select|with|begin|set local|savepoint|release|values)\b/i.test(sql)

const complete = (command: string): Wire.Message => ({ type: "C", bytes: Wire.commandComplete(command) })

const done = (command: string, status: Wire.Status): ReadonlyArray<Wire.Message> => [
  complete(command),
  { type: "Z", bytes: Wire.readyForQuery(status) }
]

/** A transaction is begun with a setting of it, in one text. */
const beginning = (sql: string): ReadonlyArray<Wire.Message> | null => {
  if (!/^begin\b/i.test(sql)) return null
  return /^begin;\s*set local\b/i.test(sql) ? [complete("BEGIN"), ...done("SET", "T")] : done("BEGIN", "T")
}

const statusAfter = (messages: ReadonlyArray<Wire.Message>, before: Wire.Status): Wire.Status => {
  const last = messages.at(-1)
  return last?.type === "Z" ? Wire.statusOf(last) : before
}

/** One for each request. */
export const segmentsOf = (messages: ReadonlyArray<Wire.Message>): ReadonlyArray<ReadonlyArray<Wire.Message>> => {
  const segments: Array<Array<Wire.Message>> = []
  let segment: Array<Wire.Message> = []
  for (const message of messages) {
    segment.push(message)
    if (message.type !== "Z") continue
    segments.push(segment)
    segment = []
  }
  return segments
}
