/** What each process does next, and after which pause. */
import { Side } from "@syncline/core"
import type { Next } from "./Dispatch.ts"
import type { Elements } from "./Elements.ts"
import type { Stream } from "./Seed.ts"
import type { Shape } from "./Shape.ts"

export interface Options {
  readonly shape: Shape
  readonly elements: Elements
  readonly isHealed: () => boolean
  /** Webhooks have told of what nobody has read yet. */
  readonly hasClaims: () => boolean
  /** How long until a run can see all that has happened. */
  readonly dueMs: () => number
  /** Since the beginning of the history. */
  readonly nowMs: () => number
  /** Whether a run has ended well. */
  readonly hasRun: () => boolean
  /** Whether a process stands still, or is not there. */
  readonly isAway: (process: string) => boolean
}

export interface Pace {
  readonly next: (process: string, chance: Stream) => Next
  /** `isRefused`: another is at work. */
  readonly pauseMs: (process: string, chance: Stream, isRefused: boolean) => number
  /** Whether what the process lists is compared with what is known. */
  readonly isComparing: (process: string) => boolean
}

const integration = "people"
const names = ["north", "south"]
const jobs = ["company", "contact"]

export const make = (options: Options): Pace => {
  const { dueMs, elements, hasClaims, isHealed, shape } = options
  const isTogether = () => !isHealed() && options.hasRun() && shape.togetherMs !== null
  /** Whoever is alone takes over what the other did. */
  const isAlone = (process: string) => names.every((name) => name === process || options.isAway(name))
  const comparing = new Set<string>()
  /** In the end by turns. */
  const isNextCompared = (process: string, chance: Stream): boolean =>
    elements.has("reconciliation") && (isHealed() ? !comparing.has(process) : chance.chance(0.4))
  return {
    isComparing: (process) => comparing.has(process),
    next: (process, chance) => {
      if (hasClaims() && chance.chance(0.7)) return { name: integration, verb: "ingest" }
      if (isNextCompared(process, chance)) {
        comparing.add(process)
        return { name: integration, verb: "reconcile" }
      }
      comparing.delete(process)
      if (isTogether() && !isAlone(process))
        return { verb: "run", name: integration, sides: [process === "north" ? "source" : "target"] }
      const isPartial = () => !isHealed() && shape.partial > 0 && chance.chance(shape.partial)
      return {
        verb: "run",
        name: isPartial() && shape.hasCompanies ? chance.pick(jobs) : integration,
        ...(isPartial() && { sides: [chance.pick(Side.Side.literals)] })
      }
    },
    /** After the faults one of them runs, when there is something to see, and the other comes by. */
    pauseMs: (process, chance, isRefused) => {
      if (isRefused && !isTogether()) return 2000 + chance.below(3000)
      if (hasClaims()) return 1 + chance.below(2000)
      if (isTogether() && shape.togetherMs !== null)
        return shape.togetherMs - (options.nowMs() % shape.togetherMs) + chance.below(50)
      if (!isHealed()) return 1 + chance.below(shape.pauseMs)
      return process === "north" || options.isAway("north")
        ? 1 + dueMs() + chance.below(2000)
        : 60_000 + chance.below(60_000)
    }
  }
}
