/** After how many histories each mistake is noticed, and by what: one worker per mistake, until a promise breaks. */
import { Effect } from "effect"
import * as Campaign from "./Campaign.ts"
import type { Answer, Ask } from "./HistoryMessage.ts"
import * as SimulationServer from "./SimulationServer.ts"

export interface Caught {
  readonly mistake: string
  /** Histories until the first that broke a promise, that one included; null: none did. */
  readonly after: number | null
  readonly tried: number
  /** Which promises it broke. */
  readonly oracles: ReadonlyArray<string>
  readonly seed: number | null
}

export interface Options {
  readonly mistakes: ReadonlyArray<string>
  readonly first: number
  readonly histories: number
  readonly workers: number
  readonly withoutOracles: ReadonlyArray<string>
  readonly elements: Ask["elements"]
  readonly onCaught: (caught: Caught) => void
}

export const run = (options: Options) =>
  Effect.scoped(
    Effect.gen(function* () {
      const server = yield* SimulationServer.start
      const places = yield* Effect.forEach(
        Array.from({ length: options.workers }, (_, index) => `catching_${index}`),
        server.database
      )
      const left = [...options.mistakes]
      yield* Effect.forEach(
        places,
        (place, core) =>
          Effect.gen(function* () {
            for (let mistake = left.shift(); mistake !== undefined; mistake = left.shift())
              options.onCaught(yield* one(options, { place, core, mistakes: mistake }))
          }),
        { concurrency: "unbounded", discard: true }
      )
    })
  )

const one = Effect.fnUntraced(function* (
  { elements, first, histories, withoutOracles }: Options,
  worker: Campaign.WorkerOptions
) {
  const answers: Array<Answer> = []
  const isCaught = () => answers.some(({ violations }) => violations.length > 0)
  let seed = first
  yield* Campaign.serve(
    worker,
    () =>
      isCaught() || seed >= first + histories
        ? null
        : { seed: seed++, isLong: false, elements, withoutOracles, shrinkAttempts: 0, hasStory: false },
    (answer) => answers.push(answer)
  )
  const last = answers.at(-1)
  const caught: Caught = {
    mistake: worker.mistakes,
    after: isCaught() ? answers.length : null,
    tried: answers.length,
    oracles: [...new Set(last?.violations.map(({ oracle }) => oracle) ?? [])],
    seed: isCaught() ? (last?.seed ?? null) : null
  }
  return caught
})

/** A line of the table in docs/testing.md. */
export const line = ({ after, mistake, oracles, seed, tried }: Caught): string =>
  after === null
    ? `| ${mistake} | not in ${tried} | | |`
    : `| ${mistake} | ${after} | ${seed} | ${oracles.join(", ")} |`
