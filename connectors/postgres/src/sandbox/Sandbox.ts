/**
 * What the conformance checks drive: an application's tables in a schema of their own, filled in by SQL as the application would.
 *
 * There is nothing to stand in for: the provider is the real server.
 */
import { Sql } from "@syncline/connector"
import { type ConformanceAccount, type ConformanceSandbox, noScenes, type Opening } from "@syncline/connector/sandbox"
import { type Fields, RecordId } from "@syncline/core"
import { Effect, Schema } from "effect"
import * as Capture from "../Capture.ts"
import { rowsOf } from "../Catalog.ts"
import { quote } from "../Identifier.ts"
import { Config } from "../Postgres.ts"

const tables = {
  companies: { key: "id", capture: "log", onDelete: "delete" },
  people: { key: "id", capture: "log", onDelete: "delete", references: { company_id: "companies" } }
} as const

const ddl = (schema: string): ReadonlyArray<string> => [
  `create schema ${schema}`,
  `create table ${schema}.companies (id bigint generated always as identity primary key, name text, note text,
     amount numeric, price numeric(12, 2) check (price >= 0), is_active boolean, founded timestamptz)`,
  `create table ${schema}.people (id bigint generated always as identity primary key, name text, email text, note text,
     company_id bigint references ${schema}.companies)`
]

/** Each row as its record, written down a second time so that the connector's own way is not its own judge. */
const shown: Readonly<Record<string, string>> = {
  companies: `jsonb_build_object('id', t.id::text, 'name', t.name, 'note', t.note, 'amount', t.amount::text, 'price', t.price::text,
    'is_active', t.is_active, 'founded', to_char(t.founded at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))`,
  people: `jsonb_build_object('id', t.id::text, 'name', t.name, 'email', t.email, 'note', t.note, 'company_id', t.company_id::text)`
}

const Shown = Schema.Struct({ id: RecordId, record: Schema.Record(Schema.String, Schema.Json) })
const Made = Schema.Struct({ id: RecordId })
const Numbered = Schema.Struct({ number: Schema.String })

const open = Effect.fn("PostgresSandbox.open")(function* ({ size = 0 }: Opening) {
  const sql = yield* Sql
  const query = <A>(row: Schema.Codec<A, unknown>, text: string, parameters: ReadonlyArray<string> = []) =>
    rowsOf(row, text, parameters).pipe(Effect.provideService(Sql, sql), Effect.orDie)
  const Nothing = Schema.Struct({})

  yield* query(Nothing, "create sequence if not exists public.conformance_account")
  const [counted] = yield* query(Numbered, "select nextval('public.conformance_account')::text as number")
  const schema = `conformance_${counted?.number ?? "0"}`
  for (const statement of ddl(schema)) yield* query(Nothing, statement)
  const input = { schema, tables }
  const config = yield* Effect.orDie(Schema.decodeUnknownEffect(Config)(input))
  for (const table of Object.keys(tables))
    yield* Capture.install(config, table).pipe(Effect.provideService(Sql, sql), Effect.orDie)
  if (size > 0)
    yield* query(
      Nothing,
      `insert into ${schema}.companies (name, note) select 'Company ' || n, 'Note ' || n from generate_series(1, ${size}) as n`
    )

  const named = (fields: Fields) => Object.keys(fields).map(quote)
  const of = (entity: string, fields: Fields) =>
    `jsonb_populate_record(null::${schema}.${quote(entity)}, $1::text::jsonb) as r` +
    (Object.keys(fields).length === 0 ? " where false" : "")
  const account: ConformanceAccount = {
    config: input,
    wire: null,
    webhooks: null,
    authorization: null,
    user: {
      create: (entity, fields) =>
        Effect.flatMap(
          query(
            Made,
            `insert into ${schema}.${quote(entity)} (${named(fields).join(", ")})
             select ${named(fields)
               .map((name) => `r.${name}`)
               .join(", ")} from ${of(entity, fields)} returning id::text as id`,
            [JSON.stringify(fields)]
          ),
          ([made]) => (made === undefined ? Effect.die(new Error("no row was made")) : Effect.succeed(made.id))
        ),
      edit: (entity, id, fields) =>
        Effect.asVoid(
          query(
            Nothing,
            `update ${schema}.${quote(entity)} as t set ${named(fields)
              .map((name) => `${name} = r.${name}`)
              .join(", ")}
             from ${of(entity, fields)} where t.id::text = $2`,
            [JSON.stringify(fields), id]
          )
        ),
      remove: (entity, id) =>
        Effect.asVoid(query(Nothing, `delete from ${schema}.${quote(entity)} as t where t.id::text = $1`, [id]))
    },
    truth: (entity) =>
      Effect.map(
        query(
          Shown,
          `select t.id::text as id, ${shown[entity]} as record from ${schema}.${quote(entity)} as t order by t.id`
        ),
        (rows) => new Map(rows.map(({ id, record }) => [id, exact(record)]))
      )
  }
  return account
})

const decimals = ["amount", "price"]

/** A decimal is a number where JavaScript holds it as it is, and a time has no more digits than it needs. */
const exact = (record: Fields): Fields =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]): [string, Schema.Json] => {
      if (typeof value !== "string") return [name, value]
      if (decimals.includes(name)) return [name, isExact(value) ? Number(value) : value]
      return [name, name === "founded" ? value.replace(/000Z$/, "Z") : value]
    })
  )

const isExact = (text: string): boolean =>
  String(Number(text)) === (text.includes(".") ? text.replace(/\.?0+$/, "") : text)

const none = noScenes("a table keeps what is written")

/** Its tables are in the store's own database. The first entity is `companies`, to which `people` refer. */
export const sandbox: ConformanceSandbox = {
  open,
  openings: {
    skewMs: { none: "a change log is read by transactions, not by time" },
    lagMs: { none: "a change log shows a change as soon as no older transaction is open" },
    isLimited: { none: "a database has no limit of calls" },
    size: true,
    byConsent: { none: "a database is entered by its address" }
  },
  entities: {
    companies: {
      record: (index) => ({ name: `Company ${index}`, note: `Note ${index}`, amount: index + 0.5, price: index }),
      text: { field: "note", longest: 65_536 },
      removable: true,
      editsShow: true,
      scenes: {
        ...none,
        numbers: [{ amount: -0.1 }, { amount: "12345678901234567890.123456789" }, { amount: 9_007_199_254_740_991 }],
        times: [{ founded: "2026-03-29T01:30:00.123456Z" }, { founded: "1969-12-31T23:59:59.000Z" }],
        empty: [{ name: "", note: null }, { name: "No note" }],
        // The server names the column of a broken rule. Of a value of another kind it says only the kind.
        invalid: { fields: { name: "Bad", price: -1 }, path: "price" },
        normalised: { sent: { price: 1.005 }, stored: { price: 1.01 } }
      }
    },
    people: {
      record: (index, referred) => ({
        name: `Person ${index}`,
        email: `p${index}@example.com`,
        note: `Note ${index}`,
        company_id: referred("companies")
      }),
      text: { field: "note", longest: 65_536 },
      removable: true,
      editsShow: true,
      scenes: none
    }
  },
  missingScope: { none: "a database's roles are looked at by syncline check" },
  refusedInside200: { none: "it speaks to one database" }
}
