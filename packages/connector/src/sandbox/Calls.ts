/** How often each endpoint was called, also before this process. */
import { Effect } from "effect"
import type { Journal, JournalUnusable } from "./Journal.ts"

export interface Calls {
  /** Counts a call of an endpoint: `GET /v1/customers`. */
  readonly record: (endpoint: string) => Effect.Effect<void, JournalUnusable>
  readonly total: Effect.Effect<number>
  readonly byEndpoint: Effect.Effect<ReadonlyMap<string, number>>
}

export const make = (journal: Journal): Calls => {
  const counts = new Map<string, number>()
  const count = (endpoint: string): void => {
    counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1)
  }
  journal.lines.forEach(count)
  return {
    record: (endpoint) => {
      count(endpoint)
      return journal.append(endpoint)
    },
    total: Effect.sync(() => [...counts.values()].reduce((sum, calls) => sum + calls, 0)),
    byEndpoint: Effect.sync(() => new Map(counts))
  }
}
