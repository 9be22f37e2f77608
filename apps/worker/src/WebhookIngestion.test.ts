import { request } from "node:http"
import { connect } from "node:net"
import { gzipSync } from "node:zlib"
import type { WebhookRequest } from "@syncline/connector"
import type { Answer } from "@syncline/engine"
import { assert, describe, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import * as HttpServer from "./HttpServer.ts"
import * as WebhookIngestion from "./WebhookIngestion.ts"

const answer = (status: number): Answer => ({ status, headers: {}, body: "", woken: [] })

/** A server on a free port, and what came through to whoever receives. */
const listening = Effect.gen(function* () {
  const seen: Array<{ readonly path: string; readonly request: WebhookRequest }> = []
  const receive: WebhookIngestion.Receive = (path, request) =>
    Effect.sync(() => {
      seen.push({ path, request })
      return answer(path === "known" ? 200 : 404)
    })
  const { url } = yield* HttpServer.serve({ host: "127.0.0.1", port: 0 }, [
    WebhookIngestion.route(receive, "https://sync.example.com/")
  ])
  const port = Number(new URL(url).port)
  const post = (path: string, body: Uint8Array | string, headers: Record<string, string | number> = {}) =>
    Effect.callback<{ readonly status: number; readonly text: string }>((resume) => {
      const sent = request({ port, host: "127.0.0.1", path, method: "POST", headers }, (reply) => {
        let text = ""
        reply.on("data", (chunk: Buffer) => (text += chunk.toString()))
        reply.on("end", () => resume(Effect.succeed({ status: reply.statusCode ?? 0, text })))
      })
      sent.on("error", () => resume(Effect.succeed({ status: 0, text: "cut" })))
      sent.end(body)
    })
  return { port, post, seen }
})

class World extends Context.Service<World, Effect.Success<typeof listening>>()("test/World") {}

layer(Layer.effect(World, listening))("webhooks over HTTP", (it) => {
  describe("a body", () => {
    it.effect("comes through as the bytes that were sent, with the address as the provider called it", () =>
      Effect.gen(function* () {
        const { post, seen } = yield* World
        const body = Uint8Array.from({ length: 256 }, (_, byte) => byte)
        assert.strictEqual((yield* post("/webhooks/known?a=%2F1", body, { "x-sign": "1" })).status, 200)
        const last = seen.at(-1)
        assert.deepStrictEqual([...(last?.request.body ?? [])], [...body])
        assert.strictEqual(last?.path, "known")
        assert.strictEqual(last?.request.url, "https://sync.example.com/webhooks/known?a=%2F1")
        assert.strictEqual(last?.request.headers["x-sign"], "1")
        assert.strictEqual(
          (yield* post("/webhooks/known", gzipSync("packed"), { "content-encoding": "gzip" })).status,
          200
        )
        assert.strictEqual(new TextDecoder().decode(seen.at(-1)?.request.body), "packed")
      })
    )

    it.effect("too large, said or unsaid, packed too tightly or in a way nobody knows, is not taken", () =>
      Effect.gen(function* () {
        const { post, seen } = yield* World
        const before = seen.length
        const large = "x".repeat(WebhookIngestion.mostBytes + 1)
        const bomb = gzipSync("0".repeat(WebhookIngestion.mostBytes))
        const packed = { "content-encoding": "gzip" }
        assert.oneOf((yield* post("/webhooks/known", large)).status, [413, 0])
        assert.oneOf((yield* post("/webhooks/known", large, { "transfer-encoding": "chunked" })).status, [413, 0])
        assert.strictEqual((yield* post("/webhooks/known", bomb, packed)).status, 413)
        assert.strictEqual((yield* post("/webhooks/known", "no gzip", packed)).status, 400)
        assert.strictEqual((yield* post("/webhooks/known", "x", { "content-encoding": "br" })).status, 415)
        assert.strictEqual(seen.length, before)
        const most = "x".repeat(WebhookIngestion.mostBytes)
        assert.strictEqual((yield* post("/webhooks/known", most)).status, 200)
      })
    )

    it.effect("that ends half-way harms nobody", () =>
      Effect.gen(function* () {
        const { port, post } = yield* World
        yield* Effect.callback<void>((resume) => {
          const socket = connect(port, "127.0.0.1", () => {
            socket.write("POST /webhooks/known HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
            socket.end(() => socket.destroy())
          })
          socket.on("close", () => resume(Effect.void))
        })
        assert.strictEqual((yield* post("/webhooks/known", "whole")).status, 200)
      })
    )
  })

  it.effect("an unknown path is answered as any other address where nothing is", () =>
    Effect.gen(function* () {
      const { post } = yield* World
      const unknown = yield* post("/webhooks/unknown", "{}")
      assert.strictEqual(unknown.status, 404)
      assert.deepStrictEqual(yield* post("/elsewhere", "{}"), unknown)
    })
  )
})
