CREATE TABLE "syncline"."conflict" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"record_key" text collate "C" NOT NULL,
	"conflict_id" text collate "C" NOT NULL,
	"contested" jsonb NOT NULL,
	"withheld" jsonb NOT NULL,
	"source_record" jsonb,
	"target_record" jsonb,
	"strategy" text NOT NULL,
	"resolution" jsonb,
	"resolved_by" text,
	"created_at" timestamp with time zone NOT NULL,
	"resolved_at" timestamp with time zone,
	CONSTRAINT "conflict_pk" PRIMARY KEY("tenant_id","conflict_id"),
	CONSTRAINT "conflict_resolved" CHECK ((resolved_at is null) = (resolved_by is null))
);
--> statement-breakpoint
CREATE TABLE "syncline"."lane" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"record_key" text collate "C" NOT NULL,
	"side" text collate "C" NOT NULL,
	"version" bigint NOT NULL,
	"next_ord" bigint NOT NULL,
	"pending" integer NOT NULL,
	"available_at" timestamp with time zone NOT NULL,
	"priority" smallint DEFAULT 0 NOT NULL,
	"blocked_by" text,
	"epoch" bigint,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "lane_pk" PRIMARY KEY("tenant_id","integration","entity","record_key","side"),
	CONSTRAINT "lane_pending" CHECK (pending >= 0),
	CONSTRAINT "lane_blocked_by" CHECK (blocked_by in ('in_doubt', 'reference', 'failed', 'dead'))
);
--> statement-breakpoint
CREATE TABLE "syncline"."match_row" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"side" text collate "C" NOT NULL,
	"record_id" text collate "C" NOT NULL,
	"record" jsonb NOT NULL,
	"observed_at" timestamp with time zone NOT NULL,
	"keys" jsonb NOT NULL,
	"fate" text,
	"partner" text collate "C",
	"matched_by" smallint,
	CONSTRAINT "match_row_pk" PRIMARY KEY("tenant_id","integration","entity","side","record_id"),
	CONSTRAINT "match_row_fate" CHECK (fate in ('pair', 'lone', 'ambiguous', 'disagree'))
);
--> statement-breakpoint
CREATE TABLE "syncline"."outbox" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"record_key" text collate "C" NOT NULL,
	"side" text collate "C" NOT NULL,
	"ord" bigint NOT NULL,
	"entry_id" text collate "C" NOT NULL,
	"operation" text NOT NULL,
	"changes" jsonb NOT NULL,
	"changed_at" timestamp with time zone,
	"is_estimated" boolean NOT NULL,
	"state" text NOT NULL,
	"revision" integer NOT NULL,
	"attempts" integer NOT NULL,
	"batch" text,
	"request" jsonb,
	"sent_at" timestamp with time zone,
	"epoch" bigint,
	"execution_id" text collate "C" NOT NULL,
	"last_error" text,
	"is_appended" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "outbox_pk" PRIMARY KEY("tenant_id","integration","entity","record_key","side","ord"),
	CONSTRAINT "outbox_operation" CHECK (operation in ('create', 'update', 'delete')),
	CONSTRAINT "outbox_state" CHECK (state in ('pending', 'in_flight', 'in_doubt', 'failed', 'dead'))
);
--> statement-breakpoint
CREATE TABLE "syncline"."waiting" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"record_key" text collate "C" NOT NULL,
	"side" text collate "C" NOT NULL,
	"waiter" text NOT NULL,
	"reason" text NOT NULL,
	"on_entity" text collate "C" NOT NULL,
	"on_key" text collate "C" NOT NULL,
	"on_side" text collate "C" NOT NULL,
	"record_id" text collate "C" NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"ready_at" timestamp with time zone,
	CONSTRAINT "waiting_pk" PRIMARY KEY("tenant_id","integration","entity","record_key","side","waiter","reason","on_entity","on_key","on_side"),
	CONSTRAINT "waiting_waiter" CHECK (waiter in ('record', 'lane')),
	CONSTRAINT "waiting_reason" CHECK (reason in ('reference', 'unlinked', 'unsettled', 'doubted'))
);
--> statement-breakpoint
-- What drizzle-kit wrote as columns to drop and to add is renamed here, so that rows of the version before keep what they say.
ALTER TABLE "syncline"."cursor" ADD COLUMN "side" text collate "C" DEFAULT 'source' NOT NULL,
	DROP CONSTRAINT "cursor_tenant_id_integration_entity_pk",
	ADD CONSTRAINT "cursor_pk" PRIMARY KEY("tenant_id","integration","entity","side");
--> statement-breakpoint
ALTER TABLE "syncline"."execution_failure" RENAME COLUMN "record_id" TO "record_key";
--> statement-breakpoint
ALTER TABLE "syncline"."execution_failure" ADD COLUMN "side" text collate "C" DEFAULT 'source' NOT NULL,
	DROP CONSTRAINT "execution_failure_tenant_id_execution_id_record_id_pk",
	ADD CONSTRAINT "execution_failure_pk" PRIMARY KEY("tenant_id","execution_id","record_key","side");
--> statement-breakpoint
ALTER TABLE "syncline"."history" RENAME COLUMN "record_id" TO "record_key";
--> statement-breakpoint
ALTER TABLE "syncline"."history" ADD COLUMN "n" smallint DEFAULT 0 NOT NULL,
	ADD COLUMN "side" text collate "C" DEFAULT 'target' NOT NULL,
	ADD COLUMN "cause" jsonb,
	DROP CONSTRAINT "history_tenant_id_integration_entity_record_id_version_pk",
	ADD CONSTRAINT "history_pk" PRIMARY KEY("tenant_id","integration","entity","record_key","version","n");
