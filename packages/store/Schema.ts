/**
 * The tables, as drizzle-kit reads them to write migrations. The statements themselves are SQL: set-based, one JSON parameter each.
 *
 * `tenant_id` leads every primary and foreign key, and row-level security stands on it. Ids compare by their bytes, so that "locked
 * in id order" means one order in every database.
 */
import { sql } from "drizzle-orm"
import {
  bigint,
  boolean,
  check,
  customType,
  foreignKey,
  index,
  integer,
  jsonb,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  uniqueIndex
} from "drizzle-orm/pg-core"

const syncline = pgSchema("syncline")

const id = customType<{ data: string }>({ dataType: () => 'text collate "C"' })
const at = (name: string) => timestamp(name, { withTimezone: true })
const count = (name: string) => bigint(name, { mode: "number" }).notNull().default(0)
const tenantId = () => id("tenant_id").notNull()

export const tenant = syncline.table(
  "tenant",
  {
    tenantId: tenantId(),
    createdAt: at("created_at").notNull()
  },
  (t) => [primaryKey({ columns: [t.tenantId] })]
)

/** Secrets are not here. */
export const connection = syncline.table(
  "connection",
  {
    tenantId: tenantId(),
    name: id("name").notNull(),
    connector: text("connector").notNull(),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull()
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.name] }),
    foreignKey({ columns: [t.tenantId], foreignColumns: [tenant.tenantId] })
  ]
)

export const integration = syncline.table(
  "integration",
  {
    tenantId: tenantId(),
    name: id("name").notNull(),
    source: id("source").notNull(),
    target: id("target").notNull(),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull()
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.name] }),
    foreignKey({
      name: "integration_source_fk",
      columns: [t.tenantId, t.source],
      foreignColumns: [connection.tenantId, connection.name]
    }),
    foreignKey({
      name: "integration_target_fk",
      columns: [t.tenantId, t.target],
      foreignColumns: [connection.tenantId, connection.name]
    })
  ]
)

export const job = syncline.table(
  "job",
  {
    tenantId: tenantId(),
    name: id("name").notNull(),
    integration: id("integration").notNull(),
    entity: id("entity").notNull(),
    definition: jsonb("definition").notNull(),
    lastExecution: id("last_execution"),
    lastStartedAt: at("last_started_at"),
    nextRunAt: at("next_run_at"),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull()
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.name] }),
    foreignKey({ columns: [t.tenantId, t.integration], foreignColumns: [integration.tenantId, integration.name] })
  ]
)

export const execution = syncline.table(
  "execution",
  {
    tenantId: tenantId(),
    /** Sorts by its start. */
    executionId: id("execution_id").notNull(),
    job: id("job").notNull(),
    integration: id("integration").notNull(),
    entity: id("entity").notNull(),
    trigger: text("trigger").notNull(),
    mode: text("mode").notNull(),
    status: text("status").notNull(),
    reason: text("reason"),
    startedAt: at("started_at").notNull(),
    endedAt: at("ended_at"),
    processed: count("processed"),
    created: count("created"),
    updated: count("updated"),
    deleted: count("deleted"),
    skipped: count("skipped"),
    conflicted: count("conflicted"),
    failed: count("failed"),
    queued: count("queued"),
    apiCalls: count("api_calls")
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.executionId] }),
    foreignKey({ columns: [t.tenantId, t.integration], foreignColumns: [integration.tenantId, integration.name] }),
    index("execution_running")
      .on(t.tenantId, t.integration, t.entity)
      .where(sql`status = 'running'`),
    check(
      "execution_counters_add_up",
      sql`processed = created + updated + deleted + skipped + conflicted + failed + queued
      and least(created, updated, deleted, skipped, conflicted, failed, queued, api_calls) >= 0`
    ),
    check(
      "execution_status",
      sql`status in ('running', 'completed', 'completed_with_errors', 'failed', 'timed_out', 'cancelled')`
    ),
    check("execution_trigger", sql`trigger in ('manual', 'scheduled', 'webhook')`),
    check("execution_mode", sql`mode in ('full', 'incremental')`),
    check("execution_ended", sql`(status = 'running') = (ended_at is null)`)
  ]
)

