import { assert, describe, it } from "@effect/vitest"
import { type Fields, OpKey, RecordId, references } from "@syncline/core"
import { Effect, Option, Result, Schema } from "effect"
import { savepoint } from "../test/TestSql.ts"
import { column, inOrder, open, told, using } from "../test/World.ts"

const people = {
  key: "id",
  references: { company_id: "companies", team_id: { entity: "teams", required: true } },
  onDelete: "delete",
  updatedAt: "updated_at"
}

const tables = `create schema app;
  create table app.companies (id uuid primary key default gen_random_uuid(), name text);
  create table app.people (
    id bigint generated always as identity primary key,
    email text unique,
    name text not null default 'nobody',
    age integer check (age >= 0),
    company_id uuid references app.companies,
    team_id bigint not null default 1,
    notes jsonb,
    loud text generated always as (upper(name)) stored,
    updated_at timestamptz
  )`

const world = Effect.gen(function* () {
  const { database, entity } = yield* open({ companies: { key: "id" }, people })
  yield* database.query(tables)
  const named = entity("people")
  return { database, entity: named, companies: using(database, entity("companies")), ...using(database, named) }
})

const op = (key: string, patch: Fields) => ({ key: OpKey.make(key), patch })

/** The fields of a record that a test is about. */
const only = (record: Fields | undefined, ...names: ReadonlyArray<string>) => names.map((name) => record?.[name])

describe("the entity", () => {
  it.effect("shows keys and references as text, and declares which of them may be missing", () =>
    Effect.gen(function* () {
      const { create, database, entity, companies, present } = yield* world
      const [company] = inOrder(yield* database.inTransaction(companies.create([{ name: "Acme" }])))
      const companyId = company !== undefined && Result.isSuccess(company) ? (company.success["id"] ?? null) : null
      yield* database.inTransaction(create([{ email: "a@x", company_id: companyId, team_id: "7" }]))
      const record = yield* database.alone(present("1"))
      assert.deepStrictEqual(only(record, "id", "company_id", "team_id", "age"), ["1", companyId, "7", null])
      assert.isTrue(Schema.is(entity.schema)(record))
      assert.deepStrictEqual(references(entity.schema), [
        { path: "company_id", entity: "companies", isOptional: true },
        { path: "team_id", entity: "teams", isOptional: false }
      ])
    })
  )

  it.effect("tells when a record changed", () =>
    Effect.gen(function* () {
      const { create, database, entity, present } = yield* world
      yield* database.inTransaction(create([{ email: "a", updated_at: "2026-05-06T07:08:09.123456+02:00" }, {}]))
      const times = yield* database.alone(Effect.all([present("1"), present("2")]))
      assert.deepStrictEqual(
        times.map((record) => entity.changedAt?.(record)),
        [Date.UTC(2026, 4, 6, 5, 8, 9, 123), null]
      )
    })
  )

  it.effect("lists every row in the order of its key, and finds rows by any column", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* world
      yield* database.query(
        "insert into app.people (email, age, notes) select 'p' || i, i % 3, '{\"a\":1}' from generate_series(1, 1500) as i"
      )
      const { source } = entity
      const first = yield* database.alone(Effect.flatMap(source.list.start, (start) => source.list.read(start)))
      assert.strictEqual(first.items.length, 1000)
      assert.strictEqual(first.next._tag, "More")
      const find = (field: string, ...values: ReadonlyArray<string>) =>
        Effect.map(database.alone(source.lookup?.run(field, values) ?? Effect.succeed([])), (seen) =>
          seen.map((each) => (each._tag === "Present" ? each.record["email"] : each._tag))
        )
      assert.deepStrictEqual(yield* find("email", "p7", "nobody", "a\0", "p3"), ["p3", "p7"])
      assert.deepStrictEqual(yield* find("id", "7", "seven", "99999999999999999999"), ["p7"])
      assert.deepStrictEqual(yield* find("loud", "NOBODY").pipe(Effect.map((found) => found.length)), 1500)
      assert.deepStrictEqual(yield* find("no such", "x"), [])
    })
  )

  it.effect("answers for ids that no key can be", () =>
    Effect.gen(function* () {
      const { database, get } = yield* world
      const seen = yield* database.alone(get("1", "x", "-1", "9223372036854775808", "01"))
      assert.deepStrictEqual(
        seen.map(({ _tag }) => _tag),
        ["Gone", "Gone", "Gone", "Gone", "Gone"]
      )
    })
  )
})

