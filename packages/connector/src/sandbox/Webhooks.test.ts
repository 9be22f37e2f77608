import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { WebhookRequest } from "../Webhook.ts"
import * as Webhooks from "./Webhooks.ts"

const message = (body: string): Webhooks.Message => ({
  url: "https://hooks.example.org/x",
  body,
  headers: (nowMs, attempt) => ({ "X-Signature": `${body}@${nowMs}#${attempt}` })
})

/** What arrives, and what is answered to it. */
const receiver = (answer: (text: string) => number) => {
  const received: Array<string> = []
  const send = ({ body, headers }: WebhookRequest) =>
    Effect.sync(() => {
      const text = new TextDecoder().decode(body)
      received.push(`${text} ${headers["x-signature"]}`)
      return answer(text)
    })
  return { received, send }
}

describe("a provider's webhooks", () => {
  it.effect("are signed anew and sent again until they are answered 2xx, or given up", () =>
    Effect.gen(function* () {
      const webhooks = yield* Webhooks.make({ retryAfterMs: [1000, 2000] })
      let up = false
      const { received, send } = receiver((text) => (text === "b" && up ? 204 : 500))
      const running = yield* Effect.forkChild(webhooks.run(send))
      yield* webhooks.tell(message("a"))
      yield* webhooks.tell(message("b"))
      yield* TestClock.adjust(0)
      assert.deepStrictEqual(received, ["a a@0#0", "b b@0#0"])
      yield* TestClock.adjust("1 second")
      up = true
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(received.slice(2), ["a a@1000#1", "b b@1000#1", "a a@3000#2", "b b@3000#2"])
      assert.strictEqual(yield* webhooks.abandoned, 1)
      assert.strictEqual(yield* webhooks.waiting, 0)
      yield* Fiber.interrupt(running)
    })
  )

  it.effect("meet trouble on their way, each the next one in line", () =>
    Effect.gen(function* () {
      const webhooks = yield* Webhooks.make({ retryAfterMs: [] })
      const { received, send } = receiver(() => 200)
      yield* webhooks.next(1, { _tag: "Drop" })
      yield* webhooks.next(1, { _tag: "Delay", ms: 500 })
      yield* webhooks.next(1, { _tag: "Duplicate", times: 3 })
      yield* webhooks.next(1, { _tag: "Forge", body: (body) => `${body}!` })
      for (const each of ["lost", "late", "thrice", "real", "plain"]) yield* webhooks.tell(message(each))
      assert.strictEqual(yield* webhooks.deliver(send), 6)
      yield* TestClock.adjust(500)
      yield* webhooks.deliver(send)
      assert.deepStrictEqual(received, [
        "thrice thrice@0#0",
        "thrice thrice@0#0",
        "thrice thrice@0#0",
        "real! real@0#0",
        "real real@0#0",
        "plain plain@0#0",
        "late late@500#0"
      ])
    })
  )

  it.effect("come newest first where that is asked for", () =>
    Effect.gen(function* () {
      const webhooks = yield* Webhooks.make({ retryAfterMs: [], order: "newest first" })
      for (const each of ["1", "2", "3"]) yield* webhooks.tell(message(each))
      const bodies = (yield* webhooks.deliveries).map(({ body }) => new TextDecoder().decode(body))
      assert.deepStrictEqual(bodies, ["3", "2", "1"])
      assert.deepStrictEqual(yield* webhooks.deliveries, [])
    })
  )
})
