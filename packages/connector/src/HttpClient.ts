/** Sends one request and says how it ended. The one file of the kit that knows `effect/http`, which is tagged unstable. */
import { Context, Effect, Layer, Schema, Stream } from "effect"
import {
  FetchHttpClient,
  HttpBody,
  HttpClient,
  type HttpClientError,
  HttpClientRequest,
  type HttpClientResponse
} from "effect/http"
import type { Method } from "./Endpoint.ts"

/** What requests go out through: the network (`layer`), or a provider's stand-in within the process (`layerOf`). */
export type Transport = HttpClient.HttpClient

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

/**
 * No whole answer came. `NotSent`: the provider was never reached, so nothing happened there. `Lost`: the request may have been
 * received and obeyed. `detail` holds no header, query or body.
 */
export class TransportFailure extends Schema.TaggedError<TransportFailure>()("TransportFailure", {
  outcome: Schema.Literals(["NotSent", "Lost"]),
  detail: Schema.String
}) {}

/** The network: connections are kept alive, redirects are returned instead of followed. */
export const layer: Layer.Layer<Transport> = Layer.provide(
  FetchHttpClient.layer,
  Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" })
)

/** A client that is at hand, such as a sandbox's. */
export const layerOf = (client: Transport): Layer.Layer<Transport> => Layer.succeed(HttpClient.HttpClient, client)

/** The client of the surrounding layer. */
export const transport: Effect.Effect<Transport, never, Transport> = HttpClient.HttpClient

/** Fails when the whole answer has not arrived after `timeoutMs`. */
export const send = (client: Transport, request: Request, timeoutMs: number): Effect.Effect<Answer, TransportFailure> =>
  execute(client, request).pipe(
    Effect.flatMap((response) =>
      Effect.map(response.text, (text): Answer => ({ status: response.status, headers: response.headers, text }))
    ),
    Effect.mapError(failureOf),
    Effect.timeoutOrElse({ duration: timeoutMs, orElse: () => timedOut(timeoutMs) })
  )

/** The same without gathering the body. `timeoutMs` counts until its first byte. */
export const open = (
  client: Transport,
  request: Request,
  timeoutMs: number
): Effect.Effect<
  Omit<Answer, "text"> & { readonly body: Stream.Stream<Uint8Array, TransportFailure> },
  TransportFailure
> =>
  execute(client, request).pipe(
    Effect.map(({ status, headers, stream }) => ({ status, headers, body: Stream.mapError(stream, failureOf) })),
    Effect.mapError(failureOf),
    Effect.timeoutOrElse({ duration: timeoutMs, orElse: () => timedOut(timeoutMs) })
  )

const execute = (
  client: Transport,
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

const timedOut = (timeoutMs: number) =>
  Effect.fail(new TransportFailure({ outcome: "Lost", detail: `no answer within ${timeoutMs} ms` }))

/** Codes of Node and its fetch that say that no connection came about, so nothing was sent. */
const notSent: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
])

const failureOf = ({ reason }: HttpClientError.HttpClientError): TransportFailure => {
  switch (reason._tag) {
    case "EncodeError":
    case "InvalidUrlError":
      return new TransportFailure({ outcome: "NotSent", detail: "the request could not be written" })
    case "TransportError": {
      const causes = causesOf(reason.cause)
      const known = causes.find(({ code }) => notSent.has(code))
      const told = known ?? causes.at(-1)
      return new TransportFailure({
        outcome: known === undefined ? "Lost" : "NotSent",
        detail:
          reason.description ??
          (told === undefined ? "the connection broke" : [told.code, told.message].filter(Boolean).join(": "))
      })
    }
    default:
      return new TransportFailure({ outcome: "Lost", detail: "the connection broke while the answer came in" })
  }
}

interface Cause {
  readonly code: string
  readonly message: string
}

/** fetch hides what happened in the cause of its TypeError, or in one of several causes. */
const causesOf = (error: unknown): ReadonlyArray<Cause> => {
  if (!(error instanceof Error)) return []
  const code = "code" in error && typeof error.code === "string" ? error.code : ""
  const inner = error instanceof AggregateError ? error.errors.flatMap(causesOf) : causesOf(error.cause)
  return [{ code, message: error.message }, ...inner]
}
