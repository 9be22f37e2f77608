/** What a one-way mirror does about one record: pure, and total over everything that can be known of it. */
import type { Fingerprint } from "./Fingerprint.ts"
import type { RecordId } from "./Ids.ts"

/** The link as it was read; the store may know more of it. */
export interface KnownLink {
  /** Null until the target has answered a create. */
  readonly targetId: RecordId | null
  readonly isDeleted: boolean
  /** Null where the record was linked without having been compared. */
  readonly sourceFingerprint: Fingerprint | null
  readonly observedAtMs: number
}

export interface Situation {
  /** What the source's record is now; null: it is gone. */
  readonly fingerprint: Fingerprint | null
  /** Null: the record was never met. */
  readonly link: KnownLink | null
  /** `Image.observedAtMs` of the reading that saw it. */
  readonly observedAtMs: number
}

/**
 * `unchanged`: the target has it so already. `stale read`: the reading may be older than what is known. `never known`: it is gone
 * before the target had it.
 */
export type WhySkipped = "unchanged" | "stale read" | "never known"

/** `Restore` is an update of a record that was deleted and is there again: it also lifts the deletion. */
export type Decision =
  | { readonly _tag: "Create" }
  | { readonly _tag: "Update"; readonly targetId: RecordId }
  | { readonly _tag: "Restore"; readonly targetId: RecordId }
  | { readonly _tag: "Delete"; readonly targetId: RecordId }
  | { readonly _tag: "Skip"; readonly why: WhySkipped }

const create: Decision = { _tag: "Create" }
const unchanged: Decision = { _tag: "Skip", why: "unchanged" }
const staleRead: Decision = { _tag: "Skip", why: "stale read" }
const neverKnown: Decision = { _tag: "Skip", why: "never known" }

export const decide = ({ fingerprint, link, observedAtMs }: Situation): Decision => {
  if (link === null) return fingerprint === null ? neverKnown : create
  // A tie is no reason to ignore what was read later: an owner may read two pages within a millisecond.
  if (observedAtMs < link.observedAtMs) return staleRead
  return fingerprint === null ? gone(link) : present(fingerprint, link)
}

const present = (fingerprint: Fingerprint, { targetId, isDeleted, sourceFingerprint }: KnownLink): Decision => {
  if (targetId === null) return create
  if (isDeleted) return { _tag: "Restore", targetId }
  return fingerprint === sourceFingerprint ? unchanged : { _tag: "Update", targetId }
}

const gone = ({ targetId, isDeleted }: KnownLink): Decision => {
  if (isDeleted) return unchanged
  return targetId === null ? neverKnown : { _tag: "Delete", targetId }
}
