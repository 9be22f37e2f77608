CREATE TABLE "syncline"."authorization" (
	"tenant_id" text collate "C" NOT NULL,
	"state" text collate "C" NOT NULL,
	"connection" text collate "C" NOT NULL,
	"sealed" text NOT NULL,
	"key_id" text collate "C" NOT NULL,
	"redirect_uri" text NOT NULL,
	"begun_at" timestamp with time zone NOT NULL,
	CONSTRAINT "authorization_pk" PRIMARY KEY("tenant_id","state")
);
--> statement-breakpoint
CREATE TABLE "syncline"."credential" (
	"tenant_id" text collate "C" NOT NULL,
	"connection" text collate "C" NOT NULL,
	"field" text collate "C" NOT NULL,
	"version" bigint NOT NULL,
	"key_id" text collate "C" NOT NULL,
	"sealed" text NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"claimed_by" text,
	"claimed_at" timestamp with time zone,
	CONSTRAINT "credential_pk" PRIMARY KEY("tenant_id","connection","field")
);
--> statement-breakpoint
CREATE TABLE "syncline"."data_key" (
	"tenant_id" text collate "C" NOT NULL,
	"key_id" text collate "C" NOT NULL,
	"master_key_id" text collate "C" NOT NULL,
	"wrapped" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "data_key_pk" PRIMARY KEY("tenant_id","key_id")
);
--> statement-breakpoint
CREATE TABLE "syncline"."pair_mapping" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"hash" text NOT NULL,
	"fields" jsonb NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "pair_mapping_pk" PRIMARY KEY("tenant_id","integration","entity")
);
--> statement-breakpoint
CREATE TABLE "syncline"."tenant_override" (
	"tenant_id" text collate "C" NOT NULL,
	"integration" text collate "C" NOT NULL,
	"entity" text collate "C" NOT NULL,
	"settings" jsonb NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "tenant_override_pk" PRIMARY KEY("tenant_id","integration","entity")
);

--> statement-breakpoint
do $$
declare
  name text;
begin
  foreach name in array array['authorization', 'credential', 'data_key', 'pair_mapping', 'tenant_override'] loop
    execute format('alter table syncline.%I enable row level security, force row level security', name);
    execute format('create policy tenant on syncline.%I using (tenant_id = current_setting(''app.tenant'', true))', name);
  end loop;
end $$;
