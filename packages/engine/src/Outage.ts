/** What a run's end means for its connection and for its job: whether they rest, for how long, and whether the run is tried again. */
import { type Execution, type SyncJob } from "@syncline/core"
import type { ConnectionStates } from "@syncline/store"
import type { ExecutionReport, Stop } from "./Report.ts"

/** A connection that answers nothing is asked soon, as most answer again at once, then each time twice as late, up to the longest. */
const probe = {
  backoff: { firstMs: 2_000, longestMs: 120_000 },
  blocked_auth: { firstMs: 60_000, longestMs: 900_000 }
} as const

export type Opening = Parameters<ConnectionStates.ConnectionStates["Service"]["open"]>[2]

/** When a connection is asked again that was asked in vain `probes` times in a row. */
export const probeAfterMs = (state: Opening["state"], probes: number): number =>
  Math.min(probe[state].longestMs, probe[state].firstMs * 2 ** Math.min(probes, 10))

/** Which refusals speak of the whole connection. A 403 is about one entity, and any other about a record. */
const stateOf = (reason: Stop["reason"]): Opening["state"] | null =>
  reason === "Unauthorized" ? "blocked_auth" : reason === "Transient" || reason === "RateLimited" ? "backoff" : null

/** How a connection's breaker opens after a run that it stopped; null: it was not the connection. */
export const openingOf = ({ reason, stop }: Pick<ExecutionReport, "reason" | "stop">): Opening | null => {
  const state = stop === null ? null : stateOf(stop.reason)
  return stop === null || state === null
    ? null
    : { state, reason: reason ?? stop.reason, afterMs: stop.pauseMs ?? probeAfterMs(state, 0) }
}

/** Between an execution that failed and the next start: 10 s, 20 s, 40 s … at most 10 minutes. */
const retryFirstMs = 10_000
const retryLongestMs = 600_000

/** The store was away: no fault of the job's, so it goes on soon, however often that happens. */
const storeFirstMs = 1_000
const storeLongestMs = 60_000

/** Whether it was the store that did not answer, and no connection's call. */
export const isOfStore = ({ failure, stop }: Pick<ExecutionReport, "failure" | "stop">): boolean =>
  stop === null && failure === "transient"

/** How long until a job goes on whose store was away, `retries` times in a row. */
export const storeAfterMs = (retries: number): number => Math.min(storeLongestMs, storeFirstMs * 2 ** retries)

/** How long until a job is started again, or null: not before its schedule says so. `retries`: how often in a row it was. */
export const retryAfterMs = (
  { maxRetries, retryOnFailure }: Pick<SyncJob.SyncJob, "maxRetries" | "retryOnFailure">,
  status: Execution.Status,
  retries: number
): number | null =>
  retryOnFailure && (status === "failed" || status === "timed_out") && retries < maxRetries
    ? Math.min(retryLongestMs, retryFirstMs * 2 ** retries)
    : null
