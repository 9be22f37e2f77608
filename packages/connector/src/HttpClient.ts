/** How requests go out, as this package uses it. The one file that knows `effect/http`, which is tagged unstable. */
import { Context, Effect, Layer, Stream } from "effect"
import { HttpBody, HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"
import * as Network from "./Network.ts"
import { type Answer, type Opened, type Request, TransportFailure } from "./Network.ts"

export type { Request } from "./Network.ts"
export { TransportFailure } from "./Network.ts"

/** What requests go out through: the network (`layer`), or a provider's stand-in within the process (`layerOf`). */
export class Transport extends Context.Service<
  Transport,
  {
    readonly send: (request: Request) => Effect.Effect<Answer, TransportFailure>
    /** The same without gathering the body. */
    readonly open: (request: Request) => Effect.Effect<Opened, TransportFailure>
  }
>()("@syncline/connector/Transport") {}

/** The network: connections are kept alive, redirects are returned instead of followed. */
export const layer: Layer.Layer<Transport> = Layer.succeed(Transport, { send: Network.send, open: Network.open })

/** A client that is at hand, such as a sandbox's. */
export const layerOf = (client: HttpClient.HttpClient): Layer.Layer<Transport> =>
  Layer.succeed(Transport, {
    send: (request) =>
      execute(client, request).pipe(
        Effect.flatMap((response) =>
          Effect.map(response.text, (text): Answer => ({ status: response.status, headers: response.headers, text }))
        ),
        Effect.mapError(failureOf)
      ),
    open: (request) =>
      execute(client, request).pipe(
        Effect.map(({ status, headers, stream }) => ({ status, headers, body: Stream.mapError(stream, failureOf) })),
        Effect.mapError(failureOf)
      )
  })

/** Fails when the whole answer has not arrived after `timeoutMs`. */
export const send = (
  transport: Transport["Service"],
  request: Request,
  timeoutMs: number
): Effect.Effect<Answer, TransportFailure> => inTime(transport.send(request), timeoutMs)

/** The same without gathering the body. `timeoutMs` counts until its first byte. */
export const open = (
  transport: Transport["Service"],
  request: Request,
  timeoutMs: number
): Effect.Effect<Opened, TransportFailure> => inTime(transport.open(request), timeoutMs)

const inTime = <A>(effect: Effect.Effect<A, TransportFailure>, timeoutMs: number) =>
  Effect.timeoutOrElse(effect, {
    duration: timeoutMs,
    orElse: () => Effect.fail(new TransportFailure({ outcome: "Lost", detail: `no answer within ${timeoutMs} ms` }))
  })

const execute = (
  client: HttpClient.HttpClient,
  { method, url, headers, body }: Request
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
  client
    .execute(
      HttpClientRequest.make(method)(url, {
        headers,
        ...(body !== undefined && { body: HttpBody.text(body.text, body.contentType) })
      })
    )
    .pipe(
      // Our trace ids are no business of a provider.
      Effect.provideContext(Context.make(HttpClient.TracerDisabledWhen, () => true))
    )

/** Whether such a client has reached anybody is not known, so what fails is lost. */
const failureOf = ({ reason }: HttpClientError.HttpClientError): TransportFailure => {
  switch (reason._tag) {
    case "EncodeError":
    case "InvalidUrlError":
      return new TransportFailure({ outcome: "NotSent", detail: "the request could not be written" })
    case "TransportError":
      return new TransportFailure({ outcome: "Lost", detail: reason.description ?? "the connection broke" })
    default:
      return new TransportFailure({ outcome: "Lost", detail: "the connection broke while the answer came in" })
  }
}