describe("create", () => {
  it.effect("sent again, in part or whole, answers with the row made before", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* world
      const create = (...ops: ReadonlyArray<ReturnType<typeof op>>) =>
        database.inTransaction(entity.target?.create?.run(ops, OpKey.make("batch")) ?? Effect.die("no create"))
      const first = inOrder(yield* create(op("a", { email: "a" }), op("b", { email: "b" })))
      yield* database.query("update app.people set name = 'edited' where email = 'b'")
      const again = inOrder(yield* create(op("a", { email: "a" }), op("b", { email: "b" }), op("c", { email: "c" })))
      const shown = (outcome: (typeof first)[number] | undefined) =>
        outcome !== undefined && Result.isSuccess(outcome) ? only(outcome.success, "id", "email", "name") : outcome
      assert.deepStrictEqual(first.map(shown), [
        ["1", "a", "nobody"],
        ["2", "b", "nobody"]
      ])
      assert.deepStrictEqual(again.map(shown), [
        ["1", "a", "nobody"],
        ["2", "b", "edited"],
        ["3", "c", "nobody"]
      ])
      yield* database.query("delete from app.people where email = 'a'")
      assert.deepStrictEqual(told(yield* create(op("a", { email: "a" }))), ["NotFound"])
      const found = yield* database.alone(
        entity.target?.create?.find?.run(["a", "b", "never"].map((key) => ({ ...op(key, {}), sentAtMs: 0 }))) ??
          Effect.die("no find")
      )
      assert.deepStrictEqual(
        [...found.values()].map((each) => Option.isSome(each)),
        [false, true, false]
      )
    })
  )

  it.effect("of one op by two transactions at once makes one row", () =>
    Effect.gen(function* () {
      const { database, entity, prepare } = yield* world
      yield* prepare([])
      const create =
        entity.target?.create?.run([op("a", { email: "a" })], OpKey.make("batch")) ?? Effect.die("no create")
      const slow = database.inTransaction(
        Effect.tap(create, () => Effect.orDie(database.query("select pg_sleep(0.2)")))
      )
      const both = yield* Effect.all([slow, slow], { concurrency: 2 })
      assert.deepStrictEqual(both.map(told), [["done"], ["done"]])
      assert.deepStrictEqual(
        (yield* database.query("select count(*)::int as n from app.people")).map(({ n }) => n),
        [1]
      )
    })
  )

  it.effect("takes keys that the record brings, and leaves unnamed columns to their defaults", () =>
    Effect.gen(function* () {
      const { create, database, present } = yield* world
      const outcomes = yield* database.inTransaction(
        create([{ id: "77", name: "Ada" }, { age: 1 }, { id: "x" }, { nope: 1 }, { loud: "A" }, { email: "a\0" }])
      )
      assert.deepStrictEqual(told(outcomes), ["done", "done", "Rejected", "Rejected", "Rejected", "Rejected"])
      assert.deepStrictEqual(only(yield* database.alone(present("77")), "name", "loud", "age"), ["Ada", "ADA", null])
    })
  )

  it.effect("names the field whose rule a row broke", () =>
    Effect.gen(function* () {
      const { create, database } = yield* world
      yield* database.inTransaction(create([{ email: "taken" }]))
      const fieldOf = (record: Fields) =>
        database.inTransaction(
          Effect.map(Effect.flip(savepoint(create([{ ...record, team_id: "5" }]))), ({ reason }) =>
            reason._tag === "Rejected" ? Object.keys(reason.fields) : [reason._tag]
          )
        )
      yield* database.query("delete from app.syncline_created")
      assert.deepStrictEqual(yield* fieldOf({ email: "taken" }), ["email"])
      assert.deepStrictEqual(yield* fieldOf({ age: -1 }), ["age"])
      assert.deepStrictEqual(yield* fieldOf({ name: null }), ["name"])
      assert.deepStrictEqual(yield* fieldOf({ company_id: "00000000-0000-4000-8000-000000000000" }), ["company_id"])
    })
  )

  it.effect("is refused as a whole where a trigger takes another key", () =>
    Effect.gen(function* () {
      const { create, database } = yield* world
      yield* database.query(`create function app.rekey() returns trigger language plpgsql as $$ begin new.id := 900; return new; end $$;
        create trigger rekey before insert on app.people for each row execute function app.rekey()`)
      const error = yield* Effect.flip(database.inTransaction(create([{ email: "a" }])))
      assert.include(JSON.stringify(error.reason), "a trigger gives new rows another key")
    })
  )
})

