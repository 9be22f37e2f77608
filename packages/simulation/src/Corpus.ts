/** Seeds that once found a mistake in the engine, or in the simulation itself. They are played again in every test run. */
export interface Found {
  readonly seed: number
  /** The first commit that plays it without a broken promise. */
  readonly since: string
  readonly what: string
}

export const corpus: ReadonlyArray<Found> = []

/** So many seeds, from 1 on, were played without a broken promise, and are played in every test run. */
export const playedSeeds = 12
