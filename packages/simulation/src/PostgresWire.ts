/**
 * Messages of PostgreSQL's protocol 3, as far as the gateway reads or writes them. A message is a type byte, a length that counts
 * itself, and a body; what a client sends first has no type byte.
 * https://www.postgresql.org/docs/18/protocol-message-formats.html
 */
import { crc32 } from "node:zlib"

/** A whole message, its type and length included. */
export interface Message {
  /** The type byte as a character; empty for what a client sends first. */
  readonly type: string
  readonly bytes: Buffer
}

/** The transaction status a server reports: idle, in a transaction, in one that has failed. */
export type Status = "I" | "T" | "E"

/** What tells one answer from another; what describes rows is left out, since it names tables by numbers that each database has of its own. */
export const digest = (parts: ReadonlyArray<Buffer>): number =>
  parts.reduce((sum, part) => (part[0] === describesRows ? sum : crc32(part, sum)), 0)

/** The type of a RowDescription: T. */
const describesRows = 0x54

/** Splits what came into whole messages and the rest. */
export const split = (bytes: Buffer): { readonly messages: ReadonlyArray<Message>; readonly rest: Buffer } => {
  const messages: Array<Message> = []
  let at = 0
  while (at + 5 <= bytes.length) {
    const end = at + 1 + bytes.readUInt32BE(at + 1)
    if (end > bytes.length) break
    messages.push({ type: String.fromCharCode(bytes[at] ?? 0), bytes: bytes.subarray(at, end) })
    at = end
  }
  return { messages, rest: bytes.subarray(at) }
}

/** The length of a first message, or null as long as it is not whole. */
export const startupLength = (bytes: Buffer): number | null => {
  if (bytes.length < 4) return null
  const length = bytes.readUInt32BE(0)
  return bytes.length < length ? null : length
}

const text = (value: string) => Buffer.from(`${value}\0`, "utf8")
const int16 = (value: number) => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const message = (type: string, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type, "latin1"), int32(body.length + 4), body])
}

export const query = (sql: string): Buffer => message("Q", text(sql))
export const sync: Buffer = message("S")
export const password = (payload: Uint8Array): Buffer => message("p", payload)
export const readyForQuery = (status: Status): Buffer => message("Z", Buffer.from(status, "latin1"))

export const commandComplete = (command: string): Buffer => message("C", text(command))

/** The first message of a session. */
export const startup = (parameters: Readonly<Record<string, string>>): Buffer => {
  const body = Buffer.concat([
    int32(196_608),
    ...Object.entries(parameters).flatMap(([name, value]) => [text(name), text(value)]),
    Buffer.from([0])
  ])
  return Buffer.concat([int32(body.length + 4), body])
}

/** What a server says to a client that it lets in at once. */
export const welcome = (pid: number): Buffer =>
  Buffer.concat([
    message("R", int32(0)),
    message("S", text("client_encoding"), text("UTF8")),
    message("S", text("server_version"), text("18.4")),
    message("K", int32(pid), int32(pid)),
    readyForQuery("I")
  ])

export const errorResponse = (sqlState: string, what: string, severity = "ERROR"): Buffer =>
  message("E", text(`S${severity}`), text(`V${severity}`), text(`C${sqlState}`), text(`M${what}`), Buffer.from([0]))

/** The end of the text that begins at `from`, and what follows its zero byte. */
const textAt = (bytes: Buffer, from: number): { readonly value: string; readonly next: number } => {
  const end = bytes.indexOf(0, from)
  return { value: bytes.toString("utf8", from, end), next: end + 1 }
}

/** A simple query's SQL. */
export const sqlOf = ({ bytes }: Message): string => textAt(bytes, 5).value

export interface Parsed {
  readonly name: string
  readonly sql: string
  /** The declared types' ids, as sent. */
  readonly types: Buffer
}

export const parsed = ({ bytes }: Message): Parsed => {
  const name = textAt(bytes, 5)
  const sql = textAt(bytes, name.next)
  return { name: name.value, sql: sql.value, types: bytes.subarray(sql.next) }
}

export const parse = ({ name, sql, types }: Parsed): Buffer => message("P", text(name), text(sql), types)

export interface Bound {
  readonly portal: string
  readonly statement: string
  /** Formats, parameters and result formats, as sent. */
  readonly rest: Buffer
}

export const bound = ({ bytes }: Message): Bound => {
  const portal = textAt(bytes, 5)
  const statement = textAt(bytes, portal.next)
  return { portal: portal.value, statement: statement.value, rest: bytes.subarray(statement.next) }
}

export const bind = ({ portal, rest, statement }: Bound): Buffer => message("B", text(portal), text(statement), rest)

/** A Bind of one parameter, as text. */
export const bindOne = (statement: string, parameter: string): Buffer => {
  const value = Buffer.from(parameter, "utf8")
  return bind({
    portal: "",
    statement,
    rest: Buffer.concat([int16(0), int16(1), int32(value.length), value, int16(0)])
  })
}

/** The first parameter of a Bind, as text; null where there is none. */
export const firstParameter = ({ rest }: Bound): string | null => {
  const formats = rest.readInt16BE(0)
  const at = 2 + 2 * formats
  if (rest.readInt16BE(at) < 1) return null
  const length = rest.readInt32BE(at + 2)
  return length < 0 ? null : rest.toString("utf8", at + 6, at + 6 + length)
}

export const execute: Buffer = message("E", text(""), int32(0))
export const describe = (statement: string): Buffer => message("D", Buffer.from("S"), text(statement))

/** Fields of an error by their letter: `C` is the SQLSTATE, `M` the message. */
export const errorFields = ({ bytes }: Message): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>()
  for (let at = 5; at < bytes.length - 1;) {
    const field = textAt(bytes, at)
    fields.set(field.value.slice(0, 1), field.value.slice(1))
    at = field.next
  }
  return fields
}

/** An error without where it came about: that may name the place of a row on its page, which says what was played before. */
export const placeless = (error: Message): Message => ({
  type: error.type,
  bytes: message(
    error.type,
    ...[...errorFields(error)].filter(([code]) => code !== "W").map(([code, value]) => text(code + value)),
    Buffer.from([0])
  )
})

/** Rows of an answer to a simple query, each value as text. */
export const rows = (messages: ReadonlyArray<Message>): ReadonlyArray<ReadonlyArray<string | null>> =>
  messages
    .filter(({ type }) => type === "D")
    .map(({ bytes }) => {
      const values: Array<string | null> = []
      let at = 7
      for (let left = bytes.readInt16BE(5); left > 0; left -= 1) {
        const length = bytes.readInt32BE(at)
        at += 4
        values.push(length < 0 ? null : bytes.toString("utf8", at, at + length))
        at += Math.max(0, length)
      }
      return values
    })

export const statusOf = ({ bytes }: Message): Status => {
  const status = String.fromCharCode(bytes[5] ?? 0)
  return status === "T" || status === "E" ? status : "I"
}
