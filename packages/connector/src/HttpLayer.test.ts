import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Redacted, Ref, Stream } from "effect"
import { HttpClient as Client, HttpClientError, type HttpClientRequest, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { Conflicted, type Reason } from "./ConnectorError.ts"
import * as HttpClient from "./HttpClient.ts"
import * as HttpLayer from "./HttpLayer.ts"
import { MayCall } from "./Calling.ts"
import type { Call, HttpRemote } from "./Remote.ts"

const secret = "sk_test_do_not_tell"
const remote: HttpRemote = {
  _tag: "Http",
  baseUrl: "https://api.acme.test/v1",
  hosts: ["files.acme.test"],
  headers: { "Acme-Version": "7" },
  auth: { _tag: "Bearer", token: Redacted.make(secret) },
  budgets: [],
  errors: []
}

type Answer =
  | { readonly status: number; readonly text?: string; readonly headers?: Record<string, string> }
  | "dropped"
  | "silent"

/** A provider that gives these answers in turn, the last for ever, and writes down what it was asked and when. */
const scripted = Effect.fn(function* (answers: ReadonlyArray<Answer>, of: Partial<HttpRemote> = {}) {
  const requests = yield* Ref.make<
    ReadonlyArray<{
      readonly url: string
      readonly atMs: number
      readonly request: HttpClientRequest.HttpClientRequest
    }>
  >([])
  const client = Client.make((request, url) =>
    Effect.gen(function* () {
      const atMs = yield* Clock.currentTimeMillis
      const count = (yield* Ref.updateAndGet(requests, (seen) => [...seen, { url: url.href, atMs, request }])).length
      const answer = answers[Math.min(count, answers.length) - 1]
      if (answer === "silent" || answer === undefined) return yield* Effect.never
      if (answer === "dropped") {
        return yield* new HttpClientError.HttpClientError({
          reason: new HttpClientError.TransportError({ request, description: "socket hang up" })
        })
      }
      const { status, text = "{}", headers = {} } = answer
      return HttpClientResponse.fromWeb(request, new Response(text, { status, headers }))
    })
  )
  const { http, calls } = yield* Effect.provide(HttpLayer.make({ ...remote, ...of }), HttpClient.layerOf(client))
  /** Sends, lets an hour pass, and gives the outcome. */
  const outcome = Effect.fn(function* (call: Call) {
    const fiber = yield* Effect.forkChild(Effect.result(http.send(call)))
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })
  return { http, calls, requests, outcome }
})

const read: Call = { method: "GET", path: "/people" }
const write: Call = { method: "POST", path: "/people", json: { name: "Ada" } }

const reasonAfter = Effect.fn(function* (answers: ReadonlyArray<Answer>, call: Call, of: Partial<HttpRemote> = {}) {
  const { outcome } = yield* scripted(answers, of)
  const result = yield* outcome(call)
  return result._tag === "Failure" ? result.failure.reason : null
})

describe("HttpLayer classification", () => {
  const html = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
  const table: ReadonlyArray<readonly [string, Answer, Reason["_tag"] | null, Reason["_tag"] | null]> = [
    ["200", { status: 200 }, null, null],
    ["204 without a body", { status: 200, text: "" }, null, null],
    ["400", { status: 400 }, "Rejected", "Rejected"],
    ["401", { status: 401 }, "Unauthorized", "Unauthorized"],
    ["403", { status: 403 }, "Forbidden", "Forbidden"],
    ["404", { status: 404 }, "NotFound", "NotFound"],
    ["408", { status: 408 }, "Transient", "OutcomeUnknown"],
    ["409", { status: 409 }, "Conflicted", "Conflicted"],
    ["410", { status: 410 }, "NotFound", "NotFound"],
    ["412", { status: 412 }, "Conflicted", "Conflicted"],
    ["422", { status: 422 }, "Rejected", "Rejected"],
    ["425", { status: 425 }, "Transient", "Transient"],
    ["429", { status: 429 }, "RateLimited", "RateLimited"],
    ["500", { status: 500 }, "Transient", "OutcomeUnknown"],
    ["503 with Retry-After", { status: 503, headers: { "retry-after": "1" } }, "RateLimited", "OutcomeUnknown"],
    ["200 with HTML", { status: 200, text: html }, "Transient", "OutcomeUnknown"],
    ["200 with truncated JSON", { status: 200, text: `{"data":[{"id":1},` }, "Transient", "OutcomeUnknown"],
    ["a dropped connection", "dropped", "Transient", "OutcomeUnknown"],
    ["no answer at all", "silent", "Transient", "OutcomeUnknown"]
  ]
  for (const [name, answer, onRead, onWrite] of table) {
    it.effect(`${name} means ${onRead ?? "success"} on a read and ${onWrite ?? "success"} on a write`, () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* reasonAfter([answer], read))?._tag ?? null, onRead)
        assert.strictEqual((yield* reasonAfter([answer], write))?._tag ?? null, onWrite)
      })
    )
  }

  it.effect("a search by POST is a read", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* reasonAfter(["dropped"], { ...write, reads: true }))?._tag, "Transient")
    })
  )

  it.effect("the connector's own table comes first, also for a good status", () =>
    Effect.gen(function* () {
      const errors: HttpRemote["errors"] = [
        {
          when: "it says so",
          matches: ({ text }) => text.includes("busy"),
          reason: () => new Conflicted({ detail: "busy" }),
          example: { status: 200, text: `"busy"` }
        }
      ]
      assert.strictEqual((yield* reasonAfter([{ status: 200, text: `"busy"` }], read, { errors }))?._tag, "Conflicted")
    })
  )

  it.effect("an HTML page is quoted by its first 80 characters", () =>
    Effect.gen(function* () {
      const reason = yield* reasonAfter([{ status: 200, text: html + "x".repeat(10_000) }], read)
      assert.include(JSON.stringify(reason), "502 Bad Gateway")
      assert.isBelow(JSON.stringify(reason).length, 250)
    })
  )

  it.effect("no error repeats our secret, even when the provider does", () =>
    Effect.gen(function* () {
      for (const status of [200, 400, 401, 403, 404, 409, 500]) {
        const { outcome } = yield* scripted([{ status, text: `Invalid API Key provided: ${secret}` }])
        const error = JSON.stringify(yield* outcome(read)) + String(yield* outcome(write))
        assert.notInclude(error, secret)
        assert.include(error, "***")
      }
    })
  )
})

