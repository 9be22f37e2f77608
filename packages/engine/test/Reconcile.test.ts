import { assert, describe, it } from "@effect/vitest"
import { RecordId } from "@syncline/core"
import { Effect } from "effect"
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import * as TwoTables from "./TwoTables.ts"
import * as World from "./World.ts"

describe("Reconciliation of a mirror", () => {
  it.live("what every other way missed is found: deleted, created, changed and damaged records", () =>
    Effect.gen(function* () {
      const world = yield* World.open()
      yield* world.sync()
      const ids = [...(yield* world.account.truth("customer")).keys()]
      for (const id of ids.slice(0, 3)) yield* world.account.user.remove("customer", id)
      yield* world.account.user.create("customer", { email: "ada@example.com" })
      yield* world.account.user.edit("customer", ids[10] ?? RecordId.make("none"), { name: "Grace" })
      // Somebody empties rows of the mirror by hand, and the feed has forgotten what happened.
      yield* world.target.query(`delete from stripe.customers where id = $1`, [ids[20]])
      yield* world.age(-1)
      const dry = yield* world.engine.reconcile("billing", { isDry: true })
      assert.deepInclude(dry[0]?.compared?.source, {
        listed: ids.length - 2,
        unlisted: 3,
        missed: 1,
        drifted: 1,
        back: 0
      })
      assert.deepInclude(dry[0]?.compared?.target, { unlisted: 1, missed: 0 })
      const [report] = yield* world.engine.reconcile("billing")
      assert.strictEqual(report?.execution?.status, "completed", report?.execution?.reason ?? "")
      assert.deepInclude(report?.found?.source, { unlisted: 3, deleted: 3, held: 0, missed: 1, drifted: 1 })
      yield* world.isMirrored("customer", "customers")
      const [again] = yield* world.engine.reconcile("billing")
      assert.deepInclude(again?.found?.source, { unlisted: 0, missed: 0, drifted: 0, back: 0 })
      assert.deepInclude(again?.found?.target, { unlisted: 0 })
    }).pipe(Effect.scoped)
  )

  it.live("nothing is said to be missing before everything was listed once", () =>
    Effect.gen(function* () {
      const world = yield* World.open({ account: { size: { ...StripeSandbox.empty, customers: 5 } } })
      const [report] = yield* world.engine.reconcile("billing")
      assert.include(report?.notReconciled ?? "", "syncline run")
    }).pipe(Effect.scoped)
  )

  it.live("many deletions at once wait for a person, who may let them go or keep the records", () =>
    Effect.gen(function* () {
      const world = yield* World.open()
      yield* world.sync()
      const ids = [...(yield* world.account.truth("customer")).keys()]
      for (const id of ids.slice(0, 60)) yield* world.account.user.remove("customer", id)
      yield* world.age(-1)
      const [report] = yield* world.engine.reconcile("billing")
      assert.deepInclude(report?.found?.source, { unlisted: 60, deleted: 0, held: 60 })
      assert.include(report?.execution?.notes.join(), "syncline deletes approve")
      assert.strictEqual((yield* world.rows("customers")).size, ids.length)
      assert.strictEqual((yield* world.engine.deletes.list({ limit: 100 })).length, 60)

      const kept = ids.slice(0, 2)
      assert.strictEqual((yield* world.engine.deletes.reject("billing", { ids: kept, by: "ada" })).decided, 2)
      const { decided, executions } = yield* world.engine.deletes.approve("billing", { by: "ada" })
      assert.strictEqual(decided, 58)
      assert.deepInclude(executions[0]?.counters, { deleted: 58 })
      assert.strictEqual((yield* world.rows("customers")).size, ids.length - 58)
      const [again] = yield* world.engine.reconcile("billing")
      assert.deepInclude(again?.found?.source, { unlisted: 0, held: 0 }, "what was rejected is not told again")
      assert.strictEqual((yield* world.rows("customers")).size, ids.length - 58)
    }).pipe(Effect.scoped)
  )
})

describe("Reconciliation of two sides that both change", () => {
  it.live("each side's lost deletions, creations and edits arrive at the other", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open()
      yield* world.query("insert into crm.people (name, email) select 'p' || n, 'p' || n from generate_series(1, 30) n")
      yield* world.sync
      assert.strictEqual((yield* world.rows("app.contacts")).length, 30)
      // The change logs lose it all.
      yield* world.query(`alter table crm.people disable trigger all; alter table app.contacts disable trigger all;
        delete from crm.people where name in ('p1', 'p2'); delete from app.contacts where full_name = 'p3';
        insert into crm.people (name, email) values ('new here', 'a');
        insert into app.contacts (full_name, mail) values ('new there', 'b');
        alter table crm.people enable trigger all; alter table app.contacts enable trigger all`)
      const [report] = yield* world.engine.reconcile("contacts")
      assert.strictEqual(report?.execution?.status, "completed", report?.execution?.reason ?? "")
      assert.deepInclude(report?.found?.source, { unlisted: 2, deleted: 2, missed: 1 })
      assert.deepInclude(report?.found?.target, { unlisted: 1, deleted: 1, missed: 1 })
      const names = (rows: ReadonlyArray<object>, field: string) =>
        rows.map((row) => String(new Map(Object.entries(row)).get(field))).toSorted()
      const here = names(yield* world.rows("crm.people"), "name")
      assert.deepStrictEqual(names(yield* world.rows("app.contacts"), "full_name"), here)
      assert.strictEqual(here.length, 29)
      assert.notInclude(here, "p1")
      assert.notInclude(here, "p3")
    }).pipe(Effect.scoped)
  )

  it.live("a record that is back after its deletion is made again at the other side", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open()
      yield* world.query("insert into crm.people (name, email) select 'p' || n, 'p' || n from generate_series(1, 3) n")
      yield* world.sync
      yield* world.query(
        "create table kept as select * from crm.people where name = 'p1'; delete from crm.people where name = 'p1'"
      )
      yield* world.sync
      assert.strictEqual((yield* world.rows("app.contacts")).length, 2)
      yield* world.query(`alter table crm.people disable trigger all; insert into crm.people select * from kept;
        alter table crm.people enable trigger all`)
      const [report] = yield* world.engine.reconcile("contacts")
      assert.deepInclude(report?.found?.source, { back: 1, missed: 0 })
      assert.strictEqual((yield* world.rows("app.contacts")).length, 3)
      const [again] = yield* world.engine.reconcile("contacts")
      assert.deepInclude(again?.found?.source, { back: 0, missed: 0, unlisted: 0 })
      assert.deepInclude(again?.found?.target, { back: 0, missed: 0, unlisted: 0 })
    }).pipe(Effect.scoped)
  )
})
