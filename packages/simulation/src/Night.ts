/** Workers compare ids each night. A history is over before it is night once, so here it falls every few seconds, where ids are compared at all. */
import type { Elements } from "./Elements.ts"
import type { Stream } from "./Seed.ts"
import type { World } from "./World.ts"

export interface Options {
  readonly world: World
  readonly elements: Elements
  readonly chance: Stream
  /** Has all jobs compared, through a worker that is there. */
  readonly fall: () => void
}

const soonestMs = 5_000
const withinMs = 10_000

export const begin = ({ chance, elements, fall, world }: Options): void => {
  if (!elements.has("worker") || !elements.has("reconciliation")) return
  const next = () =>
    void world.after(null, soonestMs + chance.below(withinMs), "night falls", () => {
      fall()
      next()
    })
  next()
}
