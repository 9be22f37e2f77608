CREATE TABLE "syncline"."match_fate" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"side" text collate "C" NOT NULL,
	"record_id" text collate "C" NOT NULL,
	"fate" text NOT NULL,
	"partner" text collate "C",
	"matched_by" smallint,
	CONSTRAINT "match_fate_pk" PRIMARY KEY("tenant_id","integration","entity","side","record_id"),
	CONSTRAINT "match_fate_fate" CHECK (fate in ('pair', 'ambiguous', 'disagree'))
);
--> statement-breakpoint
ALTER TABLE "syncline"."match_row" DROP CONSTRAINT "match_row_fate";--> statement-breakpoint
ALTER TABLE "syncline"."match_row" DROP COLUMN "fate";--> statement-breakpoint
ALTER TABLE "syncline"."match_row" DROP COLUMN "partner";--> statement-breakpoint
ALTER TABLE "syncline"."match_row" DROP COLUMN "matched_by";
--> statement-breakpoint
alter table syncline.match_fate enable row level security, force row level security;
--> statement-breakpoint
create policy tenant on syncline.match_fate using (tenant_id = current_setting('app.tenant', true));
--> statement-breakpoint
alter table syncline.match_row reset (fillfactor);
