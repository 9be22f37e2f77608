/** What one decided batch leaves behind: the rows that `Commit` writes in one transaction. */
import type {
  Counters,
  Cursor,
  EntityType,
  ExecutionId,
  Fingerprint,
  IntegrationName,
  RecordId,
  TenantId
} from "@syncline/core"
import type { Schema } from "effect"

/** One entity pair of one integration of one tenant: what a cursor, a link and a ledger line belong to. */
export interface PairKey {
  readonly tenant: TenantId
  readonly integration: IntegrationName
  readonly entity: EntityType
}

/** The right to write a pair's rows. A later `Cursors.acquire` raises the epoch, and every commit under an older one fails as `Fenced`. */
export interface Lease {
  readonly pair: PairKey
  readonly execution: ExecutionId
  readonly epoch: number
  /** The store's time when the pair was taken: what was written since was written by this owner. */
  readonly acquiredAtMs: number
}

/** A link as a decision read it. */
export interface LinkRead {
  readonly sourceId: RecordId
  /** Raised by every write of the row. */
  readonly version: number
  readonly targetId: RecordId | null
  readonly isDeleted: boolean
  readonly sourceFingerprint: Fingerprint.Fingerprint | null
  /** When the read began that showed the source's record as this link has it. Older reads are ignored. */
  readonly observedAtMs: number
  /** When the link was last written, by the store's clock. */
  readonly updatedAtMs: number
}

/** A link as it shall be. `readVersion` is what the decision saw; null: there was none. */
export interface LinkWrite {
  readonly sourceId: RecordId
  readonly readVersion: number | null
  readonly targetId: RecordId
  readonly isDeleted: boolean
  readonly sourceFingerprint: Fingerprint.Fingerprint
  readonly sourceVersion: string | null
  readonly observedAtMs: number
}

/** One change of one record, for its history: each changed field, old and new. */
export interface HistoryWrite {
  readonly recordId: RecordId
  readonly operation: "create" | "update" | "delete"
  readonly fields: { readonly [field: string]: { readonly old: Schema.Json; readonly new: Schema.Json } }
}

/** A record that failed by its own fault. It waits in the retry ledger and never stops its page. */
export interface RecordFailure {
  readonly recordId: RecordId
  readonly class: "validation" | "conflict"
  /** Groups failures of one cause: the same fingerprint, the same remedy. */
  readonly cause: string
  readonly message: string
  readonly payload: Schema.Json
}

/** What performing a batch came to. */
export interface Performed {
  readonly links: ReadonlyArray<LinkWrite>
  readonly history: ReadonlyArray<HistoryWrite>
  readonly failures: ReadonlyArray<RecordFailure>
  /** Ids that had waited in the retry ledger and came through. */
  readonly resolved: ReadonlyArray<RecordId>
  readonly counters: Counters.Counters
}

/** A batch as `Commit.commit` takes it. */
export interface Batch {
  readonly lease: Lease
  /** Every link that the decisions read, or found missing (`version` null). */
  readonly reads: ReadonlyArray<{ readonly sourceId: RecordId; readonly version: number | null }>
  /** Where the walk goes on when all of the batch came through; null leaves the cursor (a ledger retry). */
  readonly advance: Cursor.Cursor | null
}
