/**
 * How much a history holds, and how long it lasts. Most are small: a few records, a few edits, some runs and much that goes wrong, so that
 * there can be thousands. A run takes the same whether it finds nothing or ten edits, so it is runs that a small history has few of.
 * Now and then one is long, for what takes time to come about.
 */
import type { Density } from "./Faults.ts"
import type { Stream } from "./Seed.ts"
import type { Size } from "./Users.ts"

export interface Shape {
  readonly isLong: boolean
  readonly size: Size
  /** Companies are synced too, by a job of their own, and people refer to them. */
  readonly hasCompanies: boolean
  /** How likely two processes run it, and not one. */
  readonly fleet: number
  /** The longest pause between two runs of a process while things go wrong. */
  readonly pauseMs: number
  /** How likely a run of that time is of one job alone, and of one side alone. */
  readonly partial: number
  /** Things go on going wrong after the last user's step, until so many runs have ended, but not for longer than this. */
  readonly restRuns: number
  readonly restMs: number
  /** How long a process that died stays away, at most. */
  readonly restartMs: number
  readonly density: Density
}

/** One in a hundred is long, or each that is wanted so. */
export const draw = (chance: Stream, isLong: boolean): Shape => {
  const kind = chance.split("shape")
  return isLong || kind.chance(0.01) ? long(chance.split("size")) : small(kind)
}

const small = (chance: Stream): Shape => {
  const hasCompanies = chance.chance(0.3)
  const isFleet = chance.chance(0.25)
  return {
    isLong: false,
    size: {
      companies: hasCompanies ? 1 : 0,
      people: 2 + (chance.chance(0.3) ? 1 : 0),
      steps: 3 + chance.below(4),
      fromMs: chance.pick([0, 2000, 5000]),
      forMs: 8000
    },
    hasCompanies,
    fleet: isFleet ? 1 : 0,
    pauseMs: isFleet ? 8000 : 3000,
    partial: 0.4,
    restRuns: 1 + chance.below(2),
    restMs: 60_000,
    restartMs: 2000,
    density: { reads: 1.2, writes: 2, statements: 2, crashes: 1.6 }
  }
}

const long = (chance: Stream): Shape => {
  const size: Size = chance.chance(0.04)
    ? { companies: 3, people: 5, steps: 30, fromMs: 0, forMs: 10 * 60_000 }
    : {
        companies: 1 + chance.below(2),
        people: 2 + chance.below(2),
        steps: 8 + chance.below(14),
        fromMs: chance.pick([0, 12_000, 20_000]),
        forMs: 30_000
      }
  return {
    isLong: true,
    size,
    hasCompanies: true,
    fleet: 0.5,
    pauseMs: Math.max(8000, size.forMs / 5),
    partial: 0,
    restRuns: Infinity,
    restMs: 10_000,
    restartMs: 20_000,
    density: { reads: 1, writes: 1, statements: 1, crashes: 1 }
  }
}
