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

/** Short names of events by the second that they happened in, one after the other, as a position keeps them. */
export const EventsTold = Schema.Record(Schema.String, Schema.String)
export type EventsTold = typeof EventsTold.Type

export const none: EventsTold = {}

/**
 * More than these are told again: a position is stored with each page. At five minutes of looking back they are 60 events a second, some
 * 160 kB; what is told again costs a call for each.
 */
const mostKept = 20_000

/** 48 bits, and compared with the events of the same second only: of 60 a second two are taken for one every few thousand years. */
const nameLength = 8

const nameOf = ({ id }: Event): string => Fingerprint.of(id).slice(0, nameLength)

const namesIn = (names: string): ReadonlyArray<string> =>
  Array.from({ length: names.length / nameLength }, (_, index) =>
    names.slice(index * nameLength, (index + 1) * nameLength)
  )

const secondOf = (atMs: number): number => Math.floor(atMs / 1000)

/** The items whose event was not told of yet, and all events that are told of with them. An item without an event is always told. */
export const sift = <Item>(
  told: EventsTold,
  items: ReadonlyArray<Item>,
  events: ReadonlyArray<Event | null>
): { readonly items: ReadonlyArray<Item>; readonly told: EventsTold } => {
  const bySecond = new Map<string, Set<string>>()
  const namesOf = (second: string) => {
    const names = bySecond.get(second) ?? new Set(namesIn(told[second] ?? ""))
    bySecond.set(second, names)
    return names
  }
  const fresh = items.filter((_, index) => {
    const event = events[index] ?? null
    if (event === null) return true
    const names = namesOf(String(secondOf(event.atMs)))
    const before = names.size
    return names.add(nameOf(event)).size > before
  })
  const seen = [...bySecond].map(([second, names]) => [second, [...names].join("")] as const)
  return { items: fresh, told: { ...told, ...Object.fromEntries(seen) } }
}

/** Those that a walk from `sinceMs` on may meet, the newest when they are many. */
export const since = (told: EventsTold, sinceMs: number): EventsTold => {
  let kept = 0
  return Object.fromEntries(
    Object.entries(told)
      .toSorted(([one], [other]) => Number(other) - Number(one))
      .filter(
        ([second, names]) => Number(second) >= secondOf(sinceMs) && (kept += names.length / nameLength) <= mostKept
      )
  )
}