export const executionFailure = syncline.table(
  "execution_failure",
  {
    tenantId: tenantId(),
    executionId: id("execution_id").notNull(),
    recordId: id("record_id").notNull(),
    class: text("class").notNull(),
    cause: text("cause").notNull(),
    message: text("message").notNull(),
    failedAt: at("failed_at").notNull()
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.executionId, t.recordId] }),
    foreignKey({ columns: [t.tenantId, t.executionId], foreignColumns: [execution.tenantId, execution.executionId] }),
    check("execution_failure_class", sql`class in ('validation', 'conflict')`)
  ]
)

export const retryLedger = syncline.table(
  "retry_ledger",
  {
    tenantId: tenantId(),
    integration: id("integration").notNull(),
    entity: id("entity").notNull(),
    recordId: id("record_id").notNull(),
    state: text("state").notNull(),
    attempts: integer("attempts").notNull(),
    /** The last execution that tried it. */
    executionId: id("execution_id").notNull(),
    class: text("class").notNull(),
    cause: text("cause").notNull(),
    message: text("message").notNull(),
    /** Null where there is nothing to show. */
    payload: jsonb("payload"),
    firstFailedAt: at("first_failed_at").notNull(),
    lastFailedAt: at("last_failed_at").notNull()
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.integration, t.entity, t.recordId] }),
    foreignKey({ columns: [t.tenantId, t.integration], foreignColumns: [integration.tenantId, integration.name] }),
    check("retry_ledger_state", sql`state in ('waiting', 'dead')`),
    check("retry_ledger_class", sql`class in ('validation', 'conflict')`),
    check("retry_ledger_attempts", sql`attempts >= 1`)
  ]
)

/** Rewritten by every commit and every heartbeat, so there is room on its page. */
export const cursor = syncline.table(
  "cursor",
  {
    tenantId: tenantId(),
    integration: id("integration").notNull(),
    entity: id("entity").notNull(),
    /** Raised by every owner that takes the pair. */
    epoch: bigint("epoch", { mode: "number" }).notNull(),
    /** Of the state. It never falls. */
    generation: bigint("generation", { mode: "number" }).notNull(),
    state: jsonb("state"),
    executionId: id("execution_id").notNull(),
    ownerHost: text("owner_host").notNull(),
    ownerPid: integer("owner_pid").notNull(),
    ownerLabel: text("owner_label").notNull(),
    /** Null: given back. */
    heartbeatAt: at("heartbeat_at"),
    updatedAt: at("updated_at").notNull()
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.integration, t.entity] }),
    foreignKey({ columns: [t.tenantId, t.integration], foreignColumns: [integration.tenantId, integration.name] })
  ]
)

/** No foreign key: each of a million rows would look up the same parent. */
export const link = syncline.table(
  "link",
  {
    tenantId: tenantId(),
    integration: id("integration").notNull(),
    entity: id("entity").notNull(),
    sourceId: id("source_id").notNull(),
    targetId: id("target_id"),
    version: bigint("version", { mode: "number" }).notNull(),
    status: text("status").notNull(),
    isDeleted: boolean("is_deleted").notNull(),
    /** When the read began that showed the source's record. */
    observedAt: at("observed_at").notNull(),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull(),
    sourceFingerprint: id("source_fingerprint"),
    sourceVersion: text("source_version"),
    /** What each side was last seen to be; null on one-way mirrors, which keep the fingerprint only. */
    sourceImage: jsonb("source_image"),
    targetImage: jsonb("target_image")
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.integration, t.entity, t.sourceId] }),
    uniqueIndex("link_target")
      .on(t.tenantId, t.integration, t.entity, t.targetId)
      .where(sql`target_id is not null`),
    check("link_status", sql`status in ('pending', 'mapped', 'failed', 'stale', 'in_doubt')`),
    check("link_version", sql`version >= 1`)
  ]
)

/** One row per change of a record. `version` is the link's after it. */
export const history = syncline.table(
  "history",
  {
    tenantId: tenantId(),
    integration: id("integration").notNull(),
    entity: id("entity").notNull(),
    recordId: id("record_id").notNull(),
    version: bigint("version", { mode: "number" }).notNull(),
    executionId: id("execution_id").notNull(),
    operation: text("operation").notNull(),
    /** Each changed field, old and new. */
    fields: jsonb("fields").notNull(),
    changedAt: at("changed_at").notNull()
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.integration, t.entity, t.recordId, t.version] }),
    check("history_operation", sql`operation in ('create', 'update', 'delete')`)
  ]
)
