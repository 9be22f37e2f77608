/** Rows of links and entries as what they mean. */
import {
  EntryId,
  ExecutionId,
  type Fields,
  Fingerprint,
  Link,
  OpKey,
  OutboxEntry,
  RecordId,
  RecordKey,
  Side
} from "@syncline/core"
import { Schema } from "effect"
import type { LaneVersions, PairImage, PairLink, StoredEntry } from "../Batch.ts"
import { msOf } from "./Row.ts"

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What a jsonb column of ours holds is JSON, so a record that was stored is not looked through again. */
export const Record = Schema.declare((value: unknown): value is Fields => isObject(value))

const Changes = Schema.declare((value: unknown): value is OutboxEntry.Changes => isObject(value))

const Known = {
  key: RecordKey,
  kind: Schema.Literals(["mirror", "pair", "awaited"]),
  version: Schema.Finite,
  status: Link.Status,
  isDeleted: Schema.Boolean,
  sourceId: Schema.NullOr(RecordId),
  targetId: Schema.NullOr(RecordId),
  sourceImage: Schema.NullOr(Record),
  sourceFingerprint: Schema.NullOr(Fingerprint.Fingerprint),
  sourceVersion: Schema.NullOr(Schema.String),
  sourceObservedAtMs: Schema.NullOr(Schema.Finite),
  targetImage: Schema.NullOr(Record),
  targetFingerprint: Schema.NullOr(Fingerprint.Fingerprint),
  targetVersion: Schema.NullOr(Schema.String),
  targetObservedAtMs: Schema.NullOr(Schema.Finite)
}

export const LinkRow = Schema.Struct(Known)

export const linkColumns = `l.record_key as key, l.kind, l.version::float8, l.status, l.is_deleted as "isDeleted",
  l.source_id as "sourceId", l.target_id as "targetId",
  l.source_image as "sourceImage", l.source_fingerprint as "sourceFingerprint", l.source_version as "sourceVersion",
  ${msOf("l.source_observed_at", "sourceObservedAtMs")},
  l.target_image as "targetImage", l.target_fingerprint as "targetFingerprint", l.target_version as "targetVersion",
  ${msOf("l.target_observed_at", "targetObservedAtMs")}`

const imageOf = (
  record: Fields | null,
  fingerprint: Fingerprint.Fingerprint | null,
  version: string | null,
  observedAtMs: number | null
): PairImage | null =>
  record === null || fingerprint === null ? null : { record, fingerprint, version, observedAtMs: observedAtMs ?? 0 }

/** A mirror's link has its ids in its key, and no images. */
export const linkOf = (row: typeof LinkRow.Type, laneVersions: LaneVersions): PairLink => {
  const mirrored = row.kind === "mirror" ? Link.parseKey(row.key).id : null
  return {
    key: row.key,
    sourceId: row.sourceId ?? mirrored,
    targetId: row.targetId ?? mirrored,
    version: row.version,
    status: row.status,
    isDeleted: row.isDeleted,
    source: imageOf(row.sourceImage, row.sourceFingerprint, row.sourceVersion, row.sourceObservedAtMs),
    target: imageOf(row.targetImage, row.targetFingerprint, row.targetVersion, row.targetObservedAtMs),
    laneVersions
  }
}

export const noLanes: LaneVersions = { source: 0, target: 0 }

export const EntryRow = Schema.Struct({
  id: EntryId,
  key: RecordKey,
  side: Side.Side,
  ord: Schema.Finite,
  operation: OutboxEntry.Operation,
  changes: Changes,
  atMs: Schema.NullOr(Schema.Finite),
  isEstimated: Schema.Boolean,
  state: OutboxEntry.State,
  revision: Schema.Int,
  attempts: Schema.Int,
  batch: Schema.NullOr(OpKey),
  execution: ExecutionId,
  lastError: Schema.NullOr(Schema.String)
})

export const entryColumns = `o.entry_id as id, o.record_key as key, o.side, o.ord::float8, o.operation, o.changes,
  ${msOf("o.changed_at", "atMs")}, o.is_estimated as "isEstimated", o.state, o.revision, o.attempts, o.batch,
  o.execution_id as execution, o.last_error as "lastError"`

export const entryOf = ({
  atMs,
  attempts,
  batch,
  changes,
  execution,
  id,
  isEstimated,
  key,
  lastError,
  operation,
  ord,
  revision,
  side,
  state
}: typeof EntryRow.Type): StoredEntry => ({
  id,
  key,
  side,
  ord,
  operation,
  changes,
  atMs,
  isEstimated,
  state,
  revision,
  attempts,
  batch,
  execution,
  lastError
})
