import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import * as SideBySide from "./SideBySide.ts"

// A long campaign is `SideBySideCampaign.ts`; a seed that fails there is tried here.
const seeds = [1, 2, 3, 4]

describe("two processes, one a side, that are let go at the same instant", () => {
  it.live(
    "swap no values, lose no edit, and are quiet after that",
    () =>
      Effect.gen(function* () {
        const url = yield* Effect.promise(() => freshDatabase())
        const world = yield* SideBySide.open(url, "source_wins", seeds)
        for (const seed of seeds) assert.deepStrictEqual(yield* SideBySide.play(world, seed), [])
        yield* world.drive({ source: 0, target: 0 })
        const before = yield* SideBySide.writes(world)
        yield* world.drive({ source: 0, target: 0 })
        assert.strictEqual(yield* SideBySide.writes(world), before)
      }).pipe(Effect.scoped),
    120_000
  )
})
