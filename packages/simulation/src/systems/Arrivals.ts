/** The requests that a system has had, and what whoever asked has heard of its answers: a look that is lost on its way is none. */
import { Schema } from "effect"
import type { Arrival } from "./System.ts"

const readPage = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ items: Schema.Array(Schema.Struct({ id: Schema.String })) }))
)

export class Arrivals {
  readonly all: Array<Arrival> = []

  add(arrival: Omit<Arrival, "shown">): void {
    this.all.push({ ...arrival, shown: new Map() })
  }

  /** The answer came through, like this: cut, or without a record, perhaps. */
  heard(n: number, text: string): void {
    const arrival = this.all[n]
    if (arrival === undefined || arrival.answered.size === 0) return
    const page = readPage(text)
    const ids = new Set(page._tag === "Some" ? page.value.items.map(({ id }) => id) : [])
    this.all[n] = { ...arrival, shown: new Map([...arrival.answered].filter(([id]) => ids.has(id))) }
  }
}
