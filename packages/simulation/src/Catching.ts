/** After how many histories each mistake is noticed, and by what: one worker per mistake, until a promise breaks. */
import { Effect } from "effect"
import * as Campaign from "./Campaign.ts"
import type { Answer, Ask } from "./HistoryMessage.ts"
import * as Mistakes from "./Mistakes.ts"
import * as SimulationServer from "./SimulationServer.ts"

export interface Caught {
  readonly mistake: string
  /** What each history had besides. */
  readonly elements: Ask["elements"]
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
      const left = [...options.mistakes.entries()]
      yield* Effect.forEach(
        Array.from({ length: options.workers }, (_, core) => core),
        (core) =>
          Effect.gen(function* () {
            for (let next = left.shift(); next !== undefined; next = left.shift()) {
              const [n, mistakes] = next
              // A mistake may be in the tables, which the next one is to find as they should be.
              const place = yield* server.database(`catching_${n}`)
              options.onCaught(yield* one(options, { place, core, mistakes }))
            }
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
  const wanted = [...new Set([...elements, ...Mistakes.elementsFor(worker.mistakes)])]
  let seed = first
  yield* Campaign.serve(
    worker,
    () =>
      isCaught() || seed >= first + histories
        ? null
        : { seed: seed++, isLong: false, elements: wanted, withoutOracles, shrinkAttempts: 0, hasStory: false },
    (answer) => answers.push(answer)
  )
  const last = answers.at(-1)
  const caught: Caught = {
    mistake: worker.mistakes,
    elements: wanted,
    after: isCaught() ? answers.length : null,
    tried: answers.length,
    oracles: [...new Set(last?.violations.map(({ oracle }) => oracle) ?? [])],
    seed: isCaught() ? (last?.seed ?? null) : null
  }
  return caught
})

/** A line of the table in docs/testing.md. */
export const line = ({ after, elements, mistake, oracles, seed, tried }: Caught): string =>
  after === null
    ? `| ${mistake} | ${elements.join(", ")} | not in ${tried} | | |`
    : `| ${mistake} | ${elements.join(", ")} | ${after} | ${seed} | ${oracles.join(", ")} |`
