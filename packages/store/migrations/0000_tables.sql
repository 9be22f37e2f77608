CREATE TABLE "syncline"."connection" (
	"tenant_id" text collate "C" NOT NULL,
	"name" text collate "C" NOT NULL,
	"connector" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "connection_tenant_id_name_pk" PRIMARY KEY("tenant_id","name")
);
--> statement-breakpoint
CREATE TABLE "syncline"."cursor" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"epoch" bigint NOT NULL,
	"generation" bigint NOT NULL,
	"state" jsonb,
	"execution_id" text collate "C" NOT NULL,
	"owner_host" text NOT NULL,
	"owner_pid" integer NOT NULL,
	"owner_label" text NOT NULL,
	"heartbeat_at" timestamp with time zone,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "cursor_tenant_id_integration_entity_pk" PRIMARY KEY("tenant_id","integration","entity")
);
--> statement-breakpoint
CREATE TABLE "syncline"."execution" (
	"tenant_id" text collate "C" NOT NULL,
	"execution_id" text collate "C" NOT NULL,
	"job" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"trigger" text NOT NULL,
	"mode" text NOT NULL,
	"status" text NOT NULL,
	"reason" text,
	"started_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"processed" bigint DEFAULT 0 NOT NULL,
	"created" bigint DEFAULT 0 NOT NULL,
	"updated" bigint DEFAULT 0 NOT NULL,
	"deleted" bigint DEFAULT 0 NOT NULL,
	"skipped" bigint DEFAULT 0 NOT NULL,
	"conflicted" bigint DEFAULT 0 NOT NULL,
	"failed" bigint DEFAULT 0 NOT NULL,
	"queued" bigint DEFAULT 0 NOT NULL,
	"api_calls" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "execution_tenant_id_execution_id_pk" PRIMARY KEY("tenant_id","execution_id"),
	CONSTRAINT "execution_counters_add_up" CHECK (processed = created + updated + deleted + skipped + conflicted + failed + queued
      and least(created, updated, deleted, skipped, conflicted, failed, queued, api_calls) >= 0),
	CONSTRAINT "execution_status" CHECK (status in ('running', 'completed', 'completed_with_errors', 'failed', 'timed_out', 'cancelled')),
	CONSTRAINT "execution_trigger" CHECK (trigger in ('manual', 'scheduled', 'webhook')),
	CONSTRAINT "execution_mode" CHECK (mode in ('full', 'incremental')),
	CONSTRAINT "execution_ended" CHECK ((status = 'running') = (ended_at is null))
);
--> statement-breakpoint
CREATE TABLE "syncline"."execution_failure" (
	"tenant_id" text collate "C" NOT NULL,
	"execution_id" text collate "C" NOT NULL,
	"record_id" text collate "C" NOT NULL,
	"class" text NOT NULL,
	"cause" text NOT NULL,
	"message" text NOT NULL,
	"failed_at" timestamp with time zone NOT NULL,
	CONSTRAINT "execution_failure_tenant_id_execution_id_record_id_pk" PRIMARY KEY("tenant_id","execution_id","record_id"),
	CONSTRAINT "execution_failure_class" CHECK (class in ('validation', 'conflict'))
);
--> statement-breakpoint
CREATE TABLE "syncline"."history" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"record_id" text collate "C" NOT NULL,
	"version" bigint NOT NULL,
	"execution_id" text collate "C" NOT NULL,
	"operation" text NOT NULL,
	"fields" jsonb NOT NULL,
	"changed_at" timestamp with time zone NOT NULL,
	CONSTRAINT "history_tenant_id_integration_entity_record_id_version_pk" PRIMARY KEY("tenant_id","integration","entity","record_id","version"),
	CONSTRAINT "history_operation" CHECK (operation in ('create', 'update', 'delete'))
);
--> statement-breakpoint
CREATE TABLE "syncline"."integration" (
	"tenant_id" text collate "C" NOT NULL,
	"name" text collate "C" NOT NULL,
	"source" text collate "C" NOT NULL,
	"target" text collate "C" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "integration_tenant_id_name_pk" PRIMARY KEY("tenant_id","name")
);
--> statement-breakpoint
CREATE TABLE "syncline"."job" (
	"tenant_id" text collate "C" NOT NULL,
	"name" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"definition" jsonb NOT NULL,
	"last_execution" text collate "C",
	"last_started_at" timestamp with time zone,
	"next_run_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "job_tenant_id_name_pk" PRIMARY KEY("tenant_id","name")
);
--> statement-breakpoint
CREATE TABLE "syncline"."link" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"source_id" text collate "C" NOT NULL,
	"target_id" text collate "C",
	"version" bigint NOT NULL,
	"status" text NOT NULL,
	"is_deleted" boolean NOT NULL,
	"observed_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"source_fingerprint" text collate "C",
	"source_version" text,
	"source_image" jsonb,
	"target_image" jsonb,
	CONSTRAINT "link_tenant_id_integration_entity_source_id_pk" PRIMARY KEY("tenant_id","integration","entity","source_id"),
	CONSTRAINT "link_status" CHECK (status in ('pending', 'mapped', 'failed', 'stale', 'in_doubt')),
	CONSTRAINT "link_version" CHECK (version >= 1)
);
--> statement-breakpoint
CREATE TABLE "syncline"."retry_ledger" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"record_id" text collate "C" NOT NULL,
	"state" text NOT NULL,
	"attempts" integer NOT NULL,
	"execution_id" text collate "C" NOT NULL,
	"class" text NOT NULL,
	"cause" text NOT NULL,
	"message" text NOT NULL,
	"payload" jsonb,
	"first_failed_at" timestamp with time zone NOT NULL,
	"last_failed_at" timestamp with time zone NOT NULL,
	CONSTRAINT "retry_ledger_tenant_id_integration_entity_record_id_pk" PRIMARY KEY("tenant_id","integration","entity","record_id"),
	CONSTRAINT "retry_ledger_state" CHECK (state in ('waiting', 'dead')),
	CONSTRAINT "retry_ledger_class" CHECK (class in ('validation', 'conflict')),
	CONSTRAINT "retry_ledger_attempts" CHECK (attempts >= 1)
);
--> statement-breakpoint
CREATE TABLE "syncline"."tenant" (
	"tenant_id" text collate "C" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "tenant_tenant_id_pk" PRIMARY KEY("tenant_id")
);
--> statement-breakpoint
ALTER TABLE "syncline"."connection" ADD CONSTRAINT "connection_tenant_id_tenant_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "syncline"."tenant"("tenant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "syncline"."cursor" ADD CONSTRAINT "cursor_tenant_id_integration_integration_tenant_id_name_fk" FOREIGN KEY ("tenant_id","integration") REFERENCES "syncline"."integration"("tenant_id","name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "syncline"."execution" ADD CONSTRAINT "execution_tenant_id_integration_integration_tenant_id_name_fk" FOREIGN KEY ("tenant_id","integration") REFERENCES "syncline"."integration"("tenant_id","name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "syncline"."execution_failure" ADD CONSTRAINT "execution_failure_tenant_id_execution_id_execution_tenant_id_execution_id_fk" FOREIGN KEY ("tenant_id","execution_id") REFERENCES "syncline"."execution"("tenant_id","execution_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "syncline"."integration" ADD CONSTRAINT "integration_source_fk" FOREIGN KEY ("tenant_id","source") REFERENCES "syncline"."connection"("tenant_id","name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "syncline"."integration" ADD CONSTRAINT "integration_target_fk" FOREIGN KEY ("tenant_id","target") REFERENCES "syncline"."connection"("tenant_id","name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "syncline"."job" ADD CONSTRAINT "job_tenant_id_integration_integration_tenant_id_name_fk" FOREIGN KEY ("tenant_id","integration") REFERENCES "syncline"."integration"("tenant_id","name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "syncline"."retry_ledger" ADD CONSTRAINT "retry_ledger_tenant_id_integration_integration_tenant_id_name_fk" FOREIGN KEY ("tenant_id","integration") REFERENCES "syncline"."integration"("tenant_id","name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "execution_running" ON "syncline"."execution" USING btree ("tenant_id","integration","entity") WHERE status = 'running';--> statement-breakpoint
CREATE UNIQUE INDEX "link_target" ON "syncline"."link" USING btree ("tenant_id","integration","entity","target_id") WHERE target_id is not null;