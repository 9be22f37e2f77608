/** What is declared, and its runs. Secrets are not here. */
import { sql } from "drizzle-orm"
import { bigint, check, foreignKey, index, integer, jsonb, primaryKey, text } from "drizzle-orm/pg-core"
import { at, count, id, side, syncline, tenantId, record } from "./Columns.ts"

export const tenant = syncline.table(
  "tenant",
  {
    tenantId: tenantId(),
    /** Raised by every change of what the tenant's connections are entered with and of what it has other than the configuration. */
    revision: bigint("revision", { mode: "number" }).notNull().default(0),
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
    /** `ready`, or why it is not called: its provider does not answer, or refuses the credentials. */
    state: text("state").notNull().default("ready"),
    stateReason: text("state_reason"),
    stateSince: at("state_since"),
    /** How often in a row it was asked in vain whether it is ready again, and when it is asked next. */
    probes: integer("probes").notNull().default(0),
    probeAt: at("probe_at"),
    pausedAt: at("paused_at"),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull()
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.name] }),
    foreignKey({ columns: [t.tenantId], foreignColumns: [tenant.tenantId] }),
    check("connection_state", sql`state in ('ready', 'backoff', 'blocked_auth')`),
    check("connection_probe", sql`(state = 'ready') = (probe_at is null)`)
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
    /** When its ids are compared next; null: when whoever fires jobs says. */
    nextReconcileAt: at("next_reconcile_at"),
    /** Whose turns run it: a driver's name. */
    driver: id("driver").notNull().default(""),
    /** What fires it by itself; null: nothing. */
    schedule: jsonb("schedule"),
    /** How often in a row it was started again because an execution had failed. */
    retries: integer("retries").notNull().default(0),
    pausedAt: at("paused_at"),
    createdAt: at("created_at").notNull(),
    updatedAt: at("updated_at").notNull()
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.name] }),
    foreignKey({ columns: [t.tenantId, t.integration], foreignColumns: [integration.tenantId, integration.name] }),
    index("job_due")
      .on(t.nextRunAt)
      .where(sql`schedule is not null and paused_at is null`),
    index("job_reconcile")
      .on(t.nextReconcileAt)
      .where(sql`schedule is not null and paused_at is null`),
    index("job_driver").on(t.tenantId, t.driver)
  ]
)

/** Who owns all traffic of some connections. Rewritten by each turn and each wake, so there is room on its page. */
export const driver = syncline.table(
  "driver",
  {
    tenantId: tenantId(),
    /** Of its connections the first by name. */
    name: id("name").notNull(),
    /** Raised by every worker that takes it. */
    epoch: bigint("epoch", { mode: "number" }).notNull(),
    worker: id("worker"),
    takenAt: at("taken_at"),
    /** When its first wake is due; null: none is. It may be early and is never late. */
    dueAt: at("due_at")
  },
  (t) => [
    primaryKey({ name: "driver_pk", columns: [t.tenantId, t.name] }),
    foreignKey({ columns: [t.tenantId], foreignColumns: [tenant.tenantId] }),
    index("driver_due")
      .on(t.dueAt)
      .where(sql`due_at is not null`)
  ]
)

/** That a job has something to do. It stays until that is done: a worker that dies leaves it to the next. */
export const wake = syncline.table(
  "wake",
  {
    tenantId: tenantId(),
    job: id("job").notNull(),
    class: text("class").notNull(),
    trigger: text("trigger").notNull(),
    dueAt: at("due_at").notNull(),
    /** Counts the wakes, so that one that comes while another is served is not lost. */
    wakes: bigint("wakes", { mode: "number" }).notNull(),
    /** An execution that has begun and goes on with the next turn. */
    executionId: id("execution_id")
  },
  (t) => [
    primaryKey({ name: "wake_pk", columns: [t.tenantId, t.job, t.class] }),
    foreignKey({ columns: [t.tenantId, t.job], foreignColumns: [job.tenantId, job.name] }).onDelete("cascade"),
    check("wake_class", sql`class in ('webhook', 'edit', 'delta', 'backfill', 'reconcile')`),
    check("wake_trigger", sql`trigger in ('manual', 'scheduled', 'webhook')`)
  ]
)

/** A process that drives connections of any tenant. Its heartbeat is the lease of all its drivers. */
export const worker = syncline.table("worker", {
  workerId: id("worker_id").primaryKey(),
  host: text("host").notNull(),
  pid: integer("pid").notNull(),
  startedAt: at("started_at").notNull(),
  beatAt: at("beat_at").notNull()
})

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
    check("execution_mode", sql`mode in ('full', 'incremental', 'reconcile')`),
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
