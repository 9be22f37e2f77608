/** What is to be written. */
import { sql } from "drizzle-orm"
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  primaryKey,
  smallint,
  text,
  uniqueIndex
} from "drizzle-orm/pg-core"
import { at, id, side, syncline, record } from "./Columns.ts"

/** One record's queue of writes towards a side. Claims look at these rows and never at the entries of a long queue. */
export const lane = syncline.table(
  "lane",
  {
    ...record(),
    side: side(),
    /** Raised by every change of the lane and its entries. */
    version: bigint("version", { mode: "number" }).notNull(),
    nextOrd: bigint("next_ord", { mode: "number" }).notNull(),
    /** Entries that wait to be sent. */
    pending: integer("pending").notNull(),
    availableAt: at("available_at").notNull(),
    priority: smallint("priority").notNull().default(0),
    blockedBy: text("blocked_by"),
    /** Of the driver that has an entry in flight. */
    epoch: bigint("epoch", { mode: "number" }),
    updatedAt: at("updated_at").notNull()
  },
  (t) => [
    primaryKey({ name: "lane_pk", columns: [t.tenantId, t.integration, t.entity, t.recordKey, t.side] }),
    index("lane_ready")
      .on(t.tenantId, t.integration, t.entity, t.side, t.priority, t.availableAt, t.recordKey)
      .where(sql`pending > 0 and blocked_by is null and epoch is null`),
    check("lane_pending", sql`pending >= 0`),
    check("lane_blocked_by", sql`blocked_by in ('in_doubt', 'reference', 'failed', 'dead')`)
  ]
)

/** Unsettled writes. What was applied or replaced is deleted; history tells of it. */
export const outbox = syncline.table(
  "outbox",
  {
    ...record(),
    side: side(),
    ord: bigint("ord", { mode: "number" }).notNull(),
    entryId: id("entry_id").notNull(),
    operation: text("operation").notNull(),
    changes: jsonb("changes").notNull(),
    changedAt: at("changed_at"),
    isEstimated: boolean("is_estimated").notNull(),
    state: text("state").notNull(),
    revision: integer("revision").notNull(),
    attempts: integer("attempts").notNull(),
    /** The request that it was last sent in, and its part of it. */
    batch: text("batch"),
    request: jsonb("request"),
    sentAt: at("sent_at"),
    /** Of the driver that sent it. */
    epoch: bigint("epoch", { mode: "number" }),
    executionId: id("execution_id").notNull(),
    lastError: text("last_error"),
    /** Kept in its order, and never coalesced with another. */
    isAppended: boolean("is_appended").notNull().default(false),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull()
  },
  (t) => [
    primaryKey({ name: "outbox_pk", columns: [t.tenantId, t.integration, t.entity, t.recordKey, t.side, t.ord] }),
    uniqueIndex("outbox_unsent")
      .on(t.tenantId, t.integration, t.entity, t.recordKey, t.side)
      .where(sql`state in ('pending', 'failed', 'dead') and not is_appended`),
    uniqueIndex("outbox_sent")
      .on(t.tenantId, t.integration, t.entity, t.side, t.recordKey)
      .where(sql`state in ('in_flight', 'in_doubt')`),
    index("outbox_stopped")
      .on(t.tenantId, t.entryId)
      .where(sql`state in ('failed', 'dead')`),
    check("outbox_operation", sql`operation in ('create', 'update', 'delete')`),
    check("outbox_state", sql`state in ('pending', 'in_flight', 'in_doubt', 'failed', 'dead')`)
  ]
)

/** Dead letters that a person gave up: what was not written, by whose word and why. */
export const givenUp = syncline.table(
  "given_up",
  {
    ...record(),
    /** Null: the record could not be decided on, and no write was made of it. */
    side: id("side"),
    operation: text("operation"),
    payload: jsonb("payload"),
    cause: text("cause").notNull(),
    givenUpBy: text("given_up_by").notNull(),
    why: text("why").notNull(),
    givenUpAt: at("given_up_at").notNull()
  },
  (t) => [index("given_up_at").on(t.tenantId, t.givenUpAt)]
)
