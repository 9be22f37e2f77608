/** What happens between a look and the arrival of a write, where a provider takes every write. */
import { valueOf } from "./Meaning.ts"
import type { View } from "./Oracle.ts"
import type { Write } from "./Past.ts"

/** How long after it read a record the engine may still write it: an answer's patience, and a process that stood still. */
const patienceMs = 300_000

/**
 * A value that nobody could have saved: written between the engine's last look and its write's arrival, at a provider that takes writes
 * without asking what they believe. The engine must have looked before it sent, and lately.
 */
export const wasRaced = ({ systems }: View, { being, id, atMs, meaning, side, value }: Write): boolean => {
  const { arrivals, events, quirks } = systems[side]
  if (quirks.checksVersion && quirks.tellsVersion) return false
  const has = (fields: Parameters<typeof valueOf>[3] | null) =>
    fields !== null && valueOf(systems[side], being, meaning, fields) === value
  return events.some((event) => {
    if (event.by._tag !== "Api" || event.id !== id || event.atMs < atMs || !has(event.before) || has(event.after))
      return false
    const sentAtMs = arrivals[event.by.arrival]?.sentAtMs ?? event.atMs
    const looks = arrivals.filter((arrival) => arrival.atMs <= sentAtMs && arrival.shown.has(id))
    const last = looks.at(-1)
    const isLate = last !== undefined && event.atMs - last.atMs <= patienceMs
    return isLate && !looks.some((look) => look.atMs > atMs && has(look.shown.get(id) ?? null))
  })
}
