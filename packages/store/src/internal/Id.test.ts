import { assert, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import * as Id from "./Id.ts"

const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

const made = (draw: number) =>
  Id.make(1_764_000_000_000, 2).pipe(
    Effect.provideService(Random.Random, { nextDoubleUnsafe: () => draw, nextIntUnsafe: () => 0 })
  )

it.effect("ids are UUIDs of version 7, in their order, whatever is drawn", () =>
  Effect.gen(function* () {
    for (const draw of [0, 0.5, 1 - Number.EPSILON / 2]) {
      const ids = yield* made(draw)
      for (const id of ids) assert.match(id, uuid7)
      assert.deepStrictEqual(ids.toSorted(), ids)
    }
  })
)
