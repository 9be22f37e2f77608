/** Two applications with people and companies, each with its own tables, keys and habits: where random histories happen. */
import { HttpClient, Sql } from "@syncline/connector"
import { Capture, postgres } from "@syncline/connector-postgres"
import type { FieldMapping, Side } from "@syncline/core"
import { Postgres, Store } from "@syncline/store"
import { Effect, Layer, Redacted, Schema } from "effect"
import { defineConfig, Engine, type Policies } from "../src/index.ts"
import * as SqlRemote from "../src/SqlRemote.ts"

/** The fields of a person that users write, and their columns at each side. */
export const fields = ["name", "email", "phone", "amount", "status", "tags", "company", "home", "manager"] as const
export type Field = (typeof fields)[number]

/** The columns that hold the key of another record, and which table that is in. */
export const referred = { company: "companies", home: "companies", manager: "people" } as const

interface Place {
  readonly people: string
  readonly companies: string
  readonly columns: Readonly<Record<Field, string>>
}

export const places: Readonly<Record<Side.Side, Place>> = {
  source: {
    people: "crm.people",
    companies: "crm.companies",
    columns: {
      name: "name",
      email: "email",
      phone: "phone",
      amount: "amount",
      status: "status",
      tags: "tags",
      company: "company_id",
      home: "home_id",
      manager: "manager_id"
    }
  },
  target: {
    people: "app.contacts",
    companies: "app.accounts",
    columns: {
      name: "full_name",
      email: "mail",
      phone: "phone",
      amount: "total",
      status: "state",
      tags: "labels",
      company: "account_id",
      home: "home_id",
      manager: "boss_id"
    }
  }
}

/** Each write of a row is counted, also one that changes nothing. */
const ddl = `
  create schema crm; create schema app;
  create sequence public.writes;
  create table crm.companies (id uuid primary key default gen_random_uuid(), birth text not null, name text, updated_at timestamptz default clock_timestamp());
  create table app.accounts (id bigint generated always as identity primary key, birth text not null, title text, updated_at timestamptz default clock_timestamp());
  create table crm.people (id uuid primary key default gen_random_uuid(), birth text not null, name text, email text, phone text,
    amount numeric, status text, tags jsonb, company_id uuid, home_id uuid not null, manager_id uuid, updated_at timestamptz default clock_timestamp());
  create table app.contacts (id bigint generated always as identity primary key, birth text not null, full_name text, mail text, phone text,
    total numeric, state text, labels jsonb, account_id bigint, home_id bigint not null, boss_id bigint, updated_at timestamptz default clock_timestamp());
  create index on crm.people (birth); create index on app.contacts (birth);
  create index on crm.people (company_id); create index on app.contacts (account_id);
  create index on crm.people (manager_id); create index on app.contacts (boss_id);
  create function public.counted() returns trigger language plpgsql as $$ begin perform nextval('public.writes'); return null; end $$;
  create function public.touched() returns trigger language plpgsql as $$ begin new.updated_at := clock_timestamp(); return new; end $$;
  create function app.tidied() returns trigger language plpgsql as $$ begin
    new.full_name := btrim(new.full_name); new.mail := lower(btrim(new.mail)); new.total := round(new.total, 2); return new; end $$;
  create function crm.tidied() returns trigger language plpgsql as $$ begin new.status := coalesce(new.status, 'new'); return new; end $$;
  create trigger tidied before insert or update on app.contacts for each row execute function app.tidied();
  create trigger tidied before insert or update on crm.people for each row execute function crm.tidied();
  create function public.forgotten() returns trigger language plpgsql as $$ begin
    execute format('update %s set %I = null where %I = $1.id', tg_argv[0], tg_argv[1], tg_argv[1]) using old; return null; end $$;
  create trigger forgotten after delete on crm.companies for each row execute function public.forgotten('crm.people', 'company_id');
  create trigger forgotten after delete on app.accounts for each row execute function public.forgotten('app.contacts', 'account_id');
  create trigger forgotten after delete on crm.people for each row execute function public.forgotten('crm.people', 'manager_id');
  create trigger forgotten after delete on app.contacts for each row execute function public.forgotten('app.contacts', 'boss_id');
  do $$ declare t text; begin foreach t in array array['crm.companies', 'app.accounts', 'crm.people', 'app.contacts'] loop
    execute format('create trigger counted after insert or update or delete on %s for each row execute function public.counted()', t);
    execute format('create trigger touched before update on %s for each row execute function public.touched()', t);
  end loop; end $$`

