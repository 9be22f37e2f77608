/** What one decided batch leaves behind: the rows that `Commit` writes in one transaction. */
import type {
  Conflict,
  Counters,
  Cursor,
  EntityType,
  EntryId,
  ExecutionId,
  Fields,
  Fingerprint,
  IntegrationName,
  Link,
  OpKey,
  OutboxEntry,
  RecordId,
  RecordKey,
  Side,
  TenantId
} from "@syncline/core"
import type { Schema } from "effect"

/** One entity pair of one integration of one tenant: what a cursor, a link and a ledger line belong to. */
export interface PairKey {
  readonly tenant: TenantId
  readonly integration: IntegrationName
  readonly entity: EntityType
}

/**
 * The right to find at one side of a pair and to write there. A later `Cursors.acquire` of the same side raises its epoch, and every
 * commit under an older one fails as `Fenced`.
 */
export interface Lease {
  readonly pair: PairKey
  readonly side: Side.Side
  readonly execution: ExecutionId
  readonly epoch: number
  /** The store's time when the side was taken: what was written since was written by this owner. */
  readonly acquiredAtMs: number
}

/** A mirror's link as a decision read it. Both sides' ids are what its key says. */
export interface LinkRead {
  readonly key: RecordKey
  /** Raised by every write of the row. */
  readonly version: number
  readonly isDeleted: boolean
  readonly sourceFingerprint: Fingerprint.Fingerprint | null
  /** When the read began that showed the source's record as this link has it. Older reads are ignored. */
  readonly observedAtMs: number
  /** When the link was last written, by the store's clock. */
  readonly updatedAtMs: number
}

/** A mirror's link as it shall be. `readVersion` is what the decision saw; null: there was none. */
export interface LinkWrite {
  readonly key: RecordKey
  readonly readVersion: number | null
  readonly isDeleted: boolean
  readonly sourceFingerprint: Fingerprint.Fingerprint
  readonly sourceVersion: string | null
  readonly observedAtMs: number
}

/** A record as a side was last seen to have it. */
export interface PairImage {
  /** The provider's record, whole. */
  readonly record: Fields
  readonly fingerprint: Fingerprint.Fingerprint
  /** The provider's own mark of this state, if it has one. */
  readonly version: string | null
  readonly observedAtMs: number
}

/** A count of the changes of each lane of a record, by the side that the lane goes to; 0 where there is no lane yet. */
export interface LaneVersions {
  readonly source: number
  readonly target: number
}

/** The link of a pair whose sides both keep images. An id is null until it is known. */
export interface PairLink {
  readonly key: RecordKey
  readonly sourceId: RecordId | null
  readonly targetId: RecordId | null
  /** Raised by every commit that writes anything of the record. */
  readonly version: number
  readonly status: Link.Status
  readonly isDeleted: boolean
  readonly source: PairImage | null
  readonly target: PairImage | null
  readonly laneVersions: LaneVersions
}

/** A decided write as the outbox holds it, until it is applied. */
export interface StoredEntry {
  readonly id: EntryId
  readonly key: RecordKey
  /** The side that it goes to. */
  readonly side: Side.Side
  /** Its place in the lane. */
  readonly ord: number
  readonly operation: OutboxEntry.Operation
  readonly changes: OutboxEntry.Draft["changes"]
  readonly atMs: number | null
  readonly isEstimated: boolean
  readonly state: OutboxEntry.State
  /** Raised when its changes are replaced. With `id` it makes the idempotency key. */
  readonly revision: number
  readonly attempts: number
  /** The request that it was last sent in. */
  readonly batch: OpKey | null
  readonly execution: ExecutionId
  readonly lastError: string | null
}

/** A conflict as it is kept; open until `resolvedAtMs`. */
export interface StoredConflict {
  readonly id: string
  readonly key: RecordKey
  readonly conflict: Conflict.OpenConflict
  /** Both sides' records as they were when it was last decided on. */
  readonly records: { readonly source: Fields | null; readonly target: Fields | null }
  readonly strategy: string
  readonly resolution: Schema.Json
  /** `system`, or a person's name; null while open. */
  readonly resolvedBy: string | null
  readonly createdAtMs: number
  readonly resolvedAtMs: number | null
}

/** All that is known of a record, as far as deciding needs it. */
export interface RecordSituation {
  readonly key: RecordKey
  /** What `reads` of a commit has to say of it: also of a row that another record waits for and that links nothing yet. */
  readonly version: number | null
  readonly link: PairLink | null
  /** The unsettled entries of both lanes, in order. */
  readonly entries: ReadonlyArray<StoredEntry>
  /** The open one. */
  readonly conflict: StoredConflict | null
  readonly laneVersions: LaneVersions
}

/** One change of one record, for its history: each changed field, old and new. */
export interface HistoryWrite {
  readonly key: RecordKey
  readonly operation: OutboxEntry.Operation
  /** Where the value came to be; the target unless said. */
  readonly side?: Side.Side
  readonly fields: { readonly [field: string]: { readonly old: Schema.Json; readonly new: Schema.Json } }
  /** Why: what was found, the entry, the conflict, the rule. Null: nothing to tell beyond the execution. */
  readonly cause?: Schema.Json
}

/** A record that failed by its own fault. It waits in the retry ledger and never stops its page. */
export interface RecordFailure {
  readonly key: RecordKey
  /** Where it was read, or where writing it was refused; the source unless said. */
  readonly side?: Side.Side
  readonly class: "validation" | "conflict"
  /** Groups failures of one cause: the same fingerprint, the same remedy. */
  readonly cause: string
  readonly message: string
  readonly payload: Schema.Json
}

