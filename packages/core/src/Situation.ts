/** What is known of a record when it is read at one side of a two-way pair: all that a plan is made from. */
import type * as Conflict from "./Conflict.ts"
import type { Fields } from "./Fields.ts"
import type { EntityType } from "./Ids.ts"
import type * as Link from "./Link.ts"
import type * as Merge from "./Merge.ts"
import type * as OutboxEntry from "./OutboxEntry.ts"
import type { Side } from "./Side.ts"
import type { Direction } from "./SyncJob.ts"

/** What is under way towards one side for one record: at most one entry that was never sent, and one whose answer is not known. */
export interface LaneSituation {
  readonly unsent: OutboxEntry.Draft | null
  readonly sent: OutboxEntry.Draft | null
}

export interface OfSides<A> {
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
  /** When the record of each image last changed there, where the provider tells it. */
  readonly changedAtMs?: OfSides<number | null>
}

/** `Present`: the record in canonical form. */
export type Seen = { readonly _tag: "Present"; readonly fields: Fields } | { readonly _tag: "Gone" }

/** A reference of the record whose id at the other side is not known. */
export interface MissingReference {
  readonly field: string
  readonly entity: EntityType
  readonly key: string
  /** Its id at the reading's side, as long as no link has it: then the key is the one that it will have if it is seen there first. */
  readonly unlinkedId?: string
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
  readonly merge: Merge.Kind
}

export interface Policy extends Conflict.Rules {
  readonly direction: Direction
  readonly fields: ReadonlyArray<FieldPolicy>
  readonly verbs: OfSides<Verbs>
  readonly deletes: "propagate" | "ignore"
}
