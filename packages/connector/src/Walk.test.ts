import { RecordId } from "@syncline/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Ref } from "effect"
import { TestClock } from "effect/testing"
import type { ConnectorError } from "./ConnectorError.ts"
import type { Change, Position } from "./Entity.ts"
import * as Verb from "./Verb.ts"
import * as Walk from "./Walk.ts"

const numbers = Array.from({ length: 25 }, (_, index) => index)
const numbered = Walk.pages((after) => {
  const start = after === null ? 0 : Number(after)
  return Effect.succeed({ items: numbers.slice(start, start + 10), next: start + 10 < 25 ? String(start + 10) : null })
})

const drain = Effect.fn(function* (from: Position) {
  const seen: Array<number> = []
  let position = from
  while (true) {
    const page = yield* numbered.read(position)
    seen.push(...page.items)
    if (page.next._tag === "Complete") return seen
    position = page.next.position
  }
})

describe("Walk.pages", () => {
  it.effect("shows every item, and the rest from each position", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* drain(yield* numbered.start), numbers)
      assert.deepStrictEqual(yield* drain("10"), numbers.slice(10))
      assert.deepStrictEqual(yield* drain("20"), numbers.slice(20))
    })
  )

  it.effect("a stored position that is no longer understood is PositionExpired", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(numbered.read({ page: 3 }))
      assert.strictEqual(error.reason._tag, "PositionExpired")
    })
  )

  it.effect("a page that does not advance is an error", () =>
    Effect.gen(function* () {
      const walk = Walk.pages(() => Effect.succeed({ items: [], next: "x" }))
      assert.strictEqual((yield* Effect.flip(walk.read("x"))).reason._tag, "Transient")
    })
  )
})

const lagMs = 300_000
const at = (time: number) => Verb.touched(RecordId.make(`at_${time}`))

/** A feed of one change per second, two to a page, whose windows are written down. */
const feed = Effect.gen(function* () {
  const nowMs = yield* Ref.make(1_000_000)
  const windows = yield* Ref.make<ReadonlyArray<Walk.Window>>([])
  const phase = (window: Walk.Window, after: string | null): Effect.Effect<Walk.Paged<Change<never>>, ConnectorError> =>
    Effect.as(
      Ref.update(windows, (seen) => [...seen, window]),
      {
        items: [at(window.untilMs)],
        next: after === null ? "second" : null
      }
    )
  const walk = Walk.windows({
    nowMs: Ref.get(nowMs),
    lagMs,
    precisionMs: 1000,
    deletes: true,
    keptMs: 1_000_000,
    phases: [phase, phase]
  })
  const step = Effect.fn(function* (position: Position) {
    return (yield* walk.read(position)).next
  })
  return { walk, nowMs, windows, step }
})

