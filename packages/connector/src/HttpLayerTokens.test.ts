import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import type { Request } from "./HttpClient.ts"
import * as HttpClient from "./HttpClient.ts"
import * as HttpLayer from "./HttpLayer.ts"
import type { HttpRemote } from "./Remote.ts"

const remote = (header?: string): HttpRemote => ({
  _tag: "Http",
  baseUrl: "https://api.acme.test",
  auth: {
    _tag: "OAuth2",
    authorizeUrl: "https://acme.test/authorize",
    tokenUrl: "https://acme.test/token",
    scopes: [],
    clientAuth: "form",
    clientId: "app",
    clientSecret: Redacted.make("app-secret"),
    refresh: { rotates: true, graceMs: 0 },
    ...(header !== undefined && { header })
  },
  budgets: [],
  errors: []
})

/** A provider that answers `status` to every token but the second, and keeps what it was asked. */
const open = Effect.fnUntraced(function* (status: number, header?: string) {
  const asked: Array<Request> = []
  const renewed: Array<string> = []
  const answer = (request: Request) => {
    asked.push(request)
    return { status: JSON.stringify(request.headers).includes("second") ? 200 : status, headers: {} }
  }
  const transport = HttpClient.Transport.of({
    send: (request) => Effect.sync(() => ({ ...answer(request), text: "{}" })),
    open: (request) => Effect.sync(() => ({ ...answer(request), body: Stream.make(new TextEncoder().encode("{}")) }))
  })
  const tokens: HttpLayer.TokenSource = {
    current: Effect.succeed(Redacted.make("first")),
    renewed: (refused) =>
      Effect.sync(() => {
        renewed.push(Redacted.value(refused))
        return Redacted.make("second")
      })
  }
  const { http } = yield* Effect.provideService(
    HttpLayer.make(remote(header), { tokens }),
    HttpClient.Transport,
    transport
  )
  return { asked, http, renewed }
})

const call = { method: "GET", path: "/people" } as const

describe("a remote that is entered by tokens", () => {
  it.effect("renews one that is refused, once, for a stream as well", () =>
    Effect.gen(function* () {
      const { asked, http, renewed } = yield* open(401)
      assert.strictEqual((yield* http.send(call)).status, 200)
      assert.strictEqual(yield* Stream.mkString(Stream.decodeText(http.stream(call))), "{}")
      assert.deepStrictEqual(renewed, ["first", "first"])
      assert.deepStrictEqual(
        asked.map(({ headers }) => headers["authorization"]),
        ["Bearer first", "Bearer second", "Bearer first", "Bearer second"]
      )
    })
  )

  it.effect("renews none for what it may not do: 403 is about permissions", () =>
    Effect.gen(function* () {
      const { http, renewed } = yield* open(403)
      assert.strictEqual((yield* Effect.flip(http.send(call))).reason._tag, "Forbidden")
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(http.stream(call)))).reason._tag, "Forbidden")
      assert.isEmpty(renewed)
    })
  )

  it.effect("sends it in a header of the provider's own", () =>
    Effect.gen(function* () {
      const { asked, http } = yield* open(401, "X-Acme-Token")
      yield* http.send(call)
      assert.deepStrictEqual(
        asked.map(({ headers }) => [headers["x-acme-token"], headers["authorization"]]),
        [
          ["first", undefined],
          ["second", undefined]
        ]
      )
    })
  )
})
