import { assert, describe, it } from "@effect/vitest"
import { Effect, Ref, Schema } from "effect"
import { ConnectorError, PositionExpired, Transient } from "./ConnectorError.ts"
import type { Complete, Position, Walk } from "./Entity.ts"
import { type Range, ranges, State } from "./Ranges.ts"

interface Item {
  readonly id: string
  readonly created: number
}

const pageSize = 100
const span = { from: 0, to: 1_000_000 }

/** A list as Stripe gives it: newest first, filtered by `created`, `after` an id. Counts calls, and can fail the nth. */
const provider = (created: ReadonlyArray<number>) => {
  const newestFirst = created
    .map((created, index): Item => ({ id: `item_${index}`, created }))
    .sort((a, b) => b.created - a.created || b.id.localeCompare(a.id))
  return Effect.gen(function* () {
    const calls = yield* Ref.make(0)
    const failing = yield* Ref.make<ReadonlyArray<number>>([])
    const page = Effect.fn(function* ({ from, to, after }: Range) {
      const call = yield* Ref.getAndUpdate(calls, (count) => count + 1)
      if ((yield* Ref.get(failing)).includes(call)) {
        return yield* new ConnectorError({ operation: "list", reason: new Transient({ detail: "broken" }) })
      }
      const matching = newestFirst.filter(
        (item) => (from === null || item.created >= from) && (to === null || item.created < to)
      )
      const start = after === null ? 0 : matching.findIndex((item) => item.id === after) + 1
      const items = matching.slice(start, start + pageSize)
      return {
        items,
        oldest: items.at(-1)?.created ?? null,
        next: start + pageSize < matching.length ? (items.at(-1)?.id ?? null) : null
      }
    })
    return { page, calls, failing }
  })
}

const walkOf = (page: Parameters<typeof ranges<Item, never>>[0]["page"], count = 8) =>
  ranges({ span: Effect.succeed(span), count, pageSize, page })

/** Every item, the positions on the way, and how many steps it took. */
const drain = Effect.fn(function* (walk: Walk<Item, Complete, never>, from?: Position) {
  const seen: Array<string> = []
  const positions: Array<Position> = []
  let position = from ?? (yield* walk.start)
  while (true) {
    positions.push(position)
    const page = yield* walk.read(position)
    for (const { id } of page.items) seen.push(id)
    if (page.next._tag === "Complete") return { seen, positions }
    position = page.next.position
  }
})

const spread = (count: number) => Array.from({ length: count }, (_, index) => Math.floor(index * (span.to / count)))
const callsFor = (count: number, ranges: number) => Math.ceil(count / pageSize) + 2 * ranges

