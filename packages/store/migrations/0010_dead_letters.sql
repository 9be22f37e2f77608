CREATE TABLE "syncline"."given_up" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"record_key" text collate "C" NOT NULL,
	"side" text collate "C",
	"operation" text,
	"payload" jsonb,
	"cause" text NOT NULL,
	"given_up_by" text NOT NULL,
	"why" text NOT NULL,
	"given_up_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "syncline"."tenant" ADD COLUMN "revision" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "given_up_at" ON "syncline"."given_up" USING btree ("tenant_id","given_up_at");--> statement-breakpoint
alter table "syncline"."given_up" enable row level security, force row level security;--> statement-breakpoint
create policy tenant on "syncline"."given_up" using (tenant_id is not distinct from current_setting('app.tenant', true));