describe("HttpLayer sending again", () => {
  it.effect("a read that fails twice is sent a third time, later each time", () =>
    Effect.gen(function* () {
      const { outcome, calls, requests } = yield* scripted([
        { status: 500 },
        "dropped",
        { status: 200, text: `{"ok":true}` }
      ])
      const result = yield* outcome(read)
      assert.deepStrictEqual(result._tag === "Success" && result.success.json, { ok: true })
      assert.strictEqual(yield* calls, 3)
      const [first = 0, second = 0, third = 0] = (yield* Ref.get(requests)).map(({ atMs }) => atMs)
      assert.isAbove(second - first, 0)
      assert.isAbove(third - second, second - first)
    })
  )

  it.effect("a write whose outcome is unknown is not sent again", () =>
    Effect.gen(function* () {
      const { outcome, calls } = yield* scripted(["dropped", { status: 200 }])
      yield* outcome(write)
      assert.strictEqual(yield* calls, 1)
    })
  )

  it.effect("a write that was refused for its rate is", () =>
    Effect.gen(function* () {
      const { outcome, calls } = yield* scripted([{ status: 429 }, { status: 200 }])
      assert.strictEqual((yield* outcome(write))._tag, "Success")
      assert.strictEqual(yield* calls, 2)
    })
  )

  const waits: ReadonlyArray<readonly [string, Record<string, string>, number]> = [
    ["in seconds", { "retry-after": "17" }, 17_000],
    ["as a date", { "retry-after": "Sat, 21 Nov 2026 05:14:20 GMT", date: "Sat, 21 Nov 2026 05:14:00 GMT" }, 20_000]
  ]
  for (const [name, headers, waitMs] of waits) {
    it.effect(`Retry-After ${name} is obeyed, by every call of the connection`, () =>
      Effect.gen(function* () {
        const { http, requests } = yield* scripted([{ status: 429, headers }, { status: 200 }])
        const first = yield* Effect.forkChild(http.send(read))
        yield* TestClock.adjust(1)
        const second = yield* Effect.forkChild(http.send(read))
        yield* TestClock.adjust(60_000)
        yield* Fiber.join(first)
        yield* Fiber.join(second)
        const times = (yield* Ref.get(requests)).map(({ atMs }) => atMs)
        assert.strictEqual(times.length, 3)
        for (const time of times.slice(1)) assert.isAtLeast(time, waitMs)
      })
    )
  }

  it.effect("a pause of hours fails at once instead of being slept", () =>
    Effect.gen(function* () {
      const { http, calls } = yield* scripted([{ status: 429, headers: { "retry-after": "7200" } }])
      const error = yield* Effect.flip(http.send(read))
      assert.deepInclude(error.reason, { _tag: "RateLimited", retryAfterMs: 7_200_000 })
      assert.strictEqual(yield* calls, 1)
    })
  )
})

