import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoTables from "./TwoTables.ts"

const byText = (one: string, other: string): number => one.localeCompare(other)

describe("two tables that both change", () => {
  it.live("a record made on either side is made on the other, once", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open()
      yield* world.query("insert into crm.people (name, email) values ('Ada', 'ada@example.com')")
      yield* world.query("insert into app.contacts (full_name, mail) values ('Grace', 'grace@example.com')")
      yield* world.sync
      const people = yield* world.rows("crm.people")
      const contacts = yield* world.rows("app.contacts")
      assert.deepStrictEqual(people.map(({ email }) => email).toSorted(byText), [
        "ada@example.com",
        "grace@example.com"
      ])
      assert.deepStrictEqual(contacts.map(({ mail }) => mail).toSorted(byText), [
        "ada@example.com",
        "grace@example.com"
      ])
      const [again] = yield* world.sync
      assert.deepInclude(again?.counters, { created: 0, updated: 0, deleted: 0 })
      assert.strictEqual((yield* world.rows("crm.people")).length, 2)
      assert.strictEqual((yield* world.rows("app.contacts")).length, 2)
    }).pipe(Effect.scoped)
  )

  it.live("a rename here survives a phone number changed there before the next sync", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open()
      yield* world.query("insert into crm.people (name, email, phone) values ('Ada', 'ada@example.com', '1')")
      yield* world.sync
      yield* world.query("update crm.people set name = 'Ada Lovelace'")
      yield* world.query("update app.contacts set phone = '2'")
      yield* world.sync
      const [person] = yield* world.rows("crm.people")
      const [contact] = yield* world.rows("app.contacts")
      assert.deepInclude(person, { name: "Ada Lovelace", phone: "2" })
      assert.deepInclude(contact, { full_name: "Ada Lovelace", phone: "2" })
    }).pipe(Effect.scoped)
  )

  it.live("a field that both changed goes to the strategy's side", () =>
    Effect.gen(function* () {
      for (const [strategy, winner] of [
        ["source_wins", "here"],
        ["target_wins", "there"]
      ] as const) {
        const world = yield* TwoTables.open({ strategy })
        yield* world.query("insert into crm.people (name) values ('before')")
        yield* world.sync
        yield* world.query("update crm.people set name = 'here'")
        yield* world.query("update app.contacts set full_name = 'there'")
        yield* world.sync
        assert.strictEqual((yield* world.rows("crm.people"))[0]?.name, winner)
        assert.strictEqual((yield* world.rows("app.contacts"))[0]?.full_name, winner)
      }
    }).pipe(Effect.scoped)
  )

  it.live("a deletion here deletes there", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open()
      yield* world.query("insert into crm.people (name) values ('Ada'), ('Grace')")
      yield* world.sync
      yield* world.query("delete from app.contacts where full_name = 'Ada'")
      yield* world.sync
      assert.deepStrictEqual(
        (yield* world.rows("crm.people")).map(({ name }) => name),
        ["Grace"]
      )
      const [again] = yield* world.sync
      assert.deepInclude(again?.counters, { created: 0, updated: 0, deleted: 0 })
    }).pipe(Effect.scoped)
  )

  it.live("records that were there on both sides are paired by their key, and not doubled", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open({ match: [{ source: "email", target: "mail" }] })
      yield* world.query(
        "insert into crm.people (name, email) values ('Ada', 'ada@example.com'), ('Alan', 'alan@example.com')"
      )
      yield* world.query(
        "insert into app.contacts (full_name, mail, phone) values ('Ada', 'ADA@example.com', '7'), ('Grace', 'grace@example.com', null)"
      )
      yield* world.sync
      const people = yield* world.rows("crm.people")
      assert.strictEqual(people.length, 3)
      assert.strictEqual((yield* world.rows("app.contacts")).length, 3)
      assert.strictEqual(people.find(({ name }) => name === "Ada")?.phone, "7")
    }).pipe(Effect.scoped)
  )

  it.live("a table that is gone is told by its own connection, whichever side it is", () =>
    Effect.gen(function* () {
      const { engine, query } = yield* TwoTables.open()
      yield* query("drop table crm.people")
      const { executions } = yield* engine.run("contacts")
      assert.include(executions[0]?.reason, `connection "crm" refuses: there is no table "crm"."people"`)
    }).pipe(Effect.scoped)
  )

  it.live("a conflict under `manual` waits for a person, and what they choose is written", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open({ strategy: "manual" })
      yield* world.query("insert into crm.people (name, phone) values ('before', '1')")
      yield* world.sync
      yield* world.query("update crm.people set name = 'here', phone = '2'")
      yield* world.query("update app.contacts set full_name = 'there'")
      yield* world.sync
      const [conflict] = yield* world.engine.conflicts.list({ limit: 10 })
      assert.deepStrictEqual(conflict?.fields, ["full_name"])
      assert.strictEqual((yield* world.rows("app.contacts"))[0]?.full_name, "there")
      const { id, version } = yield* world.engine.conflicts.get(conflict?.id ?? "")
      yield* world.engine.conflicts.resolve(id, { version, choices: { full_name: "source" }, by: "Ada" })
      yield* world.sync
      assert.deepInclude((yield* world.rows("app.contacts"))[0], { full_name: "here", phone: "2" })
      assert.deepInclude((yield* world.rows("crm.people"))[0], { name: "here", phone: "2" })
    }).pipe(Effect.scoped)
  )
})

