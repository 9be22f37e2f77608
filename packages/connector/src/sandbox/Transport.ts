/** A stand-in as an HttpClient within the process. The one file here that knows `effect/http`, which is tagged unstable. */
import { Effect } from "effect"
import { HttpClient, HttpClientError, type HttpClientRequest, HttpClientResponse } from "effect/http"
import type { Handler } from "./Wire.ts"

/** What a connector's HTTP layer sends its requests through. */
export type Client = HttpClient.HttpClient

/** Sends every request to the handler, whatever host it names. A dropped connection is a `TransportError`, as from a socket. */
export const client = (handler: Handler): Client =>
  HttpClient.make((request, url) =>
    Effect.gen(function* () {
      const reply = yield* handler({
        method: request.method,
        path: url.pathname,
        query: url.search.slice(1),
        headers: request.headers,
        body: yield* bodyText(request)
      }).pipe(
        Effect.catchTag("Dropped", ({ detail }) =>
          Effect.fail(
            new HttpClientError.HttpClientError({
              reason: new HttpClientError.TransportError({ request, description: detail })
            })
          )
        )
      )
      // The Response constructor refuses a body, even an empty one, for 204 and 304.
      const body = reply.body.length === 0 ? null : reply.body
      return HttpClientResponse.fromWeb(request, new Response(body, { status: reply.status, headers: reply.headers }))
    })
  )

const bodyText = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<string, HttpClientError.HttpClientError> => {
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return Effect.succeed("")
    case "Uint8Array":
      return Effect.succeed(new TextDecoder().decode(body.body))
    case "Raw":
      if (typeof body.body === "string") return Effect.succeed(body.body)
      return body.body instanceof URLSearchParams ? Effect.succeed(body.body.toString()) : unreadable(request)
    case "FormData":
    case "Stream":
      return unreadable(request)
  }
}

const unreadable = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.fail(
    new HttpClientError.HttpClientError({
      reason: new HttpClientError.EncodeError({
        request,
        description: `a stand-in takes text bodies, not ${request.body._tag}`
      })
    })
  )
