/** A worker of a campaign: plays the histories that it is asked for, one after another, on a database of its own. */
import { Effect, Schema } from "effect"
import type { Place } from "./BackendPool.ts"
import * as Core from "./Core.ts"
import * as History from "./History.ts"
import { type Answer, Ask } from "./HistoryMessage.ts"
import * as Shrink from "./Shrink.ts"
import * as Stage from "./Stage.ts"
import * as Story from "./Story.ts"

/** Plays what is asked, here. */
export const perform = async (stage: Stage.Stage, ask: Ask): Promise<Answer> => {
  const { elements, isLong, seed } = ask
  const options: History.Options = { seed, isLong, elements, withoutOracles: new Set(ask.withoutOracles) }
  const told = await History.play(stage, options)
  const hasFailed = told.violations.length > 0
  const shrunk =
    hasFailed && ask.shrinkAttempts > 0
      ? await Shrink.shrink((each) => History.play(stage, each), options, told, { attempts: ask.shrinkAttempts })
      : null
  return {
    seed: ask.seed,
    isLong: ask.isLong,
    traceHash: told.traceHash,
    violations: told.violations.map(({ birth, message, oracle }) => ({ oracle, birth, message })),
    faults: Object.fromEntries(told.faults),
    crashes: told.crashes,
    turns: told.counts.turns,
    lockWaits: told.counts.lockWaits,
    deadlocks: told.counts.deadlocks,
    story: ask.hasStory || shrunk !== null ? tale(shrunk?.told ?? told, shrunk) : null
  }
}

const tale = (told: History.Told, shrunk: Shrink.Shrunk | null): string => {
  const { isAtomic = false, steps = [], withoutFaults = new Set<string>() } = shrunk?.options ?? {}
  const less =
    shrunk === null
      ? []
      : [
          `The shortest of ${shrunk.tried} histories that were tried: ${steps.length} steps of users${
            isAtomic ? ", transactions that do not meet" : ""
          }${withoutFaults.size === 0 ? "" : `, without ${[...withoutFaults].join(", ")}`}.`,
          ""
        ]
  return [...less, Story.tell(told.tale)].join("\n")
}

/** Serves a campaign until it lets go. */
export const serve = (place: Place, core: number): void => {
  Core.keep(process.pid, core)
  const serving = Effect.scoped(
    Effect.gen(function* () {
      const stage = yield* Stage.open(place, core)
      const asked = (message: unknown) => {
        perform(stage, Schema.decodeUnknownSync(Ask)(message)).then(
          (answer) => process.send?.(answer),
          (cause: unknown) => {
            // What a history cannot be played for is a mistake of the simulation, not of the engine.
            process.stderr.write(`${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`)
            process.exit(2)
          }
        )
      }
      process.on("message", asked)
      process.send?.({ isReady: true })
      yield* Effect.callback<void>((resume) => {
        process.on("disconnect", () => resume(Effect.void))
      })
    })
  )
  Effect.runPromise(serving).then(
    () => process.exit(0),
    () => process.exit(2)
  )
}
