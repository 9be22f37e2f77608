/** After the faults: all must become quiet, and again after each time that a person has answered what the engine asks. */
import { Effect } from "effect"
import * as Decider from "./Decider.ts"
import type { Processes } from "./Processes.ts"
import type { Quiet } from "./Quiet.ts"
import type { Stream } from "./Seed.ts"
import type { World } from "./World.ts"

export interface Options {
  readonly world: World
  readonly quiet: Quiet
  readonly processes: Processes
  /** Answers conflicts. */
  readonly decide: Stream
  /** All is quiet by then. */
  readonly patienceMs: number
  readonly complain: (oracle: string, message: string) => void
}

const maxRounds = 6

export const untilAnswered = async (options: Options): Promise<void> => {
  const { complain, decide, patienceMs, processes, quiet, world } = options
  for (let round = 0; round < maxRounds; round += 1) {
    const ending = await world.run(quiet.isReached, world.nowMs() + patienceMs)
    if (ending !== "Done")
      return complain(`I-13 convergence`, `not quiet ${patienceMs / 60_000} minutes after (${ending}): ${quiet.why()}`)
    let answered: number | null = null
    processes.fork((engine) =>
      Effect.gen(function* () {
        const retried = yield* Decider.retry(engine)
        answered = retried + (yield* Decider.resolve(engine, 1, decide))
      }).pipe(Effect.catch(() => Effect.sync(() => void (answered = 1))))
    )
    await world.run(() => answered !== null, world.nowMs() + patienceMs)
    if (answered === 0) return
    quiet.begin()
  }
}
