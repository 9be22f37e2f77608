/**
 * Which events of a provider's log a walk has told of. A walk looks back by the log's lag, for events that appear late; the others in
 * there it has told of before, and each would be another read of its record.
 */
import { Fingerprint } from "@syncline/core"
import { Schema } from "effect"

/** An entry of a provider's log, which tells of a change. */
export interface Event {
  readonly id: string
  readonly atMs: number
}

/** Short names of events by the second that they happened in, as a position keeps them. */
export const EventsTold = Schema.Record(Schema.String, Schema.Array(Schema.String))
export type EventsTold = typeof EventsTold.Type

export const none: EventsTold = {}

/** More than these are told again: a position is stored with each page. */
const mostKept = 2000

// 36 bits are compared with the events of the same second only.
const nameOf = ({ id }: Event): string => Fingerprint.of(id).slice(0, 6)

const secondOf = (atMs: number): number => Math.floor(atMs / 1000)

/** The items whose event was not told of yet, and all events that are told of with them. An item without an event is always told. */
export const sift = <Item>(
  told: EventsTold,
  items: ReadonlyArray<Item>,
  events: ReadonlyArray<Event | null>
): { readonly items: ReadonlyArray<Item>; readonly told: EventsTold } => {
  const bySecond = new Map(Object.entries(told))
  const fresh = items.filter((_, index) => {
    const event = events[index] ?? null
    if (event === null) return true
    const second = String(secondOf(event.atMs))
    const before = bySecond.get(second) ?? []
    const name = nameOf(event)
    if (before.includes(name)) return false
    bySecond.set(second, [...before, name])
    return true
  })
  return { items: fresh, told: Object.fromEntries(bySecond) }
}

/** Those that a walk from `sinceMs` on may meet, the newest when they are many. */
export const since = (told: EventsTold, sinceMs: number): EventsTold => {
  let kept = 0
  return Object.fromEntries(
    Object.entries(told)
      .toSorted(([one], [other]) => Number(other) - Number(one))
      .filter(([second, names]) => Number(second) >= secondOf(sinceMs) && (kept += names.length) <= mostKept)
  )
}
