/** The person who decides what the engine leaves to one: conflicts, and writes that were given up. */
import type { Planner } from "@syncline/core"
import type { Engine } from "@syncline/engine"
import { Effect } from "effect"
import type { Stream } from "./Seed.ts"

const limit = 100

/** Answers open conflicts, each with probability `share`. What has moved since it was looked at is left for another time. */
export const resolve = Effect.fn("Decider.resolve")(function* (
  engine: Engine["Service"],
  share: number,
  chance: Stream
) {
  const open = yield* engine.conflicts.list({ limit })
  let answered = 0
  for (const { id } of open.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
    if (!chance.chance(share)) continue
    const { contested, version } = yield* engine.conflicts.get(id)
    const choices: Record<string, Planner.Choice> = {}
    for (const { field } of contested) choices[field] = chance.pick(["source", "target"] as const)
    const isDone = yield* engine.conflicts.resolve(id, { version, choices, by: "decider" }).pipe(
      Effect.as(true),
      Effect.catchTag("Moved", () => Effect.succeed(false))
    )
    if (isDone) answered += 1
  }
  return answered
})

/** Lets every dead letter be tried again, since what stood in its way is over. Answers how many. */
export const retry = Effect.fn("Decider.retry")(function* (engine: Engine["Service"]) {
  const dead = yield* engine.deadLetters.list({ limit })
  for (const { id } of dead) yield* Effect.catchTag(engine.deadLetters.retry(id), "NotFound", () => Effect.void)
  return dead.length
})
