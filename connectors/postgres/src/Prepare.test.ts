import { assert, describe, it } from "@effect/vitest"
import type { Column, ConnectorError } from "@syncline/connector"
import { Effect } from "effect"
import { column, open, told, using } from "../test/World.ts"

const typesOf = `select a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type
  from pg_attribute a where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped order by a.attnum`

const asPairs = (rows: ReadonlyArray<Record<string, unknown>>) =>
  rows.map(({ name, type }) => `${String(name)} ${String(type)}`)

/** The complaint of each column, for a `prepare` that must be refused. */
const refusal = <A>(prepared: Effect.Effect<A, ConnectorError>) =>
  Effect.flatMap(Effect.flip(prepared), ({ reason }) =>
    reason._tag === "Rejected" ? Effect.succeed(reason.fields) : Effect.die(`refused as ${reason._tag}`)
  )

describe("a mirror", () => {
  it.effect("is a table with one typed column per field, and Syncline's own four", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ customers: {} })
      const customers = using(database, entity("customers"))
      yield* customers.prepare([
        column("id"),
        column("email"),
        column("created", "integer"),
        column("rate", "number"),
        column("livemode", "boolean"),
        column("address", "json")
      ])
      assert.deepStrictEqual(asPairs(yield* database.query(typesOf, ["app.customers"])), [
        "id text",
        "email text",
        "created bigint",
        "rate numeric",
        "livemode boolean",
        "address jsonb",
        "_unknown jsonb",
        "_deleted_at timestamp with time zone",
        "_synced_at timestamp with time zone"
      ])
    })
  )

  it.effect("gains columns, and a new column takes over what was kept for it among the unknown fields", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ customers: {} })
      const customers = using(database, entity("customers"))
      yield* customers.prepare([column("name")])
      yield* database.inTransaction(
        customers.create([
          { id: "a", name: "Ada", age: 36, note: "x" },
          { id: "b", name: "Bo", age: "unknown" },
          { id: "c", name: "Cy" }
        ])
      )
      yield* customers.prepare([column("name"), column("age", "integer")])
      const rows = yield* database.query("select id, age::int, _unknown from app.customers order by id")
      assert.deepStrictEqual(
        rows.map((row) => ({ ...row })),
        [
          { id: "a", age: 36, _unknown: { note: "x" } },
          { id: "b", age: null, _unknown: { age: "unknown" } },
          { id: "c", age: null, _unknown: null }
        ]
      )
    })
  )

  it.effect("keeps the columns that others added, and writes nothing to them", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ customers: {} })
      const customers = using(database, entity("customers"))
      yield* customers.prepare([column("name")])
      yield* database.inTransaction(customers.create([{ id: "a", name: "Ada" }]))
      yield* database.query("alter table app.customers add column note text")
      yield* database.query("update app.customers set note = 'mine'")
      yield* customers.prepare([column("name"), column("email")])
      yield* database.inTransaction(customers.create([{ id: "a", name: "Eve", email: "e@x", note: "theirs" }]))
      const [row] = yield* database.query("select name, note, _unknown from app.customers")
      assert.deepStrictEqual({ ...row }, { name: "Eve", note: "mine", _unknown: { note: "theirs" } })
    })
  )

  it.effect("that is ready is left alone, whoever prepares it and however many do so at once", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ customers: {} })
      const customers = using(database, entity("customers"))
      const columns = [column("name"), column("age", "integer")]
      yield* Effect.all([customers.prepare(columns), customers.prepare(columns), customers.prepare(columns)], {
        concurrency: 3
      })
      const before = yield* database.query("select xmin::text from pg_class where oid = 'app.customers'::regclass")
      yield* customers.prepare(columns)
      assert.deepStrictEqual(
        yield* database.query("select xmin::text from pg_class where oid = 'app.customers'::regclass"),
        before
      )
    })
  )

  const changes: ReadonlyArray<readonly [found: string, kind: Column["kind"], complaint: RegExp | null]> = [
    ["text", "text", null],
    ["jsonb", "text", null],
    ["varchar(40)", "text", /is character varying\(40\) and the records need text: run alter table/],
    ["integer", "integer", /is integer and the records need bigint/],
    ["numeric", "integer", null],
    ["bigint", "number", /is bigint and the records need numeric/],
    ["numeric(10,2)", "number", /is numeric\(10,2\) and the records need numeric/],
    ["double precision", "number", /is double precision and the records need numeric/],
    ["text", "boolean", /is text and the records need boolean/],
    ["text", "json", /is text and the records need jsonb/],
    ["json", "json", /is json and the records need jsonb/]
  ]
  it.effect.each(changes)("whose column is %s where the records hold %s", ([found, kind, complaint]) =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ customers: {} })
      const customers = using(database, entity("customers"))
      yield* customers.prepare([column("other")])
      yield* database.query(`alter table app.customers add column value ${found}`)
      const columns = [column("other"), column("value", kind), column("added")]
      if (complaint === null) return yield* customers.prepare(columns)
      const fields = yield* refusal(customers.prepare(columns))
      assert.deepStrictEqual(Object.keys(fields), ["value"])
      assert.match(fields["value"] ?? "", complaint)
      assert.notInclude(
        asPairs(yield* database.query(typesOf, ["app.customers"])),
        "added text",
        "nothing is done by halves"
      )
    })
  )

  it.effect("takes an empty table, and refuses one with rows that Syncline did not make, naming three ways out", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ empty: {}, full: {} })
      yield* database.query(
        "create schema app; create table app.empty (id text primary key, name text); create table app.full (id text primary key)"
      )
      yield* database.query("insert into app.full values ('precious')")
      const empty = using(database, entity("empty"))
      yield* empty.prepare([column("name"), column("email")])
      assert.deepStrictEqual(
        told(yield* database.inTransaction(empty.create([{ id: "a", name: "Ada", email: "a@x" }]))),
        ["done"]
      )
      const fields = yield* refusal(using(database, entity("full")).prepare([column("name")]))
      assert.match(fields[""] ?? "", /"app"\."full" holds rows.*idColumn.*another name.*comment on table/)
      yield* database.query("comment on table app.full is 'syncline mirror'")
      yield* using(database, entity("full")).prepare([column("name")])
    })
  )

  it.effect("refuses names that PostgreSQL would not keep apart, one line per column", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ customers: {} })
      const long = "é".repeat(32)
      const fields = yield* refusal(
        using(database, entity("customers")).prepare([
          column("Name"),
          column("name"),
          column(long),
          column("xmin"),
          column("_deleted_at"),
          column("ID"),
          column(""),
          column("ok")
        ])
      )
      assert.deepStrictEqual(Object.keys(fields).toSorted(), ["", "ID", "_deleted_at", "name", "xmin", long].toSorted())
      assert.match(fields["name"] ?? "", /"Name" only in case, which unquoted SQL does not see/)
      assert.match(fields[long] ?? "", /64 bytes/)
    })
  )

  it.effect("holds fields and tables of any other name, which are names and nothing else", () =>
    Effect.gen(function* () {
      const names = [
        "select",
        "user",
        "a b",
        'quote"d',
        "it's",
        "back\\slash",
        "'); drop table victims; --",
        '"; drop table victims; --',
        "$1",
        "名前",
        "__proto__",
        "constructor",
        "%s",
        "tab\tand\nline",
        '{"json"}'
      ]
      const table = "order\"; drop table victims; --'\\"
      const { database, entity } = yield* open({ [table]: {} }, 'the "schema"\'s \\name')
      yield* database.query("create table victims ()")
      const odd = using(database, entity(table))
      yield* odd.prepare(names.map((name) => column(name)))
      yield* odd.prepare([...names, "one more"].map((name) => column(name)))
      const record = Object.fromEntries([
        ["id", "a"],
        ...names.map((name): [string, string] => [name, `${name} value`]),
        ["un\"known'", 1],
        ["one more", null]
      ])
      yield* database.inTransaction(odd.create([record]))
      const base = yield* database.alone(odd.present("a"))
      assert.deepStrictEqual(base, record)
      const changed = Object.fromEntries(names.map((name): [string, string] => [name, "new"]))
      assert.deepStrictEqual(told(yield* database.inTransaction(odd.update("a", changed, base))), ["done"])
      const now = yield* database.alone(odd.present("a"))
      for (const name of names) assert.strictEqual(Object.getOwnPropertyDescriptor(now, name)?.value, "new")
      assert.deepStrictEqual(told(yield* database.inTransaction(odd.remove("a", now))), ["done"])
      yield* database.query("select from victims")
    })
  )
})

