/** Calls with an answer of known shape, for providers that speak JSON over HTTP. */
import { RecordId } from "@syncline/core"
import { DateTime, Effect, Option, Result, Schema, SchemaAST } from "effect"
import * as Compiled from "./Compiled.ts"
import { ConnectorError, Transient } from "./ConnectorError.ts"
import type { Listed } from "./Entity.ts"
import { type Call, Http } from "./Remote.ts"

/** `GET /v1/customers`: how a call is named in errors. The query is left out, for it may hold what a person typed. */
export const operation = (call: Pick<Call, "method" | "path">): string => `${call.method} ${call.path}`

/** Sends a call and checks the answer's shape; one that does not fit is `Transient`. */
export const call = <A>(call: Call, schema: Schema.Codec<A, unknown>): Effect.Effect<A, ConnectorError, Http> =>
  Effect.flatMap(
    Http.use((http) => http.send(call)),
    (reply) => decode(operation(call), reply.json, schema)
  )

export const get = <A>(
  path: string,
  schema: Schema.Codec<A, unknown>,
  query: Call["query"] = {}
): Effect.Effect<A, ConnectorError, Http> => call({ method: "GET", path, query }, schema)

/** The same, with the provider's own time of the answer, from its `Date` header. */
export const getDated = <A>(
  path: string,
  schema: Schema.Codec<A, unknown>,
  query: Call["query"] = {}
): Effect.Effect<{ readonly answer: A; readonly atMs: number }, ConnectorError, Http> => {
  const call: Call = { method: "GET", path, query }
  return Effect.flatMap(
    Http.use((http) => http.send(call)),
    ({ headers, json }) =>
      Effect.all({ answer: decode(operation(call), json, schema), atMs: dateMs(operation(call), headers) })
  )
}

/** Checks an answer, or a part of one. The error names the place and what was expected, not the values. */
export const decode = <A>(
  operation: string,
  json: unknown,
  schema: Schema.Codec<A, unknown>
): Effect.Effect<A, ConnectorError> =>
  Effect.mapError(
    Schema.decodeUnknownEffect(schema)(json),
    (error) =>
      new ConnectorError({ operation, reason: new Transient({ detail: `unexpected answer: ${complaint(error)}` }) })
  )

/** The provider's own time, from the `Date` header of the cheapest call. Resolution: one second. */
export const dateHeaderMs = (path: string, query: Call["query"] = {}): Effect.Effect<number, ConnectorError, Http> => {
  const call: Call = { method: "GET", path, query }
  return Effect.flatMap(
    Http.use((http) => http.send(call)),
    (reply) => dateMs(operation(call), reply.headers)
  )
}

/** The time of an answer that is at hand. Fails with `Transient` when the header is missing or is no date. */
export const dateMs = (
  operation: string,
  headers: Readonly<Record<string, string>>
): Effect.Effect<number, ConnectorError> =>
  Option.match(Option.flatMap(Option.fromNullishOr(headers["date"]), DateTime.make), {
    onNone: () =>
      Effect.fail(
        new ConnectorError({
          operation,
          reason: new Transient({ detail: "the answer has no Date header that can be read" })
        })
      ),
    onSome: (date) => Effect.succeed(DateTime.toEpochMillis(date))
  })

/** `2026-11-21T05:14:00.000Z`. */
export const iso = (ms: number): string => DateTime.formatIso(DateTime.makeUnsafe(ms))

/**
 * Reads the records of a page, each alone, so a malformed one never fails its page.
 *
 * A record that passes is returned as the very object the provider sent, unknown fields included. The schema may check but not
 * transform. `idField` is where the id is looked for in a record that does not pass.
 */
export const items = <A>(
  schema: Schema.Codec<A, unknown>,
  idField: string
): ((raw: ReadonlyArray<unknown>) => ReadonlyArray<Listed<A>>) => {
  const read = item(schema, idField)
  return (raw) => raw.map(read)
}

/** The same for one record. */
export const item = <A>(schema: Schema.Codec<A, unknown>, idField: string): ((raw: unknown) => Listed<A>) => {
  const isRecord = Compiled.is(schema)
  const decode = Schema.decodeUnknownResult(schema)
  return (raw) =>
    isRecord(raw)
      ? { _tag: "Present", record: raw }
      : {
          _tag: "Unreadable",
          id: idOf(raw, idField),
          why: Result.match(decode(raw), {
            onFailure: complaint,
            onSuccess: () => "its schema changes what it reads; an entity's schema may only check"
          }),
          payload: isJson(raw) ? raw : null
        }
}

/**
 * An object or a list within a record, kept as it came: what was just parsed from JSON is JSON. Not a declaration, with which the
 * whole record would be checked by the interpreter of schemas, at several times the cost.
 */
export const Nested: Schema.Codec<Schema.Json> = Schema.make(SchemaAST.unknown)

const isJson = Schema.is(Schema.Json)
const isId = Schema.is(RecordId)
const unknownId = RecordId.make("?")

const idOf = (raw: unknown, idField: string): RecordId => {
  const id =
    typeof raw === "object" && raw !== null ? new Map<string, unknown>(Object.entries(raw)).get(idField) : undefined
  return isId(id) ? id : typeof id === "number" ? RecordId.make(String(id)) : unknownId
}

/** One line, short enough for a ledger. */
const complaint = (error: { readonly message: string }): string => error.message.replaceAll(/\s+/g, " ").slice(0, 300)
