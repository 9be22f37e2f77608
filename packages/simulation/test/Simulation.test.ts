/**
 * The simulation within the time that a test run has. `SIMULATION_HISTORIES` is how many seeds are played, `SIMULATION_SECONDS` when the last of them
 * begins at the latest; `npm run simulate` plays as many as one likes.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { availableParallelism } from "node:os"
import * as Campaign from "../src/Campaign.ts"
import { corpus, playedSeeds } from "../src/Corpus.ts"
import type { Answer } from "../src/HistoryMessage.ts"

const histories = Number(process.env["SIMULATION_HISTORIES"] ?? playedSeeds)
const seconds = Number(process.env["SIMULATION_SECONDS"] ?? 45)
const twice = Number(process.env["SIMULATION_TWICE"] ?? 3)

const seedsFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index)

const campaign = (seeds: ReadonlyArray<number>, forSeconds: number, workers = availableParallelism()) =>
  Effect.runPromise(
    Campaign.run({
      seeds,
      workers: Math.min(workers, seeds.length),
      forMs: forSeconds * 1000,
      mistakes: "",
      ask: { withoutOracles: [], shrinkAttempts: 0, hasStory: false },
      onAnswer: () => {}
    })
  )

const told = ({ seed, violations }: Answer): ReadonlyArray<string> =>
  violations.map(({ birth, message, oracle }) => `seed ${seed}: ${oracle}: ${birth ?? ""} ${message}`)

describe("the simulation", () => {
  it("breaks no promise", { timeout: (seconds + 150) * 1000 }, async () => {
    const seeds = [...corpus.map(({ seed }) => seed), ...seedsFrom(1, histories)]
    const { answers } = await campaign(seeds, seconds)
    assert.isAbove(answers.length, 0)
    assert.deepStrictEqual(answers.flatMap(told), [])
  })

  it("plays a seed the same way again, whatever was played before", { timeout: 300_000 }, async () => {
    const seeds = seedsFrom(1, twice)
    const first = await campaign(seeds, 60)
    const again = await campaign(first.answers.map(({ seed }) => seed).toReversed(), 600, 1)
    assert.isAbove(first.answers.length, 1)
    assert.deepStrictEqual(again.answers, first.answers)
    assert.strictEqual(new Set(first.answers.map(({ traceHash }) => traceHash)).size, first.answers.length)
  })
})