describe("Walk.windows", () => {
  it.effect("fixes the bound at the first page, shares it between phases, and looks back from it", () =>
    Effect.gen(function* () {
      const { walk, nowMs, windows } = yield* feed
      let next: { readonly _tag: string; readonly position: Position } = { _tag: "More", position: yield* walk.start }
      yield* Ref.set(nowMs, 1_100_000)
      for (let page = 0; page < 4; page++) {
        assert.strictEqual(next._tag, "More")
        next = (yield* walk.read(next.position)).next
        // The provider's clock moves on while we read; the bound does not.
        yield* Ref.update(nowMs, (now) => now + 50_000)
      }
      assert.strictEqual(next._tag, "CaughtUp")
      const window = { sinceMs: 1_000_000 - lagMs, untilMs: 1_100_000 }
      assert.deepStrictEqual(yield* Ref.get(windows), [window, window, window, window])

      yield* walk.read(next.position)
      assert.deepStrictEqual((yield* Ref.get(windows)).at(-1), { sinceMs: 1_100_000 - lagMs, untilMs: 1_300_000 })
    })
  )

  it.effect("a position older than the provider remembers is PositionExpired", () =>
    Effect.gen(function* () {
      const { walk, nowMs } = yield* feed
      const position = yield* walk.start
      yield* Ref.set(nowMs, 1_000_000 - lagMs + 1_000_000)
      yield* walk.read(position)
      yield* Ref.set(nowMs, 1_000_000 - lagMs + 1_000_001)
      assert.strictEqual((yield* Effect.flip(walk.read(position))).reason._tag, "PositionExpired")
    })
  )

  it.effect("so is one that was paused in the middle of its window for too long", () =>
    Effect.gen(function* () {
      const { walk, step } = yield* feed
      yield* TestClock.setTime(1_000_000)
      const next = yield* step(yield* walk.start)
      yield* TestClock.setTime(1_000_000 - lagMs + 1_000_001)
      assert.strictEqual((yield* Effect.flip(walk.read(next.position))).reason._tag, "PositionExpired")
    })
  )

  it.effect(
    "takes its bound from the first page where the provider dates its answers, without a call for the time",
    () =>
      Effect.gen(function* () {
        const asked = yield* Ref.make(0)
        const bounds = yield* Ref.make<ReadonlyArray<number | null>>([])
        const told = (bound: number | null, next: string | null) =>
          Effect.as(
            Ref.update(bounds, (seen) => [...seen, bound]),
            { items: [], next }
          )
        const answeredAt = yield* Ref.make(1_100_000)
        const walk = Walk.windows<never, never>({
          nowMs: Effect.as(
            Ref.update(asked, (calls) => calls + 1),
            1_000_000
          ),
          lagMs,
          precisionMs: 1000,
          deletes: true,
          keptMs: 1_000_000,
          first: () =>
            Effect.flatMap(Ref.get(answeredAt), (atMs) =>
              Effect.map(told(null, "second"), (page) => ({ ...page, atMs }))
            ),
          phases: [({ untilMs }) => told(untilMs, null), ({ untilMs }) => told(untilMs, null)]
        })
        let next: { readonly _tag: string; readonly position: Position } = { _tag: "More", position: yield* walk.start }
        for (let page = 0; page < 3; page++) next = (yield* walk.read(next.position)).next
        assert.strictEqual(next._tag, "CaughtUp")
        assert.deepStrictEqual(yield* Ref.get(bounds), [null, 1_100_000, 1_100_000])
        assert.strictEqual(yield* Ref.get(asked), 1)
        // Kept from 1,100,000 less the lag on.
        yield* Ref.set(answeredAt, 1_100_000 - lagMs + 1_000_000)
        yield* walk.read(next.position)
        yield* Ref.set(answeredAt, 1_100_000 - lagMs + 1_000_001)
        assert.strictEqual((yield* Effect.flip(walk.read(next.position))).reason._tag, "PositionExpired")
      })
  )

  it.effect("tells of each event of a log once, also of one that appears late, while it looks back", () =>
    Effect.gen(function* () {
      const log = yield* Ref.make<ReadonlyArray<number>>([])
      const nowMs = yield* Ref.make(1_000_000)
      const walk = Walk.windows<never, never>({
        nowMs: Ref.get(nowMs),
        lagMs,
        precisionMs: 1000,
        deletes: true,
        phases: [
          ({ sinceMs, untilMs }, after) =>
            Effect.map(Ref.get(log), (all) => {
              const shown = all.filter((atMs) => atMs >= sinceMs && atMs <= untilMs)
              const some = after === null ? shown.slice(0, 2) : shown.slice(2)
              return {
                items: some.map(at),
                events: some.map((atMs) => ({ id: `event_${atMs}`, atMs })),
                next: after === null ? "second" : null
              }
            })
        ]
      })
      const walked = Effect.fn(function* (from: Position) {
        const first = yield* walk.read(from)
        const second = yield* walk.read(first.next.position)
        return { items: [...first.items, ...second.items], position: second.next.position }
      })

      yield* Ref.set(log, [1_000_100, 1_000_200, 1_050_000])
      yield* Ref.set(nowMs, 1_100_000)
      const first = yield* walked(yield* walk.start)
      assert.deepStrictEqual(first.items, [at(1_000_100), at(1_000_200), at(1_050_000)])

      yield* Ref.set(log, [1_000_100, 1_000_200, 1_000_300, 1_050_000])
      const second = yield* walked(first.position)
      assert.deepStrictEqual(second.items, [at(1_000_300)])
      assert.deepStrictEqual((yield* walked(second.position)).items, [])
    })
  )
})
