/**
 * The shortest history that still breaks the same promise: without kinds of faults, without transactions that meet, without steps of
 * users. Streams of chance are split, so what is left stays as it was wherever it can.
 */
import type * as History from "./History.ts"
import type * as Users from "./Users.ts"

export interface Shrunk {
  readonly options: History.Options
  readonly told: History.Told
  /** Histories that were tried. */
  readonly tried: number
}

export interface Limits {
  readonly attempts: number
}

type Play = (options: History.Options) => Promise<History.Told>

export const shrink = async (
  play: Play,
  failing: History.Options,
  told: History.Told,
  limits: Limits
): Promise<Shrunk> => {
  const oracles = new Set(told.violations.map(({ oracle }) => oracle))
  let best: Shrunk = { options: { ...failing, steps: told.steps }, told, tried: 0 }
  let tried = 0
  /** Whether it fails with these options too, which are then the best so far. */
  const attempt = async (change: Partial<History.Options>): Promise<boolean> => {
    if (tried >= limits.attempts) return false
    tried += 1
    const options = { ...best.options, ...change }
    const next = await play(options)
    if (!next.violations.some(({ oracle }) => oracles.has(oracle))) return false
    best = { options, told: next, tried }
    return true
  }

  const without = () => best.options.withoutFaults ?? new Set<string>()
  const struck = () => [...best.told.faults].filter(([, count]) => count > 0).map(([name]) => name)
  if (!(await attempt({ withoutFaults: new Set([...without(), ...struck()]) })))
    for (const name of struck()) await attempt({ withoutFaults: new Set([...without(), name]) })
  await attempt({ isAtomic: true })
  const steps = (): ReadonlyArray<Users.Step> => best.options.steps ?? []
  for (let size = Math.ceil(steps().length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = steps().length - size; at > -size; at -= size) {
      const from = Math.max(0, at)
      await attempt({ steps: [...steps().slice(0, from), ...steps().slice(from + size)] })
    }
  }
  return { ...best, tried }
}
