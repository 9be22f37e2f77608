/**
 * Comparing all ids of a side with those in our links, to find what every other way missed. Never a false deletion: an id that is not
 * listed is only asked about, and too many deletions at once need a person.
 */

/** How the listing of a side ended. Only a complete one says anything about what it lacks. */
export type Listing = "complete" | "cut short"

/** An id of one side: in our links, in the listing, or both. */
export interface Comparison {
  /** Null: no link knows it. */
  readonly link: null | {
    readonly isMapped: boolean
    /** Known gone at this side. */
    readonly isDeleted: boolean
    /** When the link was made, and when the record was last seen or written at this side; Unix milliseconds. */
    readonly createdAtMs: number
    readonly touchedAtMs: number | null
    /** A write towards this side is under way. */
    readonly isPending: boolean
    /** Null: the image has none to compare. */
    readonly mark: string | null
  }
  /** Null: the listing lacks it. `mark` is a version or hash, where the listing has one. */
  readonly listed: null | { readonly mark: string | null }
}

/**
 * `Fetch`: read it, for it was missed, has changed, or is back. `Confirm`: ask for it by its id; only if the provider says that it is
 * gone is it a deletion. `Nothing`: as it should be, or too fresh to tell.
 */
export type Step =
  | { readonly _tag: "Nothing" }
  | { readonly _tag: "Fetch"; readonly why: "missed" | "drifted" | "back" }
  | { readonly _tag: "Confirm" }

const nothing: Step = { _tag: "Nothing" }

export const stepOf = ({ link, listed }: Comparison, startedAtMs: number, listing: Listing): Step => {
  // Made or touched while the ids were listed: its place in the list, or what stood there, may be from before.
  const isFresh = link !== null && (link.createdAtMs >= startedAtMs || (link.touchedAtMs ?? 0) >= startedAtMs)
  if (listed === null) {
    const isKnown = link !== null && link.isMapped && !link.isDeleted && !link.isPending
    return listing === "complete" && isKnown && !isFresh ? { _tag: "Confirm" } : nothing
  }
  if (link === null) return { _tag: "Fetch", why: "missed" }
  if (link.isDeleted) return { _tag: "Fetch", why: "back" }
  const isDrifted = listed.mark !== null && link.mark !== null && listed.mark !== link.mark && !isFresh
  return isDrifted ? { _tag: "Fetch", why: "drifted" } : nothing
}

/** What the provider answered about an id that was not listed. */
export type Answer = "present" | "gone" | "silent"

/** Silence is never an answer. */
export const confirmed: Readonly<Record<Answer, "deletion" | "change" | "nothing">> = {
  gone: "deletion",
  present: "change",
  silent: "nothing"
}

const leastBrake = 10
const brakeShare = 0.05

/** Up to how many deletions a run carries out by itself, of a side that has `mapped` records in our links. */
export const mostDeletions = (mapped: number): number => Math.max(leastBrake, Math.floor(mapped * brakeShare))

/** `Held`: none of the deletions is carried out until a person approves; `reason` says how many and how to go on. */
export type Verdict = { readonly _tag: "Free" } | { readonly _tag: "Held"; readonly reason: string }

export const brake = (deletions: number, mapped: number, isApproved: boolean): Verdict =>
  isApproved || deletions <= mostDeletions(mapped)
    ? { _tag: "Free" }
    : {
        _tag: "Held",
        reason: `${deletions} of ${mapped} records are gone, more than the ${mostDeletions(mapped)} that are deleted unasked; look at them, then approve the deletions`
      }