describe("update", () => {
  it.effect("survives a user's edit of another column, and refuses one of the same", () =>
    Effect.gen(function* () {
      const { create, database, present, update } = yield* world
      yield* database.inTransaction(create([{ email: "a", age: 1, notes: { a: 1 } }]))
      const base = yield* database.alone(present("1"))
      yield* database.query("update app.people set email = 'user'")
      assert.deepStrictEqual(told(yield* database.inTransaction(update("1", { name: "Ada", age: 2 }, base))), ["done"])
      assert.deepStrictEqual(only(yield* database.alone(present("1")), "email", "name", "age"), ["user", "Ada", 2])
      assert.deepStrictEqual(told(yield* database.inTransaction(update("1", { name: "Eve" }, base))), ["Conflicted"])
      assert.deepStrictEqual(told(yield* database.inTransaction(update("2", { name: "Eve" }, base))), ["NotFound"])
      assert.deepStrictEqual(told(yield* database.inTransaction(update("two", { name: "Eve" }, base))), ["NotFound"])
      assert.deepStrictEqual(told(yield* database.inTransaction(update("1", { id: "3" }, base))), ["Rejected"])
      assert.deepStrictEqual(told(yield* database.inTransaction(update("1", {}, base))), ["done"])
    })
  )

  it.effect("compares values as a record shows them, JSON null included", () =>
    Effect.gen(function* () {
      const { database, present, update } = yield* world
      yield* database.query(
        "insert into app.people (notes, team_id, updated_at) values ('null', 9007199254740993, now())"
      )
      const base = yield* database.alone(present("1"))
      assert.deepStrictEqual(only(base, "notes", "team_id"), [null, "9007199254740993"])
      const patch = { notes: { a: 2 }, team_id: "9007199254740995", updated_at: null }
      assert.deepStrictEqual(told(yield* database.inTransaction(update("1", patch, base))), ["done"])
    })
  )

  it.effect("of many rows answers for each", () =>
    Effect.gen(function* () {
      const { create, database, entity, present } = yield* world
      yield* database.inTransaction(create([{ email: "a" }, { email: "b" }, { email: "c" }]))
      const bases = yield* database.alone(Effect.all([present("1"), present("2"), present("3")]))
      yield* database.query("update app.people set name = 'user' where id = 2; delete from app.people where id = 3")
      const ops = bases.map((base, index) => ({
        key: OpKey.make(`op ${index}`),
        id: RecordId.make(String(index + 1)),
        patch: index === 0 ? { age: 5 } : { name: "sync" },
        base
      }))
      const update = entity.target?.update?.run(ops, OpKey.make("batch")) ?? Effect.die("no update")
      assert.deepStrictEqual(told(yield* database.inTransaction(update)), ["done", "Conflicted", "NotFound"])
      assert.deepStrictEqual(only(yield* database.alone(present("1")), "name", "age"), ["nobody", 5])
    })
  )

  it.effect("by a version refuses a row that anyone wrote", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ things: { key: "code", version: "rev" } })
      const { present, update } = using(database, entity("things"))
      yield* database.query(`create schema app; create table app.things (code varchar(5) primary key, a text, b text, rev bigint);
        insert into app.things values ('x', 'a', 'b', 1)`)
      const base = yield* database.alone(present("x"))
      assert.deepStrictEqual(told(yield* database.inTransaction(update("x", { a: "1" }, base))), ["done"])
      yield* database.query("update app.things set b = 'user', rev = 2")
      assert.deepStrictEqual(told(yield* database.inTransaction(update("x", { a: "2" }, base))), ["Conflicted"])
      assert.deepStrictEqual(told(yield* database.inTransaction(update("longer than five", { a: "2" }, base))), [
        "NotFound"
      ])
      assert.strictEqual(entity("things").version, "rev")
    })
  )
})

