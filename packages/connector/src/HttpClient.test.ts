import { createServer, type Server } from "node:http"
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import * as HttpClient from "./HttpClient.ts"

type Behaviour = Parameters<typeof createServer>[1]

/** A server on a free loopback port, gone with the scope. */
const serving = Effect.fn(function* (behaviour: NonNullable<Behaviour>) {
  const server = createServer(behaviour)
  yield* Effect.acquireRelease(
    Effect.callback<Server>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    () =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )
  const address = server.address()
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
})

const get = (url: string, timeoutMs = 5_000) =>
  Effect.gen(function* () {
    return yield* HttpClient.send(
      yield* HttpClient.Transport,
      { method: "GET", url, headers: { "x-a": "b" } },
      timeoutMs
    )
  }).pipe(Effect.provide(HttpClient.layer))

describe("HttpClient on real sockets", () => {
  it.live("returns status, headers in lower case and text", () =>
    Effect.gen(function* () {
      const url = yield* serving((request, response) =>
        response.writeHead(418, { "X-Seen": request.headers["x-a"] ?? "" }).end("tea")
      )
      const answer = yield* get(url)
      assert.strictEqual(answer.status, 418)
      assert.strictEqual(answer.text, "tea")
      assert.strictEqual(answer.headers["x-seen"], "b")
    }).pipe(Effect.scoped)
  )

  it.live("keeps its connection for the next request", () =>
    Effect.gen(function* () {
      const ports = new Set<number | undefined>()
      const url = yield* serving((request, response) => {
        ports.add(request.socket.remotePort)
        response.end("{}")
      })
      for (let count = 0; count < 5; count++) yield* get(url)
      // A second one may be opened before the first has been given back.
      assert.isAtMost(ports.size, 2)
    }).pipe(Effect.scoped)
  )

  it.live("returns a redirect instead of following it", () =>
    Effect.gen(function* () {
      const url = yield* serving((_, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end())
      const answer = yield* get(url)
      assert.deepStrictEqual([answer.status, answer.headers["location"]], [302, "http://127.0.0.1:1/"])
    }).pipe(Effect.scoped)
  )

  it.live(
    "a refused connection and an unknown host were not sent",
    () =>
      Effect.gen(function* () {
        const closed = yield* Effect.scoped(serving((_, response) => response.end()))
        const refused = yield* Effect.flip(get(closed))
        assert.deepInclude(refused, { outcome: "NotSent" })
        assert.include(refused.detail, "ECONNREFUSED")
        const unknown = yield* Effect.flip(get("http://no-such-host.invalid/", 20_000))
        assert.deepInclude(unknown, { outcome: "NotSent" })
      }),
    30_000
  )

  it.live("a connection that breaks before or in the middle of the answer is lost", () =>
    Effect.gen(function* () {
      const before = yield* serving((request) => request.socket.destroy())
      assert.deepInclude(yield* Effect.flip(get(before)), { outcome: "Lost" })
      const middle = yield* serving((request, response) => {
        response.writeHead(200, { "content-length": "1000" }).write("{", () => request.socket.destroy())
      })
      assert.deepInclude(yield* Effect.flip(get(middle)), { outcome: "Lost" })
    }).pipe(Effect.scoped)
  )

  it.live("an answer that does not come in time is lost", () =>
    Effect.gen(function* () {
      const url = yield* serving(() => undefined)
      const failure = yield* Effect.flip(get(url, 50))
      assert.deepInclude(failure, { outcome: "Lost", detail: "no answer within 50 ms" })
    }).pipe(Effect.scoped)
  )

  it.live.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync]
  ] as const)("reads an answer that came as %s", ([encoding, compress]) =>
    Effect.gen(function* () {
      const url = yield* serving((_, response) =>
        response.writeHead(200, { "content-encoding": encoding }).end(compress('\ufeff{"name":"Ægir"}'))
      )
      assert.strictEqual((yield* get(url)).text, '{"name":"Ægir"}')
      const broken = yield* serving((_, response) =>
        response.writeHead(200, { "content-encoding": encoding }).end(compress("x".repeat(1000)).subarray(0, 10))
      )
      assert.deepInclude(yield* Effect.flip(get(broken)), { outcome: "Lost" })
    }).pipe(Effect.scoped)
  )

  it.live("sends a body with its length and type, and nothing that breaks out of a header", () =>
    Effect.gen(function* () {
      const url = yield* serving((request, response) => {
        request.pipe(
          response.writeHead(200, {
            "x-told": [request.method, request.headers["content-type"], request.headers["content-length"]].join()
          })
        )
      })
      const transport = yield* HttpClient.Transport
      const body = { text: "a=é", contentType: "text/x" }
      const request = { method: "POST", url, headers: {}, body } as const
      const answer = yield* HttpClient.send(transport, request, 5_000)
      assert.deepInclude(answer, { text: "a=é" })
      assert.strictEqual(answer.headers["x-told"], "POST,text/x,4")
      const split = HttpClient.send(transport, { ...request, headers: { "x-a": "b\r\nx-c: d" } }, 5_000)
      assert.deepInclude(yield* Effect.flip(split), { outcome: "NotSent" })
    }).pipe(Effect.provide(HttpClient.layer), Effect.scoped)
  )

  it.live("an opened answer is read as it comes, and whoever stops waiting lets go of the connection", () =>
    Effect.gen(function* () {
      let closed = 0
      let asked = 0
      const url = yield* serving((request, response) => {
        asked++
        request.socket.once("close", () => closed++)
        if (request.url === "/whole") response.write("ab", () => response.end("c"))
      })
      const transport = yield* HttpClient.Transport
      const request = { method: "GET", url: `${url}/whole`, headers: {} } as const
      const { body } = yield* HttpClient.open(transport, request, 5_000)
      assert.strictEqual(yield* Stream.mkString(Stream.decodeText(body)), "abc")
      const waiting = yield* Effect.forkChild(HttpClient.send(transport, { ...request, url }, 5_000))
      yield* Effect.yieldNow.pipe(Effect.repeat({ until: () => asked === 2 }))
      yield* Fiber.interrupt(waiting)
      yield* Effect.yieldNow.pipe(Effect.repeat({ until: () => closed > 0 }))
    }).pipe(Effect.provide(HttpClient.layer), Effect.scoped)
  )
})