describe("HttpLayer addresses", () => {
  it.effect("sends the connector's headers and credentials to the provider", () =>
    Effect.gen(function* () {
      const { outcome, requests } = yield* scripted([{ status: 200 }])
      yield* outcome({ ...read, query: { limit: 3, "types[]": ["a", "b"], none: undefined } })
      const [sent] = yield* Ref.get(requests)
      assert.strictEqual(sent?.url, "https://api.acme.test/v1/people?limit=3&types%5B%5D=a&types%5B%5D=b")
      assert.deepInclude({ ...sent?.request.headers }, { authorization: `Bearer ${secret}`, "acme-version": "7" })
      assert.notProperty(sent?.request.headers, "traceparent")
    })
  )

  it.effect("but not to a download host", () =>
    Effect.gen(function* () {
      const { outcome, requests } = yield* scripted([{ status: 200 }])
      yield* outcome({ method: "GET", path: "https://files.acme.test/export.json" })
      const [sent] = yield* Ref.get(requests)
      assert.notProperty(sent?.request.headers, "authorization")
      assert.notProperty(sent?.request.headers, "acme-version")
    })
  )

  const refused = [
    "https://evil.test/",
    "@evil.test/",
    ".evil.test/",
    "http://files.acme.test/unencrypted",
    "https://api.acme.test:8443/",
    "http://169.254.169.254/latest/meta-data"
  ]
  for (const path of refused) {
    it.effect(`refuses ${path} before anything is sent`, () =>
      Effect.gen(function* () {
        const { http, calls } = yield* scripted([{ status: 200 }], { baseUrl: "https://api.acme.test" })
        const error = yield* Effect.flip(http.send({ method: "GET", path }))
        assert.strictEqual(error.reason._tag, "Forbidden")
        assert.strictEqual(yield* calls, 0)
      })
    )
  }

  it.effect("takes plain http for this machine only", () =>
    Effect.gen(function* () {
      assert.isNull(yield* reasonAfter([{ status: 200 }], read, { baseUrl: "http://127.0.0.1:4010" }))
      assert.strictEqual(
        (yield* reasonAfter([{ status: 200 }], read, { baseUrl: "http://api.acme.test" }))?._tag,
        "Forbidden"
      )
    })
  )

  it.effect("follows a redirect within the declared hosts and refuses another", () =>
    Effect.gen(function* () {
      const inside = yield* scripted([
        { status: 302, headers: { location: "https://files.acme.test/x" } },
        { status: 200, text: "1" }
      ])
      assert.strictEqual((yield* inside.outcome(read))._tag, "Success")
      assert.notProperty((yield* Ref.get(inside.requests))[1]?.request.headers, "authorization")
      const outside = yield* scripted([{ status: 302, headers: { location: "https://evil.test/x" } }, { status: 200 }])
      const result = yield* outside.outcome(read)
      assert.strictEqual(result._tag === "Failure" && result.failure.reason._tag, "Forbidden")
      assert.strictEqual(yield* outside.calls, 1)
    })
  )

  it.effect("streams a large answer, and classifies a failure of it", () =>
    Effect.gen(function* () {
      const { http } = yield* scripted([{ status: 200, text: "line 1\nline 2\n" }, { status: 404 }])
      const text = yield* Stream.mkString(Stream.decodeText(http.stream(read)))
      assert.strictEqual(text, "line 1\nline 2\n")
      const error = yield* Effect.flip(Stream.runDrain(http.stream(read)))
      assert.strictEqual(error.reason._tag, "NotFound")
    })
  )
})

describe("a process that may call no more", () => {
  const write: Call = { method: "POST", path: "/people", json: { name: "Ada" } }

  it.effect("sends nothing", () =>
    Effect.gen(function* () {
      const { calls, outcome } = yield* scripted([{ status: 200 }])
      const told = yield* Effect.provideService(outcome(write), MayCall, Effect.succeed(false))
      assert.strictEqual(told._tag === "Failure" && told.failure.reason._tag, "Transient")
      assert.strictEqual(yield* calls, 0)
    })
  )

  it.effect("waits no longer for an answer: what became of a write is not known", () =>
    Effect.gen(function* () {
      const { http } = yield* scripted(["silent"])
      const mayCall = Effect.map(Clock.currentTimeMillis, (nowMs) => nowMs < 8_000)
      const fiber = yield* Effect.forkChild(Effect.result(Effect.provideService(http.send(write), MayCall, mayCall)))
      yield* TestClock.adjust("9 seconds")
      const told = yield* Fiber.join(fiber)
      assert.strictEqual(told._tag === "Failure" && told.failure.reason._tag, "OutcomeUnknown")
    })
  )
})
