CREATE TABLE "syncline"."claim" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"side" text collate "C" NOT NULL,
	"record_id" text collate "C" NOT NULL,
	"claims" bigint NOT NULL,
	"is_pending" boolean NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"claimed_at" timestamp with time zone NOT NULL,
	"read_at" timestamp with time zone,
	CONSTRAINT "claim_pk" PRIMARY KEY("tenant_id","integration","entity","side","record_id")
);
--> statement-breakpoint
CREATE TABLE "syncline"."delivery" (
	"tenant_id" text collate "C" NOT NULL,
	"connection" text collate "C" NOT NULL,
	"delivery_id" text collate "C" NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"body" "bytea",
	"unread" jsonb,
	"why" text,
	"other_version" text,
	CONSTRAINT "delivery_pk" PRIMARY KEY("tenant_id","connection","delivery_id")
);
--> statement-breakpoint
CREATE TABLE "syncline"."webhook_path" (
	"tenant_id" text collate "C" NOT NULL,
	"connection" text collate "C" NOT NULL,
	"path" text collate "C" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "webhook_path_pk" PRIMARY KEY("tenant_id","connection")
);
--> statement-breakpoint
ALTER TABLE "syncline"."webhook_path" ADD CONSTRAINT "webhook_path_connection_fk" FOREIGN KEY ("tenant_id","connection") REFERENCES "syncline"."connection"("tenant_id","name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "claim_due" ON "syncline"."claim" USING btree ("tenant_id","integration","entity","due_at","side","record_id") WHERE is_pending;--> statement-breakpoint
CREATE INDEX "claim_read" ON "syncline"."claim" USING btree ("tenant_id","read_at") WHERE not is_pending;--> statement-breakpoint
CREATE INDEX "delivery_received" ON "syncline"."delivery" USING btree ("tenant_id","received_at");--> statement-breakpoint
CREATE INDEX "delivery_unread" ON "syncline"."delivery" USING btree ("tenant_id","connection","delivery_id") WHERE unread is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_path_path" ON "syncline"."webhook_path" USING btree ("path");
--> statement-breakpoint
do $$
declare
  name text;
begin
  foreach name in array array['claim', 'delivery', 'webhook_path'] loop
    execute format('alter table syncline.%I enable row level security, force row level security', name);
    execute format('create policy tenant on syncline.%I using (tenant_id = current_setting(''app.tenant'', true))', name);
  end loop;
end $$;
--> statement-breakpoint
-- Rewritten with each claim, and an update that changes no indexed column stays on its page.
alter table syncline.claim set (fillfactor = 70);
