/**
 * How much a history holds, and how long it lasts. Most are small: a few records, a few edits, some runs and much that goes wrong, so that
 * there can be thousands. A run takes the same whether it finds nothing or ten edits, so it is runs that a small history has few of.
 * Now and then one is long, for what takes time to come about.
 */
import type { Delays, Density } from "./Faults.ts"
import type { Stream } from "./Seed.ts"
import type { Size } from "./Users.ts"

export interface Shape {
  readonly isLong: boolean
  readonly size: Size
  /** Companies are synced too, by a job of their own, and people refer to them. */
  readonly hasCompanies: boolean
  /** How likely two processes run it, and not one. */
  readonly fleet: number
  /** Since the first run of both sides each process drives one, and runs begin together, so often; null: each when it likes. */
  readonly togetherMs: number | null
  /** The longest pause between two runs of a process while things go wrong. */
  readonly pauseMs: number
  /** How likely a run of that time is of one job alone, and of one side alone. */
  readonly partial: number
  /** Things go on going wrong after the last user's step, until so many runs have ended, but not for longer than this. */
  readonly restRuns: number
  readonly restMs: number
  /** How long a process that died stays away, at most. */
  readonly restartMs: number
  /** Nothing goes wrong before, so that users find what was there at first at both sides. */
  readonly calmMs: number
  readonly density: Density
  readonly delays: Delays
}

/** One in a hundred is long, or each that is wanted so. */
export const draw = (chance: Stream, isLong: boolean): Shape => {
  const kind = chance.split("shape")
  return isLong || kind.chance(0.01) ? long(chance.split("size")) : small(kind)
}

/**
 * The same where workers drive it. Each asks the store many times a second whether there is anything to do: so it is over sooner, and what
 * happens to a statement in so many is rarer. Whoever stands still is more interesting there than who dies.
 */
export const driven = (shape: Shape): Shape => ({
  ...shape,
  fleet: 0.8,
  density: {
    ...shape.density,
    statements: shape.density.statements / 3,
    crashes: shape.density.crashes / 3,
    pauses: 0.5
  },
  restRuns: Math.min(shape.restRuns, 3),
  restMs: Math.min(shape.restMs, 30_000)
})

const small = (chance: Stream): Shape => (chance.chance(0.4) ? split(chance) : plain(chance))

const plain = (chance: Stream): Shape => {
  const hasCompanies = chance.chance(0.3)
  const isFleet = chance.chance(0.2)
  const isCalm = chance.chance(0.5)
  const fromMs = chance.pick(isCalm ? [4000, 6000] : [0, 2000, 5000])
  return {
    isLong: false,
    size: {
      companies: hasCompanies ? 1 : 0,
      people: 2 + (chance.chance(0.3) ? 1 : 0),
      steps: 3 + chance.below(4),
      fromMs,
      forMs: 8000,
      haste: 3000
    },
    hasCompanies,
    fleet: isFleet ? 1 : 0,
    togetherMs: null,
    pauseMs: isFleet ? 6000 : 3000,
    partial: 0.4,
    restRuns: 1 + chance.below(2),
    restMs: 60_000,
    restartMs: 2000,
    calmMs: isCalm ? fromMs : 0,
    density: { reads: 2, writes: 3, statements: 3, crashes: 2.7, pauses: isFleet ? 0.6 : 0.2 },
    delays: { statementMs: 3, writeMs: chance.pick([40, 40, 6000]) }
  }
}

/** Few things go wrong, so that both sides are at work in the same moment: one process at each, a database far away, hasty users. */
const split = (chance: Stream): Shape => {
  const hasCompanies = chance.chance(0.2)
  const fromMs = chance.pick([4000, 6000])
  return {
    isLong: false,
    size: { companies: hasCompanies ? 1 : 0, people: 2, steps: 6 + chance.below(4), fromMs, forMs: 12_000, haste: 300 },
    hasCompanies,
    fleet: 1,
    togetherMs: 4000,
    pauseMs: 1000,
    partial: 0,
    restRuns: 3,
    restMs: 60_000,
    restartMs: 2000,
    calmMs: fromMs,
    density: { reads: 0.5, writes: 1, statements: 1, crashes: 2.3, pauses: 0.6 },
    delays: { statementMs: chance.pick([3, 50]), writeMs: chance.pick([40, 4000]) }
  }
}

const long = (chance: Stream): Shape => {
  const size: Size = chance.chance(0.04)
    ? { companies: 3, people: 5, steps: 30, fromMs: 0, forMs: 10 * 60_000, haste: 3000 }
    : {
        companies: 1 + chance.below(2),
        people: 2 + chance.below(2),
        steps: 8 + chance.below(14),
        fromMs: chance.pick([0, 12_000, 20_000]),
        forMs: 30_000,
        haste: 3000
      }
  return {
    isLong: true,
    size,
    hasCompanies: true,
    fleet: 0.5,
    togetherMs: null,
    pauseMs: Math.max(8000, size.forMs / 5),
    partial: 0,
    restRuns: Infinity,
    restMs: 10_000,
    restartMs: 20_000,
    calmMs: 0,
    density: { reads: 1, writes: 1, statements: 1, crashes: 1, pauses: 0.25 },
    delays: { statementMs: 3, writeMs: 40 }
  }
}
