/** A person who cancels what is running, now and then. */
import type { Engine } from "@syncline/engine"
import { Effect } from "effect"
import type { Elements } from "./Elements.ts"
import type { Stream } from "./Seed.ts"
import type * as World from "./World.ts"

export interface Options {
  readonly world: World.World
  readonly elements: Elements
  readonly chance: Stream
  /** Has work done by an engine that is there. */
  readonly fork: (work: (engine: Engine["Service"]) => Effect.Effect<void>) => void
  readonly tell: (kind: string, what: string) => void
}

const times = 6
/** Since the beginning: while users are at work. */
const withinMs = 20_000
const limit = 10

export const begin = ({ chance, elements, fork, tell, world }: Options): void => {
  if (!elements.has("cancel")) return
  for (let n = 0; n < times; n += 1)
    world.after(null, chance.below(withinMs), "a person cancels", () => {
      fork((engine) => Effect.ignore(cancelAll(engine, tell)))
    })
}

const cancelAll = Effect.fnUntraced(function* (engine: Engine["Service"], tell: Options["tell"]) {
  for (const { execution, status } of yield* engine.executions({ limit }))
    if (status === "running" && (yield* engine.cancel(execution))) tell("a person cancels", execution)
})
