import { assert, describe, it } from "@effect/vitest"
import { Counters, EntityType, ExecutionId, JobName } from "@syncline/core"
import type { Progress } from "@syncline/engine"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as Display from "./Display.ts"
import * as Output from "./Output.ts"

const stream = (isTTY: boolean) => {
  const written: Array<string> = []
  return { isTTY, columns: 80, write: (text: string) => written.push(text) > 0, written }
}

const seen = (created: number, elapsedMs: number): Progress => ({
  execution: ExecutionId.make("1"),
  job: JobName.make("billing/customer"),
  entity: EntityType.make("customer"),
  stage: "listing",
  counters: Counters.of({ created }),
  apiCalls: created / 100,
  elapsedMs,
  fraction: created / 10_000
})

/** A page every half second, for ten seconds. */
const pages = Effect.fnUntraced(function* (display: Display.Display) {
  for (let page = 1; page <= 20; page++) {
    yield* TestClock.adjust("500 millis")
    yield* display.onProgress(seen(page * 100, page * 500))
  }
})

describe("while a run goes on", () => {
  it.effect("a log gets a line every two seconds and no control sequence", () => {
    const log = stream(false)
    return Effect.gen(function* () {
      yield* pages(yield* Display.make())
      assert.deepStrictEqual(
        log.written.map((line) => line.split(",")[0]),
        ["customer: listing 5 %", "customer: listing 9 %", "customer: listing 13 %", "customer: listing 17 %"]
      )
      assert.notInclude(log.written.join(""), "\u001b")
    }).pipe(Effect.provide(Output.layerOf(false, log, stream(false))))
  })

  it.effect("a terminal gets each bar in the place of the last", () => {
    const terminal = stream(true)
    return Effect.gen(function* () {
      const display = yield* Display.make()
      yield* pages(display)
      const [first, ...rest] = terminal.written
      assert.notInclude(first, "\u001b[1A")
      for (const text of rest) assert.isTrue(text.startsWith("\u001b[1A\r\u001b[J  customer "), text)
      yield* display.clear
      assert.strictEqual(terminal.written.at(-1), "\u001b[1A\r\u001b[J")
    }).pipe(Effect.provide(Output.layerOf(false, terminal, stream(false))))
  })
})

it.effect("with --json standard output holds the result alone", () => {
  const [out, err] = [stream(true), stream(true)]
  return Effect.gen(function* () {
    const output = yield* Output.Output
    yield* output.print(["hello"])
    yield* output.result({ ok: true })
    assert.deepStrictEqual([out.written, err.written], [['{"ok":true}\n'], ["hello\n"]])
  }).pipe(Effect.provide(Output.layerOf(true, out, err)))
})