describe("three integrations in a triangle", () => {
  it.live("settle without a record doubled and without a write after that", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.triangle
      yield* world.query("insert into a.people (name, email) values ('Ada', 'ada@example.com')")
      yield* world.query("insert into c.people (name, email) values ('Grace', 'grace@example.com')")
      for (let round = 0; round < 3; round++) yield* world.syncAll
      const before = yield* world.log
      yield* world.syncAll
      assert.deepStrictEqual(yield* world.log, before)
      for (const schema of ["a", "b", "c"]) {
        const rows = yield* world.query(`select name from ${schema}.people order by name`)
        assert.deepStrictEqual(
          rows.map(({ name }) => name),
          ["Ada", "Grace"]
        )
      }
      yield* world.query("update b.people set name = 'Ada Lovelace' where name = 'Ada'")
      for (let round = 0; round < 3; round++) yield* world.syncAll
      for (const schema of ["a", "b", "c"]) {
        const [row] = yield* world.query(`select name from ${schema}.people where email = 'ada@example.com'`)
        assert.strictEqual(row?.["name"], "Ada Lovelace")
      }
    }).pipe(Effect.scoped)
  )
})

describe("two sides that answer each write with another change", () => {
  it.live("are stopped, and the record is set aside", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open({
        ddl: `create function app.grow() returns trigger language plpgsql as
                $$ begin new.full_name := new.full_name || '!'; return new; end $$;
              create trigger grow before insert or update on app.contacts for each row execute function app.grow()`,
        mapping: [
          { source: "name", target: "full_name", writeBack: true },
          { source: "email", target: "mail" }
        ]
      })
      yield* world.query(
        `create function crm.shout() returns trigger language plpgsql as
           $$ begin new.name := new.name || '?'; return new; end $$;
         create trigger shout before update on crm.people for each row execute function crm.shout()`
      )
      yield* world.query("insert into crm.people (name) values ('Ada')")
      const [report] = (yield* world.engine.run("contacts")).executions
      assert.strictEqual(report?.counters.failed, 1)
      const [group] = yield* world.engine.failures({})
      assert.include(group?.message, "answered by another change")
    }).pipe(Effect.scoped)
  )
})

describe("a first match that would overwrite many records", () => {
  it.live("writes nothing before somebody has seen the plan and allowed it", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open({ match: [{ source: "email", target: "mail" }] })
      yield* world.query("insert into crm.people (name, email) select 'here', i::text from generate_series(1, 30) i")
      yield* world.query(
        "insert into app.contacts (full_name, mail) select 'there', i::text from generate_series(1, 30) i"
      )
      const names = Effect.map(world.rows("app.contacts"), (rows) => new Set(rows.map(({ full_name }) => full_name)))
      const [report] = (yield* world.engine.run("contacts")).executions
      assert.strictEqual(report?.status, "failed")
      assert.include(report?.reason, "apply contacts --yes")
      const plan = yield* world.engine.plan("contacts")
      assert.strictEqual(plan.jobs[0]?.writes.target.update, 30)
      yield* world.engine.run("contacts")
      assert.deepStrictEqual(yield* names, new Set(["there"]))
      yield* world.engine.apply("contacts", plan, { overwrite: true })
      assert.deepStrictEqual(yield* names, new Set(["here"]))
      yield* world.sync
    }).pipe(Effect.scoped)
  )
})
