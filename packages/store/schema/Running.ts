/** What is declared, and its runs. Secrets are not here. */
import { sql } from "drizzle-orm"
import { bigint, check, foreignKey, index, integer, jsonb, primaryKey, text } from "drizzle-orm/pg-core"
import { at, count, id, side, syncline, tenantId, record } from "./Columns.ts"

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
    recordKey: id("record_key").notNull(),
    side: side().default("source"),
    class: text("class").notNull(),
    cause: text("cause").notNull(),
    message: text("message").notNull(),
    failedAt: at("failed_at").notNull()
  },
  (t) => [
    primaryKey({ name: "execution_failure_pk", columns: [t.tenantId, t.executionId, t.recordKey, t.side] }),
    foreignKey({ columns: [t.tenantId, t.executionId], foreignColumns: [execution.tenantId, execution.executionId] }),
    check("execution_failure_class", sql`class in ('validation', 'conflict')`)
  ]
)

export const retryLedger = syncline.table(
  "retry_ledger",
  {
    ...record(),
    /** Where it was read, or where writing it was refused. */
    side: side().default("source"),
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
    primaryKey({ name: "retry_ledger_pk", columns: [t.tenantId, t.integration, t.entity, t.recordKey, t.side] }),
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
    side: side().default("source"),
    /** Raised by every owner that takes this side. */
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
    primaryKey({ name: "cursor_pk", columns: [t.tenantId, t.integration, t.entity, t.side] }),
    foreignKey({ columns: [t.tenantId, t.integration], foreignColumns: [integration.tenantId, integration.name] })
  ]
)
