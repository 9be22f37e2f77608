/** Rows of conflicts as what they mean. */
import { Conflict, RecordKey } from "@syncline/core"
import { Schema } from "effect"
import type { StoredConflict } from "../Batch.ts"
import { msOf } from "./Row.ts"
import { Record } from "./Stored.ts"

export const ConflictRow = Schema.Struct({
  id: Schema.String,
  key: RecordKey,
  contested: Conflict.OpenConflict.fields.contested,
  withheld: Conflict.OpenConflict.fields.withheld,
  sourceRecord: Schema.NullOr(Record),
  targetRecord: Schema.NullOr(Record),
  strategy: Schema.String,
  resolution: Schema.Json,
  resolvedBy: Schema.NullOr(Schema.String),
  createdAtMs: Schema.Finite,
  resolvedAtMs: Schema.NullOr(Schema.Finite)
})

export const conflictColumns = `c.conflict_id as id, c.record_key as key, c.contested, c.withheld,
  c.source_record as "sourceRecord", c.target_record as "targetRecord", c.strategy, c.resolution, c.resolved_by as "resolvedBy",
  ${msOf("c.created_at", "createdAtMs")}, ${msOf("c.resolved_at", "resolvedAtMs")}`

export const conflictOf = ({
  contested,
  createdAtMs,
  id,
  key,
  resolution,
  resolvedAtMs,
  resolvedBy,
  sourceRecord,
  strategy,
  targetRecord,
  withheld
}: typeof ConflictRow.Type): StoredConflict => ({
  id,
  key,
  conflict: { contested, withheld },
  records: { source: sourceRecord, target: targetRecord },
  strategy,
  resolution,
  resolvedBy,
  createdAtMs,
  resolvedAtMs
})
