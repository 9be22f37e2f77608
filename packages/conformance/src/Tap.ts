/** The wire between a connector and its stand-in, listened to and tampered with. */
import { HttpClient } from "@syncline/connector"
import type { Wire } from "@syncline/connector/sandbox"
import { Clock, Effect, Stream } from "effect"

/** A request that went over the wire, and when. */
export interface Heard extends Wire.Request {
  readonly url: URL
  readonly atMs: number
  /** 0: none came. */
  readonly status: number
  readonly answeredAtMs: number
}

/** Stands between request and provider. */
export type Tamper = (request: Wire.Request, provider: Wire.Handler) => ReturnType<Wire.Handler>

export interface Tap {
  readonly transport: HttpClient.Transport["Service"]
  /** Requests so far, oldest first; a new list each time. */
  readonly heard: () => ReadonlyArray<Heard>
  readonly forget: () => void
  /** Replaces whoever stood there before. */
  readonly tamper: (tamper: Tamper) => void
}

export const make = (provider: Wire.Handler): Tap => {
  let heard: Array<Heard> = []
  let tampering: Tamper = (request, provider) => provider(request)

  const send = Effect.fnUntraced(function* (sent: HttpClient.Request) {
    const url = new URL(sent.url)
    const request: Wire.Request = {
      method: sent.method,
      path: url.pathname,
      query: url.search.slice(1),
      headers: { ...sent.headers, ...(sent.body !== undefined && { "content-type": sent.body.contentType }) },
      body: sent.body?.text ?? ""
    }
    const atMs = yield* Clock.currentTimeMillis
    const note = (status: number) =>
      Effect.map(Clock.currentTimeMillis, (answeredAtMs) => {
        heard.push({ ...request, url, atMs, status, answeredAtMs })
      })
    const reply = yield* Effect.suspend(() => tampering(request, provider)).pipe(
      Effect.tapError(() => note(0)),
      Effect.mapError(({ detail }) => new HttpClient.TransportFailure({ outcome: "Lost", detail }))
    )
    yield* note(reply.status)
    return reply
  })

  const headersOf = ({ headers }: Wire.Reply): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

  return {
    heard: () => [...heard],
    forget: () => {
      heard = []
    },
    tamper: (tamper) => {
      tampering = tamper
    },
    transport: {
      send: (request) =>
        Effect.map(send(request), (reply) => ({
          status: reply.status,
          headers: headersOf(reply),
          text: typeof reply.body === "string" ? reply.body : new TextDecoder().decode(reply.body)
        })),
      open: (request) =>
        Effect.map(send(request), (reply) => ({
          status: reply.status,
          headers: headersOf(reply),
          body: Stream.make(typeof reply.body === "string" ? new TextEncoder().encode(reply.body) : reply.body)
        }))
    }
  }
}
