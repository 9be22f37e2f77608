CREATE TABLE "syncline"."deletion" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"record_key" text collate "C" NOT NULL,
	"side" text collate "C" NOT NULL,
	"record_id" text collate "C" NOT NULL,
	"state" text NOT NULL,
	"found_at" timestamp with time zone NOT NULL,
	"decided_at" timestamp with time zone,
	"decided_by" text,
	CONSTRAINT "deletion_pk" PRIMARY KEY("tenant_id","integration","entity","side","record_id"),
	CONSTRAINT "deletion_state" CHECK (state in ('held', 'approved', 'rejected')),
	CONSTRAINT "deletion_decided" CHECK ((state = 'held') = (decided_at is null) and (state = 'held') = (decided_by is null))
);
--> statement-breakpoint
CREATE TABLE "syncline"."difference" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"side" text collate "C" NOT NULL,
	"kind" text NOT NULL,
	"record_id" text collate "C" NOT NULL,
	"record_key" text collate "C",
	CONSTRAINT "difference_pk" PRIMARY KEY("tenant_id","integration","entity","side","kind","record_id"),
	CONSTRAINT "difference_kind" CHECK (kind in ('unlisted', 'missed', 'drifted', 'back'))
);
--> statement-breakpoint
CREATE TABLE "syncline"."enumeration" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"side" text collate "C" NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"position" jsonb,
	"pages" integer NOT NULL,
	"ids" bigint DEFAULT 0 NOT NULL,
	"is_complete" boolean NOT NULL,
	"marked_by" text,
	CONSTRAINT "enumeration_pk" PRIMARY KEY("tenant_id","integration","entity","side"),
	CONSTRAINT "enumeration_marked_by" CHECK (marked_by in ('version', 'fingerprint'))
);
--> statement-breakpoint
CREATE TABLE "syncline"."enumeration_page" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"side" text collate "C" NOT NULL,
	"page" integer NOT NULL,
	"ids" json NOT NULL,
	"marks" json,
	CONSTRAINT "enumeration_page_pk" PRIMARY KEY("tenant_id","integration","entity","side","page")
);
--> statement-breakpoint
CREATE TABLE "syncline"."reconciliation" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"checked_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone NOT NULL,
	"execution_id" text collate "C" NOT NULL,
	"found" jsonb NOT NULL,
	CONSTRAINT "reconciliation_pk" PRIMARY KEY("tenant_id","integration","entity")
);
--> statement-breakpoint
ALTER TABLE "syncline"."execution" DROP CONSTRAINT "execution_mode";--> statement-breakpoint
ALTER TABLE "syncline"."execution" ADD CONSTRAINT "execution_mode" CHECK (mode in ('full', 'incremental', 'reconcile'));
--> statement-breakpoint
alter table syncline.enumeration set unlogged;
--> statement-breakpoint
alter table syncline.enumeration_page set unlogged;
--> statement-breakpoint
alter table syncline.difference set unlogged;
--> statement-breakpoint
do $$
declare
  name text;
begin
  foreach name in array array['deletion', 'difference', 'enumeration', 'enumeration_page', 'reconciliation'] loop
    execute format('alter table syncline.%I enable row level security, force row level security', name);
    execute format('create policy tenant on syncline.%I using (tenant_id = current_setting(''app.tenant'', true))', name);
  end loop;
end $$;
