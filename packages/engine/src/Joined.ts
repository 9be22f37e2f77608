/** A write that was not made, or not seen to be, and joins what was decided behind it: what is left to be written then. Pure. */
import { Canon, type Fields, Fingerprint, type OutboxEntry, type Side, Tidying } from "@syncline/core"
import type { PairImage, RecordSituation, StoredEntry } from "@syncline/store"
import type { Schema } from "effect"

export interface Unmade {
  readonly side: Side.Side
  readonly entry: StoredEntry
  /** As it was sent. */
  readonly patch: Fields
  /** The record as it was read to know what became of the write; null: it was not. */
  readonly record: Fields | null
  readonly lift: (record: Fields) => Fields
}

export interface Joined {
  /** The record shows all of the write, as it was sent or as its provider may have tidied it. */
  readonly isMade: boolean
  /** Fields that the side has as both together want them. */
  readonly takenBack: ReadonlyArray<string>
  /** The side's image, where the record showed a part of the write; null: as it is. */
  readonly image: PairImage | null
}

export const nothing: Joined = { isMade: false, takenBack: [], image: null }

export const of = ({ entry, lift, patch, record, side }: Unmade, { entries, link }: RecordSituation): Joined => {
  const behind = entries.find((each) => each.side === side && each.id !== entry.id)
  const before = link?.[side] ?? null
  const isUpdate =
    entry.operation === "update" && (behind === undefined ? record !== null : behind.operation === "update")
  if (!isUpdate || before === null) return nothing
  const shown = record === null ? [] : shownOf(before.record, patch, record)
  const there = lift({ ...before.record, ...pick(patch, shown) })
  const isThere = ([name, { value }]: readonly [string, OutboxEntry.Change]) => Canon.isSame(there[name] ?? null, value)
  return {
    isMade: record !== null && Object.entries(entry.changes).every(isThere),
    image: record === null || shown.length === 0 ? null : imageWith(before, pick(record, shown)),
    takenBack: Object.entries({ ...entry.changes, ...behind?.changes }).flatMap((each) =>
      isThere(each) ? each[0] : []
    )
  }
}

/**
 * The fields of a write that the record shows, as they were sent or as the provider may have tidied them: no change that somebody made
 * there, whatever has become of the rest.
 */
const shownOf = (before: Fields, patch: Fields, now: Fields): ReadonlyArray<string> =>
  Object.entries(patch).flatMap(([name, sent]) => {
    const isTidied = mayBe(sent, now[name]) && !mayBe(sent, before[name])
    return Canon.isSame(now[name], sent) || isTidied ? [name] : []
  })

const mayBe = (sent: Schema.Json, now: Schema.Json | undefined): boolean =>
  now !== undefined && Tidying.mayBe(sent, now)

const pick = (fields: Fields, names: ReadonlyArray<string>): Fields =>
  Object.fromEntries(names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])))

const imageWith = (before: PairImage, fields: Fields): PairImage => {
  const record = { ...before.record, ...fields }
  return { ...before, record, fingerprint: Fingerprint.of(record) }
}