describe("Ranges", () => {
  const shapes: Record<string, ReadonlyArray<number>> = {
    "an empty account": [],
    "records spread evenly": spread(5_000),
    "12,000 records of one second": Array.from({ length: 12_000 }, () => 400_000),
    "all records in the last hundredth of the span": spread(5_000).map((time) => 990_000 + Math.floor(time / 100)),
    "records before and after the expected span": [-5_000, -1, ...spread(1_000), 1_000_000, 2_000_000],
    "two dense seconds and a thin rest": [
      ...spread(300),
      ...spread(3_000).map(() => 17),
      ...spread(3_000).map(() => 999_999)
    ]
  }
  for (const [name, created] of Object.entries(shapes)) {
    it.effect(`sees each of ${name} exactly once, within the promised number of calls`, () =>
      Effect.gen(function* () {
        const { page, calls } = yield* provider(created)
        const { seen } = yield* drain(walkOf(page))
        assert.strictEqual(seen.length, created.length)
        assert.strictEqual(new Set(seen).size, created.length)
        assert.isAtMost(yield* Ref.get(calls), callsFor(created.length, 8))
      })
    )
  }

  it.effect("keeps the ranges busy when all data lies in one of them", () =>
    Effect.gen(function* () {
      const created = spread(8_000).map((time) => 990_000 + Math.floor(time / 100))
      const { page } = yield* provider(created)
      const { positions } = yield* drain(walkOf(page))
      // 80 pages one by one; 8 ranges from the first step on would need 10 steps.
      assert.isAtMost(positions.length, 25)
    })
  )

  it.effect("resumes at every position and misses nothing", () =>
    Effect.gen(function* () {
      const created = [...spread(2_000), ...spread(1_500).map(() => 17)]
      const { page } = yield* provider(created)
      const { positions } = yield* drain(walkOf(page))
      for (const [index, position] of positions.entries()) {
        const before = yield* Effect.forEach(positions.slice(0, index), (earlier) => walkOf(page).read(earlier))
        const after = yield* drain(walkOf(page), JSON.parse(JSON.stringify(position)))
        const seen = new Set([...before.flatMap(({ items }) => items.map(({ id }) => id)), ...after.seen])
        assert.strictEqual(seen.size, created.length)
      }
    })
  )

  it.effect("a page that fails costs the other ranges nothing and is asked again", () =>
    Effect.gen(function* () {
      const { page, failing } = yield* provider(spread(5_000))
      const walk = walkOf(page)
      yield* Ref.set(failing, [3])
      const first = yield* walk.read(yield* walk.start)
      assert.strictEqual(first.items.length, 7 * pageSize)
      const { seen } = yield* first.next._tag === "More" ? drain(walk, first.next.position) : Effect.die("ended early")
      assert.strictEqual(seen.length + first.items.length, 5_000)
    })
  )

  it.effect(
    "a page that fails twice in a row fails the step, and the position before it still leads to every record",
    () =>
      Effect.gen(function* () {
        const { page, failing } = yield* provider(spread(5_000))
        const walk = walkOf(page)
        yield* Ref.set(failing, [0, 8])
        const first = yield* walk.read(yield* walk.start)
        const position = first.next._tag === "More" ? first.next.position : yield* Effect.die("ended early")
        const error = yield* Effect.flip(walk.read(position))
        assert.strictEqual(error.reason._tag, "Transient")
        const { seen } = yield* drain(walk, position)
        assert.strictEqual(seen.length + first.items.length, 5_000)
      })
  )

  it.effect("fails when no range can be read", () =>
    Effect.gen(function* () {
      const { page, failing } = yield* provider(spread(5_000))
      const walk = walkOf(page)
      yield* Ref.set(failing, [0, 1, 2, 3, 4, 5, 6, 7])
      const error = yield* Effect.flip(walk.read(yield* walk.start))
      assert.strictEqual(error.reason._tag, "Transient")
    })
  )

  it.effect("goes on from the time when the record it stood at has been deleted", () =>
    Effect.gen(function* () {
      // Several of one time, so that pages end between them.
      const created = spread(500).map((time) => time - (time % 7_000))
      const { page } = yield* provider(created)
      const walk = walkOf(
        (range) =>
          range.after === null
            ? page(range)
            : Effect.fail(
                new ConnectorError({ operation: "list", reason: new PositionExpired({ detail: `no ${range.after}` }) })
              ),
        2
      )
      const { seen } = yield* drain(walk)
      assert.strictEqual(new Set(seen).size, created.length)
    })
  )

  it.effect("a page that leads back to itself is an error, not a loop", () =>
    Effect.gen(function* () {
      const walk = ranges<Item, never>({
        span: Effect.succeed(span),
        count: 1,
        pageSize,
        page: () => Effect.succeed({ items: [], oldest: null, next: "same" })
      })
      const first = yield* walk.read(yield* walk.start)
      const position = first.next._tag === "More" ? first.next.position : yield* Effect.die("ended early")
      const error = yield* Effect.flip(walk.read(position))
      assert.include(JSON.stringify(error.reason), "same")
    })
  )

  it.effect("tells how far it is, and never goes back", () =>
    Effect.gen(function* () {
      const { page } = yield* provider(spread(5_000))
      const walk = walkOf(page)
      const { positions } = yield* drain(walk)
      const progress = positions.map((position) => walk.progress?.(position) ?? -1)
      assert.strictEqual(progress[0], 0)
      assert.deepStrictEqual(
        progress,
        progress.toSorted((one, other) => one - other)
      )
      assert.isAbove(progress.at(-1) ?? 0, 0.8)
    })
  )

  it.effect("never splits more often than it has ranges", () =>
    Effect.gen(function* () {
      const { page } = yield* provider([...spread(20_000).map((time) => Math.floor(time / 50)), 999_999])
      const { positions } = yield* drain(walkOf(page, 4))
      for (const position of positions) {
        const { splits, open } = yield* Schema.decodeUnknownEffect(State)(position)
        assert.isAtMost(splits, 4)
        assert.isAtMost(open.length, 4)
      }
    })
  )
})
