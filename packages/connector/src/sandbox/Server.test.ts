import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import * as Server from "./Server.ts"
import * as Transport from "./Transport.ts"
import { Dropped, type Handler, json } from "./Wire.ts"

/** Answers what it was asked. */
const echo: Handler = (request) =>
  request.path === "/drop"
    ? Effect.fail(new Dropped({ detail: "gone" }))
    : Effect.succeed(json(201, JSON.stringify(request), { "X-Answer": "yes" }))

const fetched = (url: string, init: RequestInit = {}) =>
  Effect.promise(async () => {
    const response = await fetch(url, init)
    return { status: response.status, header: response.headers.get("x-answer"), body: await response.text() }
  })

describe("a handler", () => {
  it.effect("is the same over a socket and within the process", () =>
    Effect.gen(function* () {
      const { url } = yield* Server.listen(echo)
      const overSocket = yield* fetched(`${url}/a/b?x=1&y=%5B`, {
        method: "POST",
        body: "größe=日本",
        headers: { "content-type": "text/plain" }
      })
      const request = HttpClientRequest.post("http://elsewhere/a/b?x=1&y=%5B").pipe(
        HttpClientRequest.bodyText("größe=日本", "text/plain")
      )
      const response = yield* Transport.client(echo).execute(request)
      const within = {
        status: response.status,
        header: response.headers["x-answer"] ?? null,
        body: yield* response.text
      }
      assert.deepStrictEqual([overSocket.status, overSocket.header], [201, "yes"])
      const seen = (body: string) => ({ ...JSON.parse(body), headers: undefined })
      assert.deepStrictEqual(seen(within.body), seen(overSocket.body))
      assert.deepInclude(seen(within.body), { method: "POST", path: "/a/b", query: "x=1&y=%5B", body: "größe=日本" })
      assert.strictEqual(within.status, 201)
    })
  )

  it.effect("that drops breaks the connection, and the error says so", () =>
    Effect.gen(function* () {
      const { url } = yield* Server.listen(echo)
      assert.instanceOf(yield* Effect.flip(Effect.tryPromise(() => fetch(`${url}/drop`))), Error)
      const { reason } = yield* Effect.flip(
        Transport.client(echo).execute(HttpClientRequest.get("http://elsewhere/drop"))
      )
      assert.strictEqual(reason._tag, "TransportError")
    })
  )

  it.effect("shows its control paths only when asked to", () =>
    Effect.gen(function* () {
      const closed = yield* Server.listen(echo)
      assert.strictEqual((yield* fetched(`${closed.url}/_sandbox/calls`)).status, 201)
      const open = yield* Server.listen(echo, { control: { calls: Effect.succeed({ a: 1 }) } })
      assert.deepInclude(yield* fetched(`${open.url}/_sandbox/calls`), { status: 200, body: `{"a":1}` })
      assert.strictEqual((yield* fetched(`${open.url}/_sandbox/other`)).status, 404)
    })
  )

  it.effect("cannot take a port that is taken", () =>
    Effect.gen(function* () {
      const { port } = yield* Server.listen(echo)
      assert.strictEqual((yield* Effect.flip(Server.listen(echo, { port }))).port, port)
    })
  )

  it("is an HttpClient", () => assert.isTrue(HttpClient.isHttpClient(Transport.client(echo))))
})
