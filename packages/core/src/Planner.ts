/**
 * What is done about a record that was read at one side of a two-way pair: pure, and total over everything that can be known of it.
 *
 * The reading's side is X, the other is Y. Writes towards X carry what Y changed, and the other way round.
 */
import type { Schema } from "effect"
import { Result } from "effect"
import type * as Conflict from "./Conflict.ts"
import type { Fields } from "./Fields.ts"
import type { EntityType } from "./Ids.ts"
import type * as Link from "./Link.ts"
import type * as OutboxEntry from "./OutboxEntry.ts"
import type { Side } from "./Side.ts"
import type { Direction } from "./SyncJob.ts"

/** An entry of a lane that is not settled. */
export interface Unsettled extends OutboxEntry.Draft {
  /** In flight or in doubt. */
  readonly wasSent: boolean
}

/** What is under way towards one side for one record: at most one entry that was never sent, and one whose answer is not known. */
export interface LaneSituation {
  readonly unsent: Unsettled | null
  readonly sent: Unsettled | null
}

interface OfSides<A> {
  readonly source: A
  readonly target: A
}

export interface KnownLink {
  readonly status: Link.Status
  readonly isDeleted: boolean
  /** Whether the record's id is known there. */
  readonly has: OfSides<boolean>
  /** In canonical form. Null: never seen there; null at both sides: matched by key, without a base. */
  readonly images: OfSides<Fields | null>
  /** `Image.observedAtMs` of the reading that made the image. */
  readonly observedAtMs: OfSides<number | null>
}

/** `Present`: the record in canonical form. */
export type Seen = { readonly _tag: "Present"; readonly fields: Fields } | { readonly _tag: "Gone" }

/** A reference of the record whose id at the other side is not known. */
export interface MissingReference {
  readonly field: string
  readonly entity: EntityType
  readonly key: string
  readonly isOptional: boolean
}

export interface Situation {
  /** Where the reading was made. */
  readonly side: Side
  readonly seen: Seen
  /** `Image.observedAtMs` of the reading. */
  readonly observedAtMs: number
  /** When the record last changed there. Estimated: when this was first seen, since the provider tells no time. */
  readonly changedAt: { readonly atMs: number | null; readonly isEstimated: boolean }
  /** Null: the record was never met. */
  readonly link: KnownLink | null
  /** By the side that the write goes to. */
  readonly lanes: OfSides<LaneSituation>
  readonly conflict: Conflict.OpenConflict | null
  readonly missing: ReadonlyArray<MissingReference>
  /** Not linked here, and it may be the record that a create of ours, whose answer was lost, has made at this side. */
  readonly isDoubted: boolean
  readonly policy: Policy
  /** The refusal that led to this reading, for a custom strategy. */
  readonly failure?: Conflict.Failure
}

/** What a target can do. A missing verb means: it cannot. */
export interface Verbs {
  readonly create: boolean
  readonly update: boolean
  readonly delete: boolean
}

export interface FieldPolicy {
  readonly name: string
  /** The ways in which this field travels, already narrowed by the pair's. */
  readonly direction: Direction
  /** This side's value always wins. */
  readonly authority: Side | null
  /** How the strategy `merge` treats it. */
  readonly merge: "value" | "set" | { readonly key: string }
  /** The pair whose record keys the field holds. */
  readonly reference: EntityType | null
}

export interface Policy {
  readonly direction: Direction
  readonly strategy: Conflict.Strategy
  /** What `merge` does with a field that is not set-like. */
  readonly mergeFallback: Conflict.Strategy
  /** Who wins when two changes are equally late. */
  readonly tie: "source" | "manual"
  /** Times are compared at this precision: the coarser of the sides'. */
  readonly granularityMs: number
  readonly fields: ReadonlyArray<FieldPolicy>
  readonly verbs: OfSides<Verbs>
  readonly deletes: "propagate" | "ignore"
}

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
 * it was met. `echo`: our own write coming back. `drift`: it changed where it does not travel from. `agreed`: both sides made the
 * same change. `cannot`: the other side lacks the verb. `ignored`: the policy ignores deletions.
 */
export type WhySkipped = "unchanged" | "stale read" | "never known" | "echo" | "drift" | "agreed" | "cannot" | "ignored"

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

export const plan = (_situation: Situation): Plan => ({ _tag: "Skip", why: "unchanged" })

export const resolve = (
  _conflict: Conflict.OpenConflict,
  _choices: { readonly [field: string]: Choice }
): Result.Result<Write, Conflict.InvalidResolution> =>
  Result.succeed({ _tag: "Write", writes: { source: null, target: null }, settled: [], resolves: true })
