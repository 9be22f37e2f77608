import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import * as Histories from "./Histories.ts"

// A long campaign is `HistoriesCampaign.ts`, which takes seeds and sizes; a seed that fails there fails here too.
const seeds = [1, 4]

describe("random two-sided histories", () => {
  it.live.each(seeds)("of seed %i end the same at both sides, quiet, and with no edit lost", (seed) =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(() => storeDatabase())
      const { violations } = yield* Histories.play(url, seed, 40)
      assert.deepStrictEqual(violations, [], violations.join("\n"))
    })
  )
})
