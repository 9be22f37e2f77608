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
import type { Fields } from "@syncline/core"
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

/**
 * Asked again after a quarter more each time, which is about a quarter of the time that the job has run: so little is waited in vain,
 * for a small shop's job that is done at once or within seconds and for a large one's that takes hours. A question costs one point.
 */
const firstPollMs = 200
const pollGrowth = 1.25
const lastPollMs = 10_000
const chunkBytes = 4 * 1024 * 1024

const failed = (reason: Reason) => new ConnectorError({ operation: "bulk operation", reason })

/** `query` is the bulk query; `read` makes records of a line's object. */
export const list = <A>(query: string, read: (raw: unknown) => ReadonlyArray<Listed<A>>) =>
  walk(query, { isGrouped: false, read: (group) => group.flatMap(read) })

/** The same where records have others beneath them, which follow theirs in the file: `read` takes a record and what is beneath it. */
export const grouped = <A>(query: string, read: (raw: Fields, beneath: ReadonlyArray<Fields>) => Listed<A>) =>
  walk(query, {
    isGrouped: true,
    read: ([first, ...beneath]) => (isFields(first) ? [read(first, beneath.filter(isFields))] : [])
  })

interface Reading<A> {
  readonly isGrouped: boolean
  /** Objects that belong together; one where nothing is beneath another. */
  readonly read: (group: ReadonlyArray<unknown>) => ReadonlyArray<Listed<A>>
}

/** What was parsed from JSON is JSON. */
const isFields = (raw: unknown): raw is Fields => typeof raw === "object" && raw !== null && !Array.isArray(raw)

const isBeneath = Schema.is(Schema.Struct({ __parentId: Schema.String }))

const walk = <A>(query: string, reading: Reading<A>): Walk.Walk<Listed<A>, Complete, Http> =>
  Walk.make<Position, Listed<A>, Complete, Http>({
    position: Position,
    start: Effect.succeed({ _tag: "Begin" }),
    read: (at) => {
      switch (at._tag) {
        case "Begin":
          return begin(query, reading.isGrouped)
        case "Running":
          return poll(at)
        case "Reading":
          return lines(at, reading)
      }
    }
  })

const begin = Effect.fnUntraced(function* (query: string, isGrouped: boolean) {
  const { bulkOperationRunQuery: run } = yield* Admin.send({
    name: "bulkOperationRunQuery",
    document:
      "mutation($query: String!, $isGrouped: Boolean!) { bulkOperationRunQuery(query: $query, groupObjects: $isGrouped) { bulkOperation { id } userErrors { field message code } } }",
    variables: { query, isGrouped },
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
    const afterMs = Math.min(Math.ceil(pollGrowth * at.afterMs), lastPollMs)
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

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

const lines = Effect.fnUntraced(function* <A>(
  at: Extract<Position, { readonly _tag: "Reading" }>,
  { isGrouped, read }: Reading<A>
) {
  const http = yield* Http
  const untilByte = Math.min(at.size, at.fromByte + chunkBytes)
  // Lines of JSON are no JSON, which is what `send` would expect.
  const text = yield* Stream.mkString(
    Stream.decodeText(
      http.stream({
        method: "GET",
        path: at.url,
        cost: 0,
        headers: { range: `bytes=${at.fromByte}-${untilByte - 1}` }
      })
    )
  )
  const whole = text.slice(0, text.lastIndexOf("\n") + 1)
  const said = whole.split("\n").slice(0, -1)
  const groups: Array<Array<unknown>> = []
  const begun: Array<number> = []
  for (const [index, line] of said.entries()) {
    const raw = yield* Effect.mapError(decodeLine(line), ({ message }) =>
      failed(new Transient({ detail: `a line is no JSON: ${message}` }))
    )
    const group = isGrouped && isBeneath(raw) ? groups.at(-1) : undefined
    if (group !== undefined) group.push(raw)
    else {
      groups.push([raw])
      begun.push(index)
    }
  }
  const isLast = at.fromByte + bytesOf(whole) >= at.size
  // More of the last group may come in the next part, which begins with it.
  const open = isGrouped && !isLast ? groups.pop() : undefined
  const rest =
    open === undefined
      ? ""
      : said
          .slice(begun.at(-1))
          .map((line) => `${line}\n`)
          .join("")
  const fromByte = at.fromByte + bytesOf(whole) - bytesOf(rest)
  if (fromByte === at.fromByte)
    return yield* failed(new Transient({ detail: "the file ends in the middle of a record" }))
  const next = fromByte < at.size ? { more: { ...at, fromByte } } : { end: () => Walk.complete }
  return { items: groups.flatMap(read), next }
})
