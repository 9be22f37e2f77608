/** What is known of records. */
import { sql } from "drizzle-orm"
import { bigint, boolean, check, index, jsonb, primaryKey, smallint, text, uniqueIndex } from "drizzle-orm/pg-core"
import { at, id, record, side, syncline, tenantId } from "./Columns.ts"

/**
 * No foreign key: each of a million rows would look up the same parent.
 *
 * A `mirror`'s ids are what its key says, so neither is written. A `pair`'s are null until known. An `awaited` row links nothing yet:
 * another record waits for it, and locked or made it so that no wake-up is lost.
 */
export const link = syncline.table(
  "link",
  {
    ...record(),
    kind: text("kind").notNull(),
    sourceId: id("source_id"),
    targetId: id("target_id"),
    version: bigint("version", { mode: "number" }).notNull(),
    status: text("status").notNull(),
    isDeleted: boolean("is_deleted").notNull(),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull(),
    /** When the tombstone was set. */
    deletedAt: at("deleted_at"),
    /** When the read began that showed the side's record. */
    sourceObservedAt: at("source_observed_at"),
    sourceFingerprint: id("source_fingerprint"),
    sourceVersion: text("source_version"),
    /** What each side was last seen to be; null on one-way mirrors, which keep the fingerprint only. */
    sourceImage: jsonb("source_image"),
    targetObservedAt: at("target_observed_at"),
    targetFingerprint: id("target_fingerprint"),
    targetVersion: text("target_version"),
    targetImage: jsonb("target_image")
  },
  (t) => [
    primaryKey({ name: "link_pk", columns: [t.tenantId, t.integration, t.entity, t.recordKey] }),
    uniqueIndex("link_source")
      .on(t.tenantId, t.integration, t.entity, t.sourceId)
      .where(sql`source_id is not null`),
    uniqueIndex("link_target")
      .on(t.tenantId, t.integration, t.entity, t.targetId)
      .where(sql`target_id is not null`),
    index("link_tombstone")
      .on(t.tenantId, t.deletedAt)
      .where(sql`deleted_at is not null`),
    check("link_kind", sql`kind in ('mirror', 'pair', 'awaited')`),
    check("link_status", sql`status in ('pending', 'mapped', 'failed', 'stale', 'in_doubt')`),
    check("link_deleted", sql`is_deleted = (deleted_at is not null)`),
    check("link_version", sql`version >= 1`)
  ]
)

/** One row per change of a record at a side. `version` is the link's after it; `n` tells changes of one version apart. */
export const history = syncline.table(
  "history",
  {
    ...record(),
    version: bigint("version", { mode: "number" }).notNull(),
    n: smallint("n").notNull().default(0),
    side: side().default("target"),
    executionId: id("execution_id").notNull(),
    operation: text("operation").notNull(),
    /** Each changed field, old and new. */
    fields: jsonb("fields").notNull(),
    /** What was found, the entry, the conflict, the rule. */
    cause: jsonb("cause"),
    changedAt: at("changed_at").notNull()
  },
  (t) => [
    primaryKey({ name: "history_pk", columns: [t.tenantId, t.integration, t.entity, t.recordKey, t.version, t.n] }),
    check("history_operation", sql`operation in ('create', 'update', 'delete')`)
  ]
)

export const conflict = syncline.table(
  "conflict",
  {
    ...record(),
    /** Sorts by its beginning. */
    conflictId: id("conflict_id").notNull(),
    contested: jsonb("contested").notNull(),
    withheld: jsonb("withheld").notNull(),
    sourceRecord: jsonb("source_record"),
    targetRecord: jsonb("target_record"),
    strategy: text("strategy").notNull(),
    resolution: jsonb("resolution"),
    resolvedBy: text("resolved_by"),
    createdAt: at("created_at").notNull(),
    resolvedAt: at("resolved_at")
  },
  (t) => [
    primaryKey({ name: "conflict_pk", columns: [t.tenantId, t.conflictId] }),
    uniqueIndex("conflict_open")
      .on(t.tenantId, t.integration, t.entity, t.recordKey)
      .where(sql`resolved_at is null`),
    check("conflict_resolved", sql`(resolved_at is null) = (resolved_by is null)`)
  ]
)

/** One row per thing that a record, or a lane, waits for. */
export const waiting = syncline.table(
  "waiting",
  {
    ...record(),
    side: side(),
    /** `record`: it is read again and decided. `lane`: its first entry may be sent. */
    waiter: text("waiter").notNull(),
    reason: text("reason").notNull(),
    onEntity: id("on_entity").notNull(),
    /** A record's key; of one that is not linked, its id at `on_side`. */
    onKey: id("on_key").notNull(),
    onSide: id("on_side").notNull(),
    recordId: id("record_id").notNull(),
    since: at("since").notNull(),
    /** It has happened. */
    readyAt: at("ready_at")
  },
  (t) => [
    primaryKey({
      name: "waiting_pk",
      columns: [
        t.tenantId,
        t.integration,
        t.entity,
        t.recordKey,
        t.side,
        t.waiter,
        t.reason,
        t.onEntity,
        t.onKey,
        t.onSide
      ]
    }),
    index("waiting_on")
      .on(t.tenantId, t.integration, t.onEntity, t.onKey)
      .where(sql`ready_at is null`),
    index("waiting_ready")
      .on(t.tenantId, t.integration, t.entity, t.side, t.readyAt, t.recordKey)
      .where(sql`ready_at is not null`),
    check("waiting_waiter", sql`waiter in ('record', 'lane')`),
    check("waiting_reason", sql`reason in ('reference', 'unlinked', 'unsettled', 'doubted')`)
  ]
)

/** The first match's record of what both sides have. */
export const matchRow = syncline.table(
  "match_row",
  {
    tenantId: tenantId(),
    integration: id("integration").notNull(),
    entity: id("entity").notNull(),
    side: side(),
    recordId: id("record_id").notNull(),
    record: jsonb("record").notNull(),
    observedAt: at("observed_at").notNull(),
    /** The values of the declared keys, in their order. */
    keys: jsonb("keys").notNull()
  },
  (t) => [primaryKey({ name: "match_row_pk", columns: [t.tenantId, t.integration, t.entity, t.side, t.recordId] })]
)

/** What the first match found: apart from the records, so that finding does not write them again. A record without a row is alone. */
export const matchFate = syncline.table(
  "match_fate",
  {
    tenantId: tenantId(),
    integration: id("integration").notNull(),
    entity: id("entity").notNull(),
    side: side(),
    recordId: id("record_id").notNull(),
    fate: text("fate").notNull(),
    /** The id at the other side, of a pair. */
    partner: id("partner"),
    /** The place of the key by which they were found. */
    matchedBy: smallint("matched_by")
  },
  (t) => [
    primaryKey({ name: "match_fate_pk", columns: [t.tenantId, t.integration, t.entity, t.side, t.recordId] }),
    check("match_fate_fate", sql`fate in ('pair', 'ambiguous', 'disagree')`)
  ]
)
