/**
 * Webhooks over HTTP, on Node's own requests: the body is gathered as the bytes it is, within bounds, before anybody looks at it.
 * Who sends too much, or sends it packed too tightly, is told so and cut off.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import { gunzip } from "node:zlib"
import type { WebhookRequest } from "@syncline/connector"
import type { Answer } from "@syncline/engine"
import { Effect } from "effect"
import { nothingHere, type Route } from "./HttpServer.ts"

/** Bytes of a body, and how many times as large as what was sent its unpacked form may be. */
export const mostBytes = 1_048_576
export const mostRatio = 20

/** What takes a request in: `path` is the last part of its address. */
export type Receive = (path: string, request: WebhookRequest) => Effect.Effect<Answer>

const prefix = "/webhooks/"

/**
 * Where webhooks come in. `publicUrl` is how this worker is reached from outside, as providers call it; null: as the request says.
 * Nothing is answered before the whole body has come.
 */
export const route = (receive: Receive, publicUrl: string | null): Route => ({
  // What is no POST is refused by who receives: a provider may open with a question.
  method: null,
  path: prefix,
  handle: Effect.fnUntraced(function* (request, response) {
    const target = request.url ?? "/"
    const [path = ""] = target.slice(prefix.length).split(/[?#]/)
    const body = yield* bodyOf(request)
    if (typeof body === "number") return refuse(request, response, body)
    const origin = publicUrl?.replace(/\/+$/, "") ?? `http://${request.headers.host ?? "localhost"}`
    const { headers, status, ...rest } = yield* receive(path, {
      method: request.method ?? "POST",
      url: `${origin}${target}`,
      headers: headersOf(request),
      body
    })
    if (status === 404) return nothingHere(response)
    response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(rest.body) })
    response.end(rest.body)
  })
})

/** Whatever is still under way is not read. */
const refuse = (request: IncomingMessage, response: ServerResponse, status: number): void => {
  response.writeHead(status, { "content-length": 0, connection: "close" })
  response.end(() => request.destroy())
}

const headersOf = ({ headers }: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]]
    )
  )

/** The body as it was before it was packed, or the status that says why not. */
const bodyOf = (request: IncomingMessage): Effect.Effect<Uint8Array | number> => {
  const encoding = request.headers["content-encoding"] ?? "identity"
  if (encoding !== "identity" && encoding !== "gzip") return Effect.succeed(415)
  if (Number(request.headers["content-length"] ?? 0) > mostBytes) return Effect.succeed(413)
  return Effect.flatMap(gathered(request), (body) =>
    typeof body === "number" || encoding === "identity" ? Effect.succeed(body) : unpacked(body)
  )
}

const gathered = (request: IncomingMessage): Effect.Effect<Buffer | number> =>
  Effect.callback((resume) => {
    const chunks: Array<Buffer> = []
    let length = 0
    const done = (body: Buffer | number): void => {
      request.off("data", take).off("end", finish).off("close", leave)
      resume(Effect.succeed(body))
    }
    const take = (chunk: Buffer): void => {
      length += chunk.byteLength
      if (length > mostBytes) return done(413)
      chunks.push(chunk)
    }
    const finish = (): void => done(Buffer.concat(chunks, length))
    const leave = (): void => done(400)
    request.on("data", take).on("end", finish).on("close", leave).on("error", leave)
  })

const unpacked = (packed: Buffer): Effect.Effect<Uint8Array | number> =>
  Effect.callback((resume) => {
    const maxOutputLength = Math.min(mostBytes, Math.max(1024, packed.byteLength * mostRatio))
    gunzip(packed, { maxOutputLength }, (error, body) =>
      resume(Effect.succeed(error === null ? body : error.name === "RangeError" ? 413 : 400))
    )
  })
