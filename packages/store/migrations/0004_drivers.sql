CREATE TABLE "syncline"."driver" (
	"tenant_id" text collate "C" NOT NULL,
	"name" text collate "C" NOT NULL,
	"epoch" bigint NOT NULL,
	"worker" text collate "C",
	"taken_at" timestamp with time zone,
	"due_at" timestamp with time zone,
	CONSTRAINT "driver_pk" PRIMARY KEY("tenant_id","name")
);
--> statement-breakpoint
CREATE TABLE "syncline"."wake" (
	"tenant_id" text collate "C" NOT NULL,
	"job" text collate "C" NOT NULL,
	"class" text NOT NULL,
	"trigger" text NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"wakes" bigint NOT NULL,
	"execution_id" text collate "C",
	CONSTRAINT "wake_pk" PRIMARY KEY("tenant_id","job","class"),
	CONSTRAINT "wake_class" CHECK (class in ('webhook', 'edit', 'delta', 'backfill', 'reconcile')),
	CONSTRAINT "wake_trigger" CHECK (trigger in ('manual', 'scheduled', 'webhook'))
);
--> statement-breakpoint
CREATE TABLE "syncline"."worker" (
	"worker_id" text collate "C" PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"pid" integer NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"beat_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "syncline"."connection" ADD COLUMN "state" text DEFAULT 'ready' NOT NULL;--> statement-breakpoint
ALTER TABLE "syncline"."connection" ADD COLUMN "state_reason" text;--> statement-breakpoint
ALTER TABLE "syncline"."connection" ADD COLUMN "state_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "syncline"."connection" ADD COLUMN "probes" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "syncline"."connection" ADD COLUMN "probe_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "syncline"."connection" ADD COLUMN "paused_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "syncline"."job" ADD COLUMN "driver" text collate "C" DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "syncline"."job" ADD COLUMN "schedule" jsonb;--> statement-breakpoint
ALTER TABLE "syncline"."job" ADD COLUMN "retries" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "syncline"."job" ADD COLUMN "paused_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "syncline"."driver" ADD CONSTRAINT "driver_tenant_id_tenant_tenant_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "syncline"."tenant"("tenant_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "syncline"."wake" ADD CONSTRAINT "wake_tenant_id_job_job_tenant_id_name_fk" FOREIGN KEY ("tenant_id","job") REFERENCES "syncline"."job"("tenant_id","name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "driver_due" ON "syncline"."driver" USING btree ("due_at") WHERE due_at is not null;--> statement-breakpoint
CREATE INDEX "job_due" ON "syncline"."job" USING btree ("next_run_at") WHERE schedule is not null and paused_at is null;--> statement-breakpoint
CREATE INDEX "job_driver" ON "syncline"."job" USING btree ("tenant_id","driver");--> statement-breakpoint
ALTER TABLE "syncline"."connection" ADD CONSTRAINT "connection_state" CHECK (state in ('ready', 'backoff', 'blocked_auth'));--> statement-breakpoint
ALTER TABLE "syncline"."connection" ADD CONSTRAINT "connection_probe" CHECK ((state = 'ready') = (probe_at is null));--> statement-breakpoint
do $$
declare
  name text;
begin
  foreach name in array array['driver', 'wake'] loop
    execute format('alter table syncline.%I enable row level security, force row level security', name);
    execute format('create policy tenant on syncline.%I using (tenant_id = current_setting(''app.tenant'', true))', name);
  end loop;
end $$;
--> statement-breakpoint
-- Rewritten by each turn and each wake, and by each heartbeat.
alter table syncline.driver set (fillfactor = 50);
--> statement-breakpoint
alter table syncline.wake set (fillfactor = 50);
--> statement-breakpoint
alter table syncline.worker set (fillfactor = 50);
