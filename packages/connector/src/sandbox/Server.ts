/** A stand-in on a loopback port, for clients that want a real socket: official SDKs, other processes, a demo. */
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http"
import { Cause, Effect, Exit, Schema, type Scope } from "effect"
import { type Handler, json, type Reply, type Request } from "./Wire.ts"

/** The port is taken, or may not be opened. */
export class ServerUnusable extends Schema.TaggedError<ServerUnusable>()("ServerUnusable", {
  port: Schema.Number,
  detail: Schema.String
}) {}

export interface Listening {
  readonly port: number
  /** `http://127.0.0.1:4010`, without a slash at the end. */
  readonly url: string
}

export interface Options {
  /** 0, the default, takes a free one. */
  readonly port?: number
  /** Answers `GET /_sandbox/<name>` with the value as JSON, for other processes. Absent: the path belongs to the provider. */
  readonly control?: Readonly<Record<string, Effect.Effect<Schema.Json>>>
}

/** Listens on 127.0.0.1 until the scope closes. A dropped connection is a destroyed socket. */
export const listen = Effect.fn("Server.listen")(function* (
  handler: Handler,
  options: Options = {}
): Effect.fn.Return<Listening, ServerUnusable, Scope.Scope> {
  const context = yield* Effect.context<never>()
  const { control } = options
  const answering = control === undefined ? handler : withControl(handler, control)
  const server = createServer((incoming, outgoing) => {
    incoming.on("error", () => outgoing.destroy())
    readRequest(incoming, (request) =>
      Effect.runCallbackWith(context)(answering(request), { onExit: (exit) => respond(outgoing, exit) })
    )
  })
  yield* Effect.acquireRelease(bind(server, options.port ?? 0), () => close(server))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  return { port, url: `http://127.0.0.1:${port}` }
})

const bind = (server: HttpServer, port: number): Effect.Effect<void, ServerUnusable> =>
  Effect.callback((resume) => {
    server.once("error", (cause) => resume(Effect.fail(new ServerUnusable({ port, detail: cause.message }))))
    server.listen(port, "127.0.0.1", () => resume(Effect.void))
  })

const close = (server: HttpServer): Effect.Effect<void> =>
  Effect.callback((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

const withControl =
  (handler: Handler, control: NonNullable<Options["control"]>): Handler =>
  (request) => {
    const [root, name = ""] = request.path.slice(1).split("/")
    if (root !== "_sandbox") return handler(request)
    const value = control[name]
    return value === undefined
      ? Effect.succeed(json(404, `{"known":${JSON.stringify(Object.keys(control))}}`))
      : Effect.map(value, (value) => json(200, JSON.stringify(value)))
  }

const readRequest = (incoming: IncomingMessage, done: (request: Request) => void): void => {
  const chunks: Array<Buffer> = []
  incoming.on("data", (chunk: Buffer) => chunks.push(chunk))
  incoming.on("end", () => {
    const [path = "/", ...query] = (incoming.url ?? "/").split("?")
    done({
      method: incoming.method ?? "GET",
      path,
      query: query.join("?"),
      headers: Object.fromEntries(
        Object.entries(incoming.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(", ") : (value ?? "")
        ])
      ),
      body: Buffer.concat(chunks).toString("utf8")
    })
  })
}

const respond = (outgoing: ServerResponse, exit: Exit.Exit<Reply, unknown>): void => {
  if (Exit.isSuccess(exit)) {
    const { status, headers, body } = exit.value
    outgoing.writeHead(status, { ...headers, "Content-Length": Buffer.byteLength(body) })
    outgoing.end(body)
    return
  }
  if (Cause.hasDies(exit.cause)) {
    outgoing.writeHead(500, { "Content-Type": "text/plain" })
    outgoing.end(`the sandbox has a bug: ${Cause.pretty(exit.cause)}`)
    return
  }
  outgoing.socket?.destroy()
}
