/**
 * The worker's HTTP server: routes by the beginning of their path, on Node's own server, whose raw bodies webhooks are verified over.
 *
 * A request that no route wants, and one for an unknown thing of a route, are answered by the same 404.
 */
import { Effect, type Scope } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { type Problem, unreachable } from "./Problem.ts"

export interface Route {
  /** Null: the route judges it. */
  readonly method: "GET" | "POST" | null
  /** The path itself, or with a `/` at its end all below it. */
  readonly path: string
  /** Answers the request. Interrupted when whoever asked has gone. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Effect.Effect<void>
}

export interface Options {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
}

/** A request's head and body have to arrive within these, in milliseconds; heads are small. */
const headersTimeout = 10_000
const requestTimeout = 30_000
const maxHeaderSize = 16_384

export const answer = (response: ServerResponse, status: number, body: unknown): void => {
  const text = typeof body === "string" ? body : JSON.stringify(body)
  const type = typeof body === "string" ? "text/plain; charset=utf-8" : "application/json"
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) })
  response.end(text)
}

/** One answer for every address where nothing is, whatever one might have hoped to find there. */
export const nothingHere = (response: ServerResponse): void => answer(response, 404, { error: "there is nothing here" })

const pathOf = (request: IncomingMessage): string => (request.url ?? "/").split("?", 1)[0] ?? "/"

const isFor = (path: string, route: Route): boolean =>
  route.path.endsWith("/") ? path.startsWith(route.path) && path.length > route.path.length : path === route.path

/** Listens until the scope ends; then what is being answered is answered, and nothing new is taken. */
export const serve = Effect.fn("HttpServer.serve")(function* (
  { host, port }: Options,
  routes: ReadonlyArray<Route>
): Effect.fn.Return<{ readonly url: string }, Problem, Scope.Scope> {
  const run = Effect.runForkWith(yield* Effect.context())
  const server = createServer({ headersTimeout, requestTimeout, maxHeaderSize }, (request, response) => {
    const path = pathOf(request)
    const route = routes.find((each) => isFor(path, each))
    if (route === undefined) return nothingHere(response)
    if (
      route.method !== null &&
      route.method !== request.method &&
      !(route.method === "GET" && request.method === "HEAD")
    ) {
      response.setHeader("allow", route.method)
      return answer(response, 405, { error: `use ${route.method}` })
    }
    const fiber = run(
      route.handle(request, response).pipe(
        Effect.catchCause((cause) =>
          Effect.logError("a request was not answered", cause).pipe(
            Effect.andThen(
              Effect.sync(() => {
                if (!response.headersSent)
                  answer(response, 500, { error: "this is a bug in Syncline; its log tells more" })
              })
            )
          )
        )
      )
    )
    response.on("close", () => {
      if (!response.writableFinished) fiber.interruptUnsafe()
    })
  })
  yield* Effect.acquireRelease(
    Effect.callback<void, Problem>((resume) => {
      server.once("error", (error) =>
        resume(
          Effect.fail(
            unreachable(
              `the worker cannot listen on ${host}:${port}: ${error.message}`,
              "Choose another with --port, or SYNCLINE_PORT"
            )
          )
        )
      )
      server.listen(port, host, () => resume(Effect.void))
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeIdleConnections()
      })
  )
  const address = server.address()
  const actual = typeof address === "object" && address !== null ? address.port : port
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}` }
})
