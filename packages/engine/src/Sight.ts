/** What a reading at one side of a pair showed, record by record. */
import type { Seen } from "@syncline/connector"
import type { Fields, RecordId } from "@syncline/core"
import { idOf, type Side } from "./Pair.ts"

/** One record as a reading showed it. One that lives on under another id is gone under this one. */
export type Sight = Exclude<Seen<Fields>, { readonly _tag: "Merged" }>

/** What a reading showed, and up to which moment it surely shows everything (`Image.observedAtMs`). */
export interface Sighting {
  readonly seen: ReadonlyArray<Sight>
  readonly observedAtMs: number
}

/** A reading that showed nothing. */
export const nothing: Sighting = { seen: [], observedAtMs: 0 }

/** The records of which a sighting tells, by id. Of a record seen twice the later sight counts. */
export const byId = (side: Side, { seen }: Sighting): ReadonlyMap<RecordId, Sight> => {
  const sights = new Map<RecordId, Sight>()
  for (const each of seen) {
    const id = each._tag === "Present" ? idOf(side, each.record) : each.id
    if (id !== null) sights.set(id, each)
  }
  return sights
}
