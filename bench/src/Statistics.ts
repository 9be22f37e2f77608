/** What the figures of several rounds come to. */

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** Null of no value at all. */
export const spread = (values: ReadonlyArray<number>): Spread | null =>
  values.length === 0 ? null : { median: median(values), min: Math.min(...values), max: Math.max(...values) }

export const mean = (values: ReadonlyArray<number>): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** How far apart the slowest and the fastest are, as a part of the fastest. */
export const difference = (values: ReadonlyArray<number>): number =>
  values.length === 0 ? 0 : Math.max(...values) / Math.min(...values) - 1
