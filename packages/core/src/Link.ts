/** The pairing of a source's record with the target's record that stands for it. */
import { Schema } from "effect"
import { RecordId, RecordKey } from "./Ids.ts"
import type { Side } from "./Side.ts"

/**
 * `pending`: to be created. `mapped`: both ids are known. `failed`: the create was refused and waits in the retry ledger. `stale`:
 * the counterpart was deleted or changed outside. `in_doubt`: a create was sent and its answer was lost; nothing else is sent for
 * the record until it is known whether it was made.
 */
export const Status = Schema.Literals(["pending", "mapped", "failed", "stale", "in_doubt"])
export type Status = typeof Status.Type

/**
 * From which status a link may go to which.
 *
 * A `failed` link is tried again only through `pending`. `in_doubt` ends where the truth turns out to be: made, not made, or
 * refused. A `stale` link whose counterpart was deleted becomes `mapped` again only by a decision, never by a mere re-reading.
 */
export const moves: Readonly<Record<Status, Readonly<Record<Status, boolean>>>> = {
  pending: { pending: false, mapped: true, failed: true, stale: false, in_doubt: true },
  mapped: { pending: false, mapped: false, failed: false, stale: true, in_doubt: false },
  failed: { pending: true, mapped: false, failed: false, stale: false, in_doubt: false },
  stale: { pending: false, mapped: true, failed: false, stale: false, in_doubt: false },
  in_doubt: { pending: true, mapped: true, failed: true, stale: false, in_doubt: false }
}

export const mayMove = (before: Status, after: Status): boolean => moves[before][after]

const bornAtSource = "~s"
const bornAtTarget = "~t"
const formerId = "~f"

/** The key of a record that was first seen at `side`: the source's id itself; the target's, marked. */
export const keyOf = (side: Side, id: RecordId): RecordKey => {
  if (side === "target") return RecordKey.make(bornAtTarget + id)
  return RecordKey.make(id.startsWith("~") ? bornAtSource + id : id)
}

/** The key under which it is remembered that an id is gone which its record has no more, since it was made again under another. */
export const formerKeyOf = (side: Side, id: RecordId): RecordKey => RecordKey.make(formerId + keyOf(side, id))

/** Where a record was first seen, and its id there. */
export const parseKey = (text: RecordKey): { readonly side: Side; readonly id: RecordId } => {
  const key = text.startsWith(formerId) ? text.slice(formerId.length) : text
  if (key.startsWith(bornAtTarget)) return { side: "target", id: RecordId.make(key.slice(bornAtTarget.length)) }
  return { side: "source", id: RecordId.make(key.startsWith(bornAtSource) ? key.slice(bornAtSource.length) : key) }
}
