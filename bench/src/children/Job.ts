/** What a baseline is asked to do, and how it answers. */
import type { Listing } from "../Listing.ts"

export interface Job {
  readonly listing: Listing
  readonly databaseUrl: string
}

/** The job that the process was started for: its first argument. */
export const given = (): Job => JSON.parse(process.argv[2] ?? "null")

/** Does the job and prints how many records it says it wrote, and how long it took from the first call to the last commit. */
export const timed = async (work: () => Promise<number>): Promise<void> => {
  const startedMs = performance.now()
  const n = await work()
  process.stdout.write(`${JSON.stringify({ n, seconds: (performance.now() - startedMs) / 1000 })}\n`)
}