describe("remove", () => {
  it.effect("deletes what still is as it was seen, and only that", () =>
    Effect.gen(function* () {
      const { create, database, present, remove } = yield* world
      yield* database.inTransaction(create([{ email: "a" }, { email: "b" }]))
      const [first, second] = yield* database.alone(Effect.all([present("1"), present("2")]))
      yield* database.query("update app.people set age = 3 where id = 2")
      assert.deepStrictEqual(told(yield* database.inTransaction(remove("1", first))), ["done"])
      assert.deepStrictEqual(told(yield* database.inTransaction(remove("1", first))), ["done"])
      assert.deepStrictEqual(told(yield* database.inTransaction(remove("2", second))), ["Conflicted"])
    })
  )

  it.effect("marks the row where it shall stay, which is gone then", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ things: { key: "id", onDelete: { mark: "deleted_at" } } })
      const { get, present, remove } = using(database, entity("things"))
      yield* database.query(
        "create schema app; create table app.things (id serial primary key, a text, deleted_at timestamptz); insert into app.things (a) values ('x')"
      )
      const base = yield* database.alone(present("1"))
      assert.deepStrictEqual(told(yield* database.inTransaction(remove("1", base))), ["done"])
      assert.deepStrictEqual(
        (yield* database.alone(get("1"))).map(({ _tag }) => _tag),
        ["Gone"]
      )
      assert.strictEqual(entity("things").target?.remove?.as, "archived")
    })
  )
})

describe("prepare", () => {
  it.effect("accepts what fits", () =>
    Effect.gen(function* () {
      const { prepare } = yield* world
      yield* prepare([column("id"), column("email"), column("company_id"), column("age", "integer")])
    })
  )

  const mistakes: ReadonlyArray<
    readonly [options: { readonly [name: string]: Schema.Json }, field: string, says: RegExp]
  > = [
    [{ key: "nope" }, "nope", /key names no column .* which has "id"/],
    [{ key: "name" }, "name", /unique and not null: run alter table/],
    [{ key: "notes" }, "notes", /the column is jsonb; a key is one of text/],
    [{ key: "id", references: { team_id: "teams" } }, "team_id", /not null.*"required": true/],
    [{ key: "id", references: { company_id: { entity: "companies", required: true } } }, "company_id", /may be null/],
    [{ key: "id", updatedAt: "email" }, "email", /updatedAt is a timestamp/],
    [{ key: "id", version: "rev" }, "rev", /version names no column/],
    [{ key: "id", onDelete: { mark: "email" } }, "email", /onDelete.mark is a timestamp or a boolean/]
  ]
  it.effect.each(mistakes)("refuses %j", ([options, field, says]) =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ people: options })
      yield* database.query(tables)
      const { reason } = yield* Effect.flip(using(database, entity("people")).prepare([]))
      assert.match((reason._tag === "Rejected" ? reason.fields[field] : undefined) ?? reason._tag, says)
    })
  )

  it.effect("refuses columns that are computed, missing or of another kind, and a table that is not there", () =>
    Effect.gen(function* () {
      const { prepare } = yield* world
      const { reason } = yield* Effect.flip(prepare([column("loud"), column("nope"), column("age", "json")]))
      assert.deepStrictEqual(reason._tag === "Rejected" ? Object.keys(reason.fields) : [], ["loud", "nope"])
      const { database, entity } = yield* open({ nothing: { key: "id" } })
      const missing = yield* Effect.flip(using(database, entity("nothing")).prepare([]))
      assert.include(JSON.stringify(missing.reason), "there is no table")
    })
  )
})
