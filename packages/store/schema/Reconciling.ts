/** What reconciliation knows. The tables of its listings are unlogged: a crash of the server empties them all, and it begins anew. */
import { sql } from "drizzle-orm"
import { boolean, check, integer, json, jsonb, primaryKey, text } from "drizzle-orm/pg-core"
import { at, count, id, record, side, syncline, tenantId } from "./Columns.ts"

const pair = () => ({ tenantId: tenantId(), integration: id("integration").notNull(), entity: id("entity").notNull() })

/** The last time that all ids of both sides were compared with the links, and what was found. */
export const reconciliation = syncline.table(
  "reconciliation",
  {
    ...pair(),
    /** When the listings began: what was linked before, and is neither written since nor held, was verified then. */
    checkedAt: at("checked_at").notNull(),
    finishedAt: at("finished_at").notNull(),
    executionId: id("execution_id").notNull(),
    found: jsonb("found").notNull()
  },
  (t) => [primaryKey({ name: "reconciliation_pk", columns: [t.tenantId, t.integration, t.entity] })]
)

/** Unlogged. How far the listing of a side's ids is. */
export const enumeration = syncline.table(
  "enumeration",
  {
    ...pair(),
    side: side(),
    startedAt: at("started_at").notNull(),
    /** Null: nothing was read yet. */
    position: jsonb("position"),
    pages: integer("pages").notNull(),
    ids: count("ids"),
    isComplete: boolean("is_complete").notNull(),
    /** What the marks of its pages are: the provider's versions, fingerprints, or nothing. */
    markedBy: text("marked_by")
  },
  (t) => [
    primaryKey({ name: "enumeration_pk", columns: [t.tenantId, t.integration, t.entity, t.side] }),
    check("enumeration_marked_by", sql`marked_by in ('version', 'fingerprint')`)
  ]
)

/** Unlogged. A page's ids in one row, since a row for each of a million ids would cost more than reading them. */
export const enumerationPage = syncline.table(
  "enumeration_page",
  {
    ...pair(),
    side: side(),
    page: integer("page").notNull(),
    ids: json("ids").notNull(),
    /** Of each id its version or fingerprint, in the same order; null where there is none. */
    marks: json("marks")
  },
  (t) => [primaryKey({ name: "enumeration_page_pk", columns: [t.tenantId, t.integration, t.entity, t.side, t.page] })]
)

/** Unlogged. Where a complete listing and the links differ. */
export const difference = syncline.table(
  "difference",
  {
    ...pair(),
    side: side(),
    kind: text("kind").notNull(),
    recordId: id("record_id").notNull(),
    /** Null: no link knows it. */
    recordKey: id("record_key")
  },
  (t) => [
    primaryKey({ name: "difference_pk", columns: [t.tenantId, t.integration, t.entity, t.side, t.kind, t.recordId] }),
    check("difference_kind", sql`kind in ('unlisted', 'missed', 'drifted', 'back')`)
  ]
)

/** Deletions that were found and wait for a person, because they were too many at once. */
export const deletion = syncline.table(
  "deletion",
  {
    ...record(),
    side: side(),
    recordId: id("record_id").notNull(),
    state: text("state").notNull(),
    foundAt: at("found_at").notNull(),
    decidedAt: at("decided_at"),
    decidedBy: text("decided_by")
  },
  (t) => [
    primaryKey({ name: "deletion_pk", columns: [t.tenantId, t.integration, t.entity, t.side, t.recordId] }),
    check("deletion_state", sql`state in ('held', 'approved', 'rejected')`),
    check("deletion_decided", sql`(state = 'held') = (decided_at is null) and (state = 'held') = (decided_by is null)`)
  ]
)