describe("a mapped table", () => {
  const definition = `create schema app;
    create type app.mood as enum ('ok', 'meh');
    create table app.people (
      key bigserial primary key,
      stripe_id text unique,
      email varchar(80),
      joined timestamptz,
      born date,
      mood app.mood,
      tags text[],
      score integer,
      amount numeric(12,2),
      twice integer generated always as (score * 2) stored,
      needed text not null,
      gone boolean
    )`

  it.effect("is ready when every column is there and can hold what is mapped to it", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ people: { idColumn: "stripe_id", onDelete: { mark: "gone" } } })
      yield* database.query(definition)
      yield* using(database, entity("people")).prepare([
        column("email"),
        column("joined"),
        column("born"),
        column("mood"),
        column("tags", "json"),
        column("score", "integer"),
        column("amount", "number"),
        column("needed")
      ])
    })
  )

  it.effect("is refused with one line per column that cannot be written", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ people: { idColumn: "stripe_id", onDelete: { mark: "score" } } })
      yield* database.query(definition)
      const fields = yield* refusal(
        using(database, entity("people")).prepare([
          column("emial"),
          column("score", "number"),
          column("twice", "integer"),
          column("gone", "text"),
          column("joined", "boolean")
        ])
      )
      assert.match(fields["emial"] ?? "", /no such column: add it, or map the field to one of "key", "stripe_id"/)
      assert.match(fields["twice"] ?? "", /the database computes this column/)
      assert.match(fields["gone"] ?? "", /is boolean, which cannot hold text/)
      assert.match(fields["joined"] ?? "", /is timestamp with time zone, which cannot hold true and false/)
      assert.match(fields["needed"] ?? "", /not null, has no default and nothing is written to it/)
      assert.match(fields["score"] ?? "", /onDelete\.mark is a timestamp or a boolean/)
      assert.strictEqual(Object.keys(fields).length, 6)
    })
  )

  const tables: ReadonlyArray<readonly [name: string, definition: string | null, complaint: RegExp]> = [
    ["that does not exist", null, /there is no table "app"\."people"/],
    ["that is a view", "create view app.people as select 'a' as stripe_id", /is a view/],
    ["without its idColumn", "create table app.people (id text)", /names no column .* which has "id"/],
    ["whose idColumn is not unique", "create table app.people (stripe_id text)", /create unique index on/],
    [
      "whose idColumn is unique in part",
      "create table app.people (stripe_id text); create unique index on app.people (stripe_id) where stripe_id > 'b'",
      /create unique index on/
    ],
    [
      "whose idColumn cannot hold ids",
      "create table app.people (stripe_id timestamptz unique)",
      /an idColumn is one of text/
    ]
  ]
  it.effect.each(tables)("%s is refused", ([, sql, complaint]) =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ people: { idColumn: "stripe_id" } })
      yield* database.query(`create schema app; ${sql ?? ""}`)
      const fields = yield* refusal(using(database, entity("people")).prepare([]))
      assert.match(Object.values(fields).join("\n"), complaint)
    })
  )
})
