/**
 * A backfill by a bulk operation: Shopify runs the query for minutes to hours and leaves a file of lines. The position is its ticket,
 * so a crash resumes the same job instead of starting another. https://shopify.dev/docs/api/usage/bulk-operations/queries
 */
import {
  type Complete,
  ConnectorError,
  GraphQl,
  Http,
  type Listed,
  PositionExpired,
  RateLimited,
  type Reason,
  Transient,
  Walk
} from "@syncline/connector"
import { Effect, Schema, Stream } from "effect"
import * as Admin from "./Admin.ts"

const Position = Schema.Union([
  Schema.Struct({ _tag: Schema.tag("Begin") }),
  Schema.Struct({ _tag: Schema.tag("Running"), id: Schema.String, afterMs: Schema.Int }),
  Schema.Struct({ _tag: Schema.tag("Reading"), url: Schema.String, fromByte: Schema.Int, size: Schema.Int })
])
type Position = typeof Position.Type

const Started = Schema.Struct({
  bulkOperationRunQuery: Schema.Struct({
    bulkOperation: Schema.NullOr(Schema.Struct({ id: Schema.String })),
    userErrors: GraphQl.UserErrors
  })
})
const Polled = Schema.Struct({
  bulkOperation: Schema.NullOr(
    Schema.Struct({
      status: Schema.String,
      errorCode: Schema.NullOr(Schema.String),
      fileSize: Schema.NullOr(Schema.Union([Schema.String, Schema.Finite])),
      url: Schema.NullOr(Schema.String)
    })
  )
})

/** Asked again after twice the time each time: a small shop's job is done within seconds, a large one's within hours. */
const firstPollMs = 1000
const lastPollMs = 10_000
const chunkBytes = 4 * 1024 * 1024

const failed = (reason: Reason) => new ConnectorError({ operation: "bulk operation", reason })

/** `query` is the bulk query; `read` makes records of a line's object. */
export const list = <A>(
  query: string,
  read: (raw: unknown) => ReadonlyArray<Listed<A>>
): Walk.Walk<Listed<A>, Complete, Http> =>
  Walk.make<Position, Listed<A>, Complete, Http>({
    position: Position,
    start: Effect.succeed({ _tag: "Begin" }),
    read: (at) => {
      switch (at._tag) {
        case "Begin":
          return begin(query)
        case "Running":
          return poll(at)
        case "Reading":
          return lines(at, read)
      }
    }
  })

const begin = Effect.fnUntraced(function* (query: string) {
  const { bulkOperationRunQuery: run } = yield* Admin.send({
    name: "bulkOperationRunQuery",
    document:
      "mutation($query: String!) { bulkOperationRunQuery(query: $query, groupObjects: false) { bulkOperation { id } userErrors { field message code } } }",
    variables: { query },
    data: Started,
    cost: 10
  })
  if (run.bulkOperation !== null)
    return {
      items: [],
      next: { more: { _tag: "Running" as const, id: run.bulkOperation.id, afterMs: firstPollMs }, afterMs: firstPollMs }
    }
  // Five may run side by side; the others wait until one is done.
  const isBusy = run.userErrors.some(({ code }) => code === "OPERATION_IN_PROGRESS" || code === "LIMIT_REACHED")
  const detail = run.userErrors.map(({ message }) => message).join("; ")
  return yield* failed(isBusy ? new RateLimited({ retryAfterMs: lastPollMs }) : new Transient({ detail }))
})

const poll = Effect.fnUntraced(function* (at: Extract<Position, { readonly _tag: "Running" }>) {
  const { bulkOperation: job } = yield* Admin.send({
    name: "bulkOperation",
    document: "query($id: ID!) { bulkOperation(id: $id) { status errorCode fileSize url } }",
    variables: { id: at.id },
    data: Polled,
    cost: 1
  })
  if (job === null) return yield* failed(new PositionExpired({ detail: `Shopify no longer knows the job ${at.id}` }))
  if (job.status === "CREATED" || job.status === "RUNNING") {
    const afterMs = Math.min(2 * at.afterMs, lastPollMs)
    return { items: [], next: { more: { ...at, afterMs }, afterMs } }
  }
  // A failed job may still offer a partial file. Reading it would call the missing records deleted.
  if (job.status !== "COMPLETED")
    return yield* failed(new PositionExpired({ detail: `bulk operation ${job.status} ${job.errorCode ?? ""}`.trim() }))
  if (job.url === null) return { items: [], next: { end: () => Walk.complete } }
  return {
    items: [],
    next: { more: { _tag: "Reading" as const, url: job.url, fromByte: 0, size: Number(job.fileSize ?? 0) } }
  }
})

const Line = Schema.fromJsonString(Schema.Unknown)
const decodeLine = Schema.decodeEffect(Line)

const lines = Effect.fnUntraced(function* <A>(
  at: Extract<Position, { readonly _tag: "Reading" }>,
  read: (raw: unknown) => ReadonlyArray<Listed<A>>
) {
  const http = yield* Http
  // Lines of JSON are no JSON, which is what `send` would expect.
  const text = yield* Stream.mkString(
    Stream.decodeText(
      http.stream({
        method: "GET",
        path: at.url,
        cost: 0,
        headers: { range: `bytes=${at.fromByte}-${Math.min(at.size, at.fromByte + chunkBytes) - 1}` }
      })
    )
  )
  const whole = text.slice(0, text.lastIndexOf("\n") + 1)
  const fromByte = at.fromByte + new TextEncoder().encode(whole).length
  if (fromByte === at.fromByte) return yield* failed(new Transient({ detail: "the file ends in the middle of a line" }))
  const raw = yield* Effect.forEach(whole.split("\n").slice(0, -1), (line) =>
    Effect.mapError(decodeLine(line), ({ message }) =>
      failed(new Transient({ detail: `a line is no JSON: ${message}` }))
    )
  )
  const next = fromByte < at.size ? { more: { ...at, fromByte } } : { end: () => Walk.complete }
  return { items: raw.flatMap(read), next }
})