--> statement-breakpoint
ALTER TABLE "syncline"."retry_ledger" RENAME COLUMN "record_id" TO "record_key";
--> statement-breakpoint
ALTER TABLE "syncline"."retry_ledger" ADD COLUMN "side" text collate "C" DEFAULT 'source' NOT NULL,
	DROP CONSTRAINT "retry_ledger_tenant_id_integration_entity_record_id_pk",
	ADD CONSTRAINT "retry_ledger_pk" PRIMARY KEY("tenant_id","integration","entity","record_key","side");
--> statement-breakpoint
ALTER TABLE "syncline"."link" RENAME COLUMN "observed_at" TO "source_observed_at";
--> statement-breakpoint
ALTER TABLE "syncline"."link" DROP CONSTRAINT "link_tenant_id_integration_entity_source_id_pk",
	ALTER COLUMN "source_id" DROP NOT NULL,
	ALTER COLUMN "source_observed_at" DROP NOT NULL,
	ADD COLUMN "record_key" text collate "C",
	ADD COLUMN "kind" text DEFAULT 'mirror' NOT NULL,
	ADD COLUMN "deleted_at" timestamp with time zone,
	ADD COLUMN "target_observed_at" timestamp with time zone,
	ADD COLUMN "target_fingerprint" text collate "C",
	ADD COLUMN "target_version" text;
--> statement-breakpoint
DROP INDEX "syncline"."link_target";
--> statement-breakpoint
-- Row-level security is forced for the tables' owner too, and no tenant is told here.
ALTER TABLE "syncline"."execution_failure" NO FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "syncline"."history" NO FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "syncline"."retry_ledger" NO FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "syncline"."link" NO FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
UPDATE "syncline"."link"
SET record_key = case when source_id like '~%' then '~s' || source_id else source_id end, source_id = null, target_id = nullif(target_id, source_id),
	deleted_at = case when is_deleted then updated_at end;
--> statement-breakpoint
UPDATE "syncline"."execution_failure" SET record_key = '~s' || record_key WHERE record_key like '~%';
--> statement-breakpoint
UPDATE "syncline"."history" SET record_key = '~s' || record_key WHERE record_key like '~%';
--> statement-breakpoint
UPDATE "syncline"."retry_ledger" SET record_key = '~s' || record_key WHERE record_key like '~%';
--> statement-breakpoint
ALTER TABLE "syncline"."execution_failure" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "syncline"."history" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "syncline"."retry_ledger" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "syncline"."link" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "syncline"."link" ALTER COLUMN "record_key" SET NOT NULL,
	ALTER COLUMN "kind" DROP DEFAULT,
	ADD CONSTRAINT "link_pk" PRIMARY KEY("tenant_id","integration","entity","record_key"),
	ADD CONSTRAINT "link_kind" CHECK (kind in ('mirror', 'pair', 'awaited')),
	ADD CONSTRAINT "link_deleted" CHECK (is_deleted = (deleted_at is not null));
--> statement-breakpoint
CREATE UNIQUE INDEX "conflict_open" ON "syncline"."conflict" USING btree ("tenant_id","integration","entity","record_key") WHERE resolved_at is null;
--> statement-breakpoint
CREATE INDEX "lane_ready" ON "syncline"."lane" USING btree ("tenant_id","integration","entity","side","priority","available_at","record_key") WHERE pending > 0 and blocked_by is null and epoch is null;
--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_unsent" ON "syncline"."outbox" USING btree ("tenant_id","integration","entity","record_key","side") WHERE state in ('pending', 'failed', 'dead') and not is_appended;
--> statement-breakpoint
CREATE UNIQUE INDEX "outbox_sent" ON "syncline"."outbox" USING btree ("tenant_id","integration","entity","side","record_key") WHERE state in ('in_flight', 'in_doubt');
--> statement-breakpoint
CREATE INDEX "outbox_stopped" ON "syncline"."outbox" USING btree ("tenant_id","entry_id") WHERE state in ('failed', 'dead');
--> statement-breakpoint
CREATE INDEX "waiting_on" ON "syncline"."waiting" USING btree ("tenant_id","integration","on_entity","on_key") WHERE ready_at is null;
--> statement-breakpoint
CREATE INDEX "waiting_ready" ON "syncline"."waiting" USING btree ("tenant_id","integration","entity","side","ready_at","record_key") WHERE ready_at is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "link_source" ON "syncline"."link" USING btree ("tenant_id","integration","entity","source_id") WHERE source_id is not null;
--> statement-breakpoint
CREATE INDEX "link_tombstone" ON "syncline"."link" USING btree ("tenant_id","deleted_at") WHERE deleted_at is not null;
--> statement-breakpoint
CREATE UNIQUE INDEX "link_target" ON "syncline"."link" USING btree ("tenant_id","integration","entity","target_id") WHERE target_id is not null;
--> statement-breakpoint
do $$
declare
  name text;
begin
  foreach name in array array['conflict', 'lane', 'match_row', 'outbox', 'waiting'] loop
    execute format('alter table syncline.%I enable row level security, force row level security', name);
    execute format('create policy tenant on syncline.%I using (tenant_id = current_setting(''app.tenant'', true))', name);
  end loop;
end $$;
--> statement-breakpoint
-- Rewritten with each entry, and an update that changes no indexed column stays on its page.
alter table syncline.lane set (fillfactor = 70);
--> statement-breakpoint
alter table syncline.outbox set (fillfactor = 80);
--> statement-breakpoint
alter table syncline.match_row set (fillfactor = 85);
