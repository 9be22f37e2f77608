/** What is done about a record: the answer of the planner. */
import type { Schema } from "effect"
import type * as Conflict from "./Conflict.ts"
import type * as OutboxEntry from "./OutboxEntry.ts"
import type { Side } from "./Side.ts"
import type { MissingReference, OfSides } from "./Situation.ts"

/** A contested field and how it was settled. An absent value is null. */
export interface Settled {
  readonly field: string
  readonly base: OfSides<Schema.Json | null>
  readonly source: Schema.Json | null
  readonly target: Schema.Json | null
  /** The strategy's name, or `authority`, or `resolved`. */
  readonly strategy: string
  readonly winner: Side | "merged"
}

/** `writes`: what each lane's entry that was never sent shall be; null: none is left. */
export interface Write {
  readonly _tag: "Write"
  readonly writes: OfSides<OutboxEntry.Draft | null>
  readonly settled: ReadonlyArray<Settled>
  /** An open conflict ends with it. */
  readonly resolves: boolean
}

/**
 * `unchanged`: nothing changed there. `stale read`: the reading may be older than what is known. `never known`: it is gone before
 * it was met. `drift`: it changed where it does not travel from. `agreed`: both sides made the
 * same change. `cannot`: the other side lacks the verb. `ignored`: the policy ignores deletions.
 */
export type WhySkipped = "unchanged" | "stale read" | "never known" | "drift" | "agreed" | "cannot" | "ignored"

export type WaitingOn =
  | { readonly _tag: "References"; readonly missing: ReadonlyArray<MissingReference> }
  /** A write towards this side whose answer is not known; the record is read again when it settled. */
  | { readonly _tag: "Unsettled"; readonly side: Side }
  | { readonly _tag: "Doubted" }

export type Plan =
  | Write
  | { readonly _tag: "Wait"; readonly on: WaitingOn }
  | { readonly _tag: "Park"; readonly conflict: Conflict.OpenConflict }
  | { readonly _tag: "Skip"; readonly why: WhySkipped }
  /** A custom strategy failed. */
  | { readonly _tag: "Refuse"; readonly why: Conflict.ResolverFailed }

/** What a person chose for a field: a side's value, or another. For the record itself a side: that side's act is taken. */
export type Choice = Side | { readonly value: Schema.Json }

export const skip = (why: WhySkipped): Plan => ({ _tag: "Skip", why })

export const wait = (on: WaitingOn): Plan => ({ _tag: "Wait", on })
