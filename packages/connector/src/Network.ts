/**
 * One HTTP exchange by `node:http`, which does half of the work of fetch and knows whether a connection came about. Connections are
 * kept alive by Node's own agents; redirects are returned, not followed.
 */
import { Effect, Schema, Stream } from "effect"
import { type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http"
import { request as requestHttps } from "node:https"
import { pipeline, type Readable } from "node:stream"
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib"
import type { Method } from "./Endpoint.ts"

export interface Request {
  readonly method: Method
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: { readonly text: string; readonly contentType: string }
}

export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** An answer whose body is still coming in. */
export interface Opened extends Omit<Answer, "text"> {
  readonly body: Stream.Stream<Uint8Array, TransportFailure>
}

/**
 * No whole answer came. `NotSent`: the provider was never reached, so nothing happened there. `Lost`: the request may have been
 * received and obeyed. `detail` holds no header, query or body.
 */
export class TransportFailure extends Schema.TaggedError<TransportFailure>()("TransportFailure", {
  outcome: Schema.Literals(["NotSent", "Lost"]),
  detail: Schema.String
}) {}

/** Sends, and gathers the answer. */
export const send = (request: Request): Effect.Effect<Answer, TransportFailure> =>
  exchange(request, (incoming, succeed, fail) => {
    const chunks: Array<Buffer> = []
    bodyOf(incoming)
      .on("data", (chunk: Buffer) => chunks.push(chunk))
      .on("error", (cause) => fail(broken(cause)))
      .on("end", () => succeed({ ...headOf(incoming), text: textOf(chunks) }))
  })

/** Sends, and gives the answer when its head is there. */
export const open = (request: Request): Effect.Effect<Opened, TransportFailure> =>
  exchange(request, (incoming, succeed) => {
    const body: AsyncIterable<Uint8Array> = bodyOf(incoming)
    succeed({ ...headOf(incoming), body: Stream.fromAsyncIterable(body, broken) })
  })

const connectTimeoutMs = 10_000

/** An interruption lets go of the connection. */
const exchange = <A>(
  request: Request,
  receive: (incoming: IncomingMessage, succeed: (answer: A) => void, fail: (failure: TransportFailure) => void) => void
): Effect.Effect<A, TransportFailure> =>
  Effect.callback((resume) => {
    const fail = (failure: TransportFailure) => resume(Effect.fail(failure))
    const outgoing = write(request)
    if (outgoing === null) {
      fail(new TransportFailure({ outcome: "NotSent", detail: "the request could not be written" }))
      return
    }
    const isConnected = connection(outgoing)
    outgoing
      .on("error", (cause) => fail(failureOf(cause, isConnected())))
      .on("response", (incoming) => receive(incoming, (answer) => resume(Effect.succeed(answer)), fail))
      .end(request.body?.text)
    return Effect.sync(() => {
      outgoing.destroy()
    })
  })

/** The request before it is sent, or null for one that no server would understand, such as one with a line break in a header. */
const write = ({ body, headers, method, url }: Request): ClientRequest | null => {
  const to = url.startsWith("https:") ? requestHttps : requestHttp
  try {
    return to(url, {
      method,
      headers: {
        "user-agent": "syncline",
        "accept-encoding": "gzip, deflate, br",
        ...headers,
        ...(body !== undefined && { "content-type": body.contentType })
      }
    })
  } catch {
    return null
  }
}

/** Whether the request has had a connection, encrypted where it must be: before that, nothing of it can have been sent. */
const connection = (outgoing: ClientRequest): (() => boolean) => {
  let isConnected = false
  outgoing.on("socket", (socket) => {
    if (!socket.connecting) isConnected = true
    else {
      socket.once("encrypted" in socket ? "secureConnect" : "connect", () => {
        isConnected = true
      })
    }
  })
  outgoing.setTimeout(connectTimeoutMs, () => {
    if (!isConnected) outgoing.destroy(new Error(`no connection within ${connectTimeoutMs} ms`))
  })
  return () => isConnected
}

const headOf = ({ headers, statusCode }: IncomingMessage): Omit<Answer, "text"> => ({
  status: statusCode ?? 0,
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : (value ?? "")])
  )
})

const bodyOf = (incoming: IncomingMessage): Readable => {
  const decompress = decompressors[incoming.headers["content-encoding"] ?? ""]
  // A failure of either destroys the other with it, so it is heard of at the end that is read.
  return decompress === undefined ? incoming : pipeline(incoming, decompress(), () => {})
}

const decompressors: Readonly<Record<string, () => ReturnType<typeof createGunzip>>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress
}

const textOf = (chunks: ReadonlyArray<Buffer>): string => {
  const text = Buffer.concat(chunks).toString("utf8")
  return text.startsWith("\ufeff") ? text.slice(1) : text
}

const broken = (cause: unknown): TransportFailure =>
  new TransportFailure({
    outcome: "Lost",
    detail: `the connection broke while the answer came in${cause instanceof Error ? ` (${cause.message})` : ""}`
  })

const failureOf = (cause: unknown, isConnected: boolean): TransportFailure =>
  new TransportFailure({ outcome: isConnected ? "Lost" : "NotSent", detail: detailOf(cause) })

/** What a person can look up. Where several addresses were tried, of the last. */
const detailOf = (cause: unknown): string => {
  if (cause instanceof AggregateError && cause.errors.length > 0) return detailOf(cause.errors.at(-1))
  if (!(cause instanceof Error)) return "the connection broke"
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : ""
  return [cause.message.includes(code) ? "" : code, cause.message].filter(Boolean).join(": ")
}