const people: ReadonlyArray<FieldMapping.Rule> = [
  { source: "birth", target: "birth" },
  { source: "name", target: "full_name" },
  { source: "email", target: "mail", writeBack: true },
  { source: "phone", target: "phone" },
  { source: "amount", target: "total" },
  { source: "status", target: "state" },
  { source: "tags", target: "labels", merge: "set" },
  { source: "company_id", target: "account_id" },
  { source: "home_id", target: "home_id" },
  { source: "manager_id", target: "boss_id" }
]

const companies: ReadonlyArray<FieldMapping.Rule> = [
  { source: "birth", target: "birth" },
  { source: "name", target: "title" }
]

export interface Options extends Policies {
  /** The tables tell when a row last changed. */
  readonly isTimed?: boolean
}

/** Opens the world in an empty database. */
export const open = Effect.fn("HistoryWorld.open")(function* (url: string, { isTimed = false, ...policies }: Options) {
  const pool = yield* Postgres.open({ url: Redacted.make(url) })
  yield* pool.query(ddl)
  const table = (references: Readonly<Record<string, unknown>> = {}) => ({
    key: "id",
    capture: "log",
    onDelete: "delete",
    references,
    ...(isTimed && { updatedAt: "updated_at" })
  })
  const required = (entity: string) => ({ entity, required: true })
  const configs = {
    crm: {
      schema: "crm",
      tables: {
        companies: table(),
        people: table({ company_id: "companies", home_id: required("companies"), manager_id: "people" })
      }
    },
    app: {
      schema: "app",
      tables: {
        accounts: table(),
        contacts: table({ account_id: "accounts", home_id: required("accounts"), boss_id: "contacts" })
      }
    }
  }
  for (const config of Object.values(configs)) {
    const decoded = yield* Effect.orDie(Schema.decodeUnknownEffect(postgres.config)(config))
    for (const name of Capture.tables(decoded))
      yield* Effect.provideService(Capture.install(decoded, name), Sql, SqlRemote.onDatabase(pool))
  }
  const project = defineConfig({
    connections: {
      crm: { connector: postgres, config: configs.crm },
      app: { connector: postgres, config: configs.app }
    },
    integrations: {
      contacts: {
        source: "crm",
        target: "app",
        entities: [
          { source: "companies", target: "accounts", mapping: companies, match: [] },
          { source: "people", target: "contacts", mapping: people, match: [] }
        ],
        ...policies
      }
    },
    jobs: {
      companies: { integration: "contacts", entity: "companies", direction: "bidirectional" },
      people: { integration: "contacts", entity: "people", direction: "bidirectional" }
    }
  })
  const services = yield* Layer.build(
    Engine.layer(project).pipe(
      Layer.provideMerge(Store.layer({ url: Redacted.make(url) })),
      Layer.provide(HttpClient.layer)
    )
  )
  const engine = yield* Effect.provideContext(Engine, services)
  /** How many rows were written so far, by anyone. */
  const writes = Effect.map(pool.query("select last_value::int as n, is_called from public.writes"), ([row]) =>
    row?.["is_called"] === true ? Number(row["n"]) : 0
  )
  return { engine, query: pool.query, writes }
})

export type HistoryWorld = Effect.Success<ReturnType<typeof open>>
