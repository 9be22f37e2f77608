/** HubSpot's limits on its own clock: ten seconds that roll, a day, and searches by themselves. */
import { RateLimit, type Wire } from "@syncline/connector/sandbox"
import type { Limits } from "./Options.ts"
import * as Refusal from "./Refusal.ts"

const dayMs = 86_400_000
const windowMs = 10_000

export interface Gate {
  /** Why a call of now is refused, or null. */
  readonly refuse: (nowMs: number, isSearch: boolean) => Wire.Reply | null
  /** What answers tell of it; those of searches tell nothing. */
  readonly headers: (nowMs: number, isSearch: boolean) => Readonly<Record<string, string>>
}

export const gate = (limits: Limits | null): Gate => {
  if (limits === null) return { refuse: () => null, headers: () => ({}) }
  const searches = RateLimit.bucket(limits.searchesPerSecond)
  let recent: ReadonlyArray<number> = []
  let day = { index: -1, calls: 0 }
  const rolled = (nowMs: number): void => {
    recent = recent.filter((atMs) => atMs > nowMs - windowMs)
    const index = Math.floor(nowMs / dayMs)
    if (day.index !== index) day = { index, calls: 0 }
  }
  return {
    refuse: (nowMs, isSearch) => {
      rolled(nowMs)
      if (day.calls >= limits.perDay) return Refusal.tooMany("DAILY")
      if (recent.length >= limits.per10Seconds) return Refusal.tooMany("TEN_SECONDLY_ROLLING")
      if (isSearch && !searches.take(nowMs)) return Refusal.tooMany("SECONDLY")
      recent = [...recent, nowMs]
      day = { ...day, calls: day.calls + 1 }
      return null
    },
    headers: (nowMs, isSearch) => {
      if (isSearch) return {}
      rolled(nowMs)
      return {
        "X-HubSpot-RateLimit-Max": String(limits.per10Seconds),
        "X-HubSpot-RateLimit-Remaining": String(limits.per10Seconds - recent.length),
        "X-HubSpot-RateLimit-Interval-Milliseconds": String(windowMs),
        "X-HubSpot-RateLimit-Daily": String(limits.perDay),
        "X-HubSpot-RateLimit-Daily-Remaining": String(limits.perDay - day.calls)
      }
    }
  }
}
