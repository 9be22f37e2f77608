/**
 * The simulation within the time that a test run has. `SIMULATION_HISTORIES` is how many seeds are played, `SIMULATION_SECONDS` when the last of them
 * begins at the latest; `npm run simulate` plays as many as one likes.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { availableParallelism } from "node:os"
import * as Campaign from "../src/Campaign.ts"
import { corpus, playedSeeds } from "../src/Corpus.ts"
import type { Answer, Ask } from "../src/HistoryMessage.ts"

const histories = Number(process.env["SIMULATION_HISTORIES"] ?? playedSeeds)
const seconds = Number(process.env["SIMULATION_SECONDS"] ?? 85)
const twice = Number(process.env["SIMULATION_TWICE"] ?? 3)

const ask = (seed: number, isLong = false, elements: Ask["elements"] = []): Ask => ({
  seed,
  isLong,
  elements,
  withoutOracles: [],
  shrinkAttempts: 0,
  hasStory: false
})
const asksFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => ask(first + index))

const campaign = (asks: ReadonlyArray<Ask>, forSeconds: number, workers = availableParallelism()) =>
  Effect.runPromise(
    Campaign.run({
      asks,
      workers: Math.min(workers, asks.length),
      forMs: forSeconds * 1000,
      mistakes: "",
      onAnswer: () => {}
    })
  )

const told = ({ seed, violations }: Answer): ReadonlyArray<string> =>
  violations.map(({ birth, message, oracle }) => `seed ${seed}: ${oracle}: ${birth ?? ""} ${message}`)

describe("the simulation", () => {
  it("breaks no promise", { timeout: (seconds + 150) * 1000 }, async () => {
    const asks = [...corpus.map(({ elements, isLong, seed }) => ask(seed, isLong, elements)), ...asksFrom(1, histories)]
    const { answers } = await campaign(asks, seconds)
    assert.isAbove(answers.length, 0)
    assert.deepStrictEqual(answers.flatMap(told), [])
  })

  it("plays a seed the same way again, whatever was played before", { timeout: 300_000 }, async () => {
    const asks = asksFrom(1, twice)
    const first = await campaign(asks, 60)
    const again = await campaign(first.answers.map(({ seed }) => ask(seed)).toReversed(), 600, 1)
    assert.isAbove(first.answers.length, 1)
    assert.deepStrictEqual(again.answers, first.answers)
    assert.strictEqual(new Set(first.answers.map(({ traceHash }) => traceHash)).size, first.answers.length)
  })
})
