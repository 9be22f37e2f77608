/** Rounds of runs in an order that shares out what the machine does meanwhile, and the ratios of each round. */
import { type Arena, type Contender, perform, type Run } from "./Contender.ts"
import { difference, mean, type Spread, spread } from "./Statistics.ts"

export interface Round {
  readonly runs: ReadonlyArray<Run>
  /** The two floors differ by so much, as a part of the faster. */
  readonly noise: number
}

/** A round is not believed when its floors differ by more. */
export const mostNoise = 0.25

/** There and back again, the slow ones once in the middle; a rescan needs the database that `syncline` has just filled. */
const order: ReadonlyArray<Contender> = [
  "floor",
  "syncline",
  "rescan",
  "elsewhere",
  "farFloor",
  "farSyncline",
  "stripeSync",
  "perRow",
  "farSyncline",
  "farFloor",
  "elsewhere",
  "syncline",
  "floor"
]

export const round = async (
  arena: Arena,
  only: ReadonlyArray<Contender>,
  onRun: (run: Run) => void
): Promise<Round> => {
  const runs: Array<Run> = []
  for (const contender of order.filter((name) => only.includes(name))) {
    const run = await perform(contender, arena)
    onRun(run)
    runs.push(run)
  }
  return { runs, noise: difference(secondsOf({ runs }, "floor")) }
}

const secondsOf = ({ runs }: Pick<Round, "runs">, contender: Contender): ReadonlyArray<number> =>
  runs.filter((run) => run.contender === contender).map(({ seconds }) => seconds)

/** How many times as fast one was as the other, round by round. Null where one of them did not run. */
export const ratio = (rounds: ReadonlyArray<Round>, contender: Contender, baseline: Contender): Spread | null =>
  spread(
    rounds.flatMap((each) => {
      const [mine, theirs] = [secondsOf(each, contender), secondsOf(each, baseline)]
      return mine.length === 0 || theirs.length === 0 ? [] : [mean(theirs) / mean(mine)]
    })
  )

/** A figure of every run of a contender. */
export const figures = (
  rounds: ReadonlyArray<Round>,
  contender: Contender,
  figure: (run: Run) => number
): Spread | null => spread(rounds.flatMap(({ runs }) => runs.filter((run) => run.contender === contender).map(figure)))