/** What a lane's never-sent entry shall be; null: nothing is left to write. An unsent create that is edited stays a create. */
export interface EntryWrite {
  readonly key: RecordKey
  /** The side that it goes to. */
  readonly side: Side.Side
  readonly draft: OutboxEntry.Draft | null
}

/** A pair's link as it shall be. `readVersion` as in `reads`. An image that is `keep` stays; null: the side has no such record. */
export interface PairLinkWrite {
  readonly key: RecordKey
  readonly readVersion: number | null
  readonly sourceId: RecordId | null
  readonly targetId: RecordId | null
  readonly status: Link.Status
  readonly isDeleted: boolean
  readonly source: PairImage | "keep" | null
  readonly target: PairImage | "keep" | null
}

/**
 * What became of a sent entry. `pending` is sent again, not before `afterMs`; `in_doubt`, `failed` and `dead` stop their lane;
 * `failed` goes on with the next execution.
 */
export interface EntryOutcome {
  readonly entry: EntryId
  readonly key: RecordKey
  readonly side: Side.Side
  readonly to: "applied" | "pending" | "in_doubt" | "failed" | "dead"
  readonly error: string | null
  readonly afterMs?: number
  /** Of a write that was not made and joins what was decided behind it: fields that the side has by then as both together want them. */
  readonly takenBack?: ReadonlyArray<string>
}

/** A conflict to open (or to put in place of the open one), or the open one's end. */
export type ConflictWrite =
  | {
      readonly _tag: "Open"
      readonly key: RecordKey
      readonly conflict: Conflict.OpenConflict
      readonly records: StoredConflict["records"]
      readonly strategy: string
    }
  | { readonly _tag: "Resolve"; readonly key: RecordKey; readonly resolution: Schema.Json; readonly by: string }
  /** A strategy settled it at once: kept to be seen, never open. */
  | {
      readonly _tag: "Settled"
      readonly key: RecordKey
      readonly conflict: Conflict.OpenConflict
      readonly records: StoredConflict["records"]
      readonly strategy: string
      readonly resolution: Schema.Json
    }

/** What a record waits for before it can be decided. */
export type WaitOn =
  /** Until the referenced record's ids are known at both sides. */
  | { readonly _tag: "Reference"; readonly entity: EntityType; readonly key: RecordKey }
  /** Until the record with this id at this side is linked. */
  | { readonly _tag: "Unlinked"; readonly entity: EntityType; readonly side: Side.Side; readonly id: RecordId }
  /** Until the sent entry of its own lane towards this side is settled. */
  | { readonly _tag: "Unsettled"; readonly side: Side.Side }
  /** Until no create towards this side is in doubt. */
  | { readonly _tag: "Doubted"; readonly side: Side.Side }

/** What a record, seen at `side` as `id`, waits for; this takes the place of what was said before. Empty: it waits no more. */
export interface WaitingWrite {
  readonly key: RecordKey
  readonly side: Side.Side
  readonly id: RecordId
  readonly on: ReadonlyArray<WaitOn>
}

/** What performing a batch came to. */
export interface Performed {
  readonly links: ReadonlyArray<LinkWrite>
  readonly history: ReadonlyArray<HistoryWrite>
  readonly failures: ReadonlyArray<RecordFailure>
  /** Records that had waited in the retry ledger, for the lease's side, and came through. */
  readonly resolved: ReadonlyArray<RecordKey>
  readonly counters: Counters.Counters
  readonly pairLinks?: ReadonlyArray<PairLinkWrite>
  readonly entries?: ReadonlyArray<EntryWrite>
  readonly outcomes?: ReadonlyArray<EntryOutcome>
  readonly conflicts?: ReadonlyArray<ConflictWrite>
  readonly waiting?: ReadonlyArray<WaitingWrite>
  readonly matchRows?: ReadonlyArray<MatchRow>
  /** Records that waited for a person to say which ones they are, and wait no more. */
  readonly reviewed?: ReadonlyArray<{ readonly side: Side.Side; readonly id: RecordId }>
  /** Ids of records that are gone and will be made again under others: a page that is old still shows them. */
  readonly formerIds?: ReadonlyArray<FormerId>
}

/** An id that its record has no more, since it was deleted at that side. */
export interface FormerId {
  readonly side: Side.Side
  readonly id: RecordId
}

/** A record that the first match has enumerated at a side. One that is enumerated again takes the place of what was there. */
export interface MatchRow {
  readonly side: Side.Side
  readonly id: RecordId
  readonly record: Fields
  readonly observedAtMs: number
  /** The values of the declared keys, in their order; null where the record has none. */
  readonly keys: ReadonlyArray<string | null>
}

/** What a decision relied on: the link's version (null: there was none) and, where lanes mattered, theirs. */
export interface Read {
  readonly key: RecordKey
  readonly version: number | null
  readonly laneVersions?: LaneVersions
}

/** A batch as `Commit.commit` takes it. */
export interface Batch {
  readonly lease: Lease
  /** Everything that the decisions read, or found missing. */
  readonly reads: ReadonlyArray<Read>
  /** Links of referenced records whose translation was used. Where one is not of these ids (any more), `usedBy` moved. */
  readonly references?: ReadonlyArray<{
    readonly entity: EntityType
    readonly key: RecordKey
    readonly sourceId: RecordId | null
    readonly targetId: RecordId | null
    readonly goneAt: Side.Side | "both" | null
    readonly usedBy: ReadonlyArray<RecordKey>
  }>
  /** Where the walk goes on when all of the batch came through; null leaves the cursor (a ledger retry). */
  readonly advance: Cursor.Cursor | null
}
