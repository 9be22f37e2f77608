/** A write that was not made, or not seen to be, and joins what was decided behind it: what is left to be written then. Pure. */
import { Canon, type Fields, Fingerprint, type Side } from "@syncline/core"
import type { PairImage, RecordSituation, StoredEntry } from "@syncline/store"

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
  /** Fields that the side has as both together want them. */
  readonly takenBack: ReadonlyArray<string>
  /** The side's image, where the record showed a part of the write; null: as it is. */
  readonly image: PairImage | null
}

export const nothing: Joined = { takenBack: [], image: null }

export const of = ({ entry, lift, patch, record, side }: Unmade, { entries, link }: RecordSituation): Joined => {
  const behind = entries.find((each) => each.side === side && each.id !== entry.id)
  const before = link?.[side] ?? null
  if (entry.operation !== "update" || behind?.operation !== "update" || before === null) return nothing
  const image = record === null ? null : shown(before, patch, record)
  const there = lift((image ?? before).record)
  const wanted = Object.entries({ ...entry.changes, ...behind.changes })
  return {
    image,
    takenBack: wanted.flatMap(([name, { value }]) => (Canon.isSame(there[name] ?? null, value) ? [name] : []))
  }
}

/** What the record shows of a write is no change that somebody made there, whatever has become of the rest. */
const shown = (before: PairImage, patch: Fields, now: Fields): PairImage | null => {
  const fields = Object.entries(patch).filter(([name, sent]) => Canon.isSame(now[name], sent))
  if (fields.length === 0) return null
  const record = { ...before.record, ...Object.fromEntries(fields) }
  return { ...before, record, fingerprint: Fingerprint.of(record) }
}
