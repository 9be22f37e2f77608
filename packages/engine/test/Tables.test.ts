import type { RecordId } from "@syncline/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as World from "./World.ts"

const mapping = [
  { source: "email", target: "mail", transform: { _tag: "Lower" } },
  { source: "name", target: "full_name", default: "unknown" }
] as const
const mapped = {
  entities: [{ source: "customer", target: "people", mapping }],
  tables: { people: { idColumn: "stripe_id", onDelete: "delete" } }
}

const firstOf = (records: ReadonlyMap<RecordId, unknown>): RecordId => {
  const [id] = records.keys()
  assert.isDefined(id)
  return id
}

describe("a table that was there before", () => {
  const people =
    "create schema stripe; create table stripe.people (stripe_id text primary key, mail text, full_name text, note text default 'ours')"

  it.live("gets the mapped columns and keeps its others", () =>
    Effect.gen(function* () {
      const world = yield* World.open(mapped)
      yield* world.target.query(people)
      yield* world.sync()
      const truth = yield* world.account.truth("customer")
      const rows = yield* world.target.query("select * from stripe.people order by stripe_id")
      assert.strictEqual(rows.length, truth.size)
      const id = firstOf(truth)
      yield* world.target.query("update stripe.people set note = 'mine'")
      yield* world.account.user.edit("customer", id, { email: "New@Example.com" })
      const [report] = yield* world.sync()
      assert.deepInclude(report?.counters, { updated: 1, processed: 1 })
      const [row] = yield* world.target.query("select mail, note from stripe.people where stripe_id = $1", [id])
      assert.deepStrictEqual({ ...row }, { mail: "new@example.com", note: "mine" })
      yield* world.account.user.remove("customer", id)
      yield* world.sync()
      assert.deepStrictEqual(
        [...(yield* world.target.query("select 1 from stripe.people where stripe_id = $1", [id]))],
        []
      )
    }).pipe(Effect.scoped)
  )

  it.live("is not written when only a field that is not mapped changed", () =>
    Effect.gen(function* () {
      const world = yield* World.open(mapped)
      yield* world.target.query(people)
      yield* world.sync()
      yield* world.account.user.edit("customer", firstOf(yield* world.account.truth("customer")), { phone: "+4930123" })
      const [report] = yield* world.sync()
      assert.deepInclude(report?.counters, { updated: 0, skipped: 1, processed: 1 })
    }).pipe(Effect.scoped)
  )

  it.live("is refused with its column named when it cannot hold a field", () =>
    Effect.gen(function* () {
      const world = yield* World.open(mapped)
      yield* world.target.query(
        "create schema stripe; create table stripe.people (stripe_id text primary key, mail integer, full_name text)"
      )
      const [report] = (yield* world.engine.run("billing")).executions
      assert.strictEqual(report?.status, "failed")
      assert.include(report?.reason, "mail")
    }).pipe(Effect.scoped)
  )
})

describe("a mirror", () => {
  it.live("sets aside a record that PostgreSQL cannot hold, and keeps the rest of its page", () =>
    Effect.gen(function* () {
      const world = yield* World.open()
      const truth = yield* world.account.truth("customer")
      const id = firstOf(truth)
      yield* world.account.plant("customer", id, { name: "zero \u0000 byte" })
      const [report] = (yield* world.engine.run("billing")).executions
      assert.strictEqual(report?.status, "completed_with_errors")
      assert.deepInclude(report?.counters, { created: truth.size - 1, failed: 1 })
      assert.include((yield* world.engine.failures({}))[0]?.message, "name")
    }).pipe(Effect.scoped)
  )

  it.live("keeps a field that Stripe did not have yesterday", () =>
    Effect.gen(function* () {
      const world = yield* World.open()
      yield* world.sync()
      yield* world.account.plant("customer", firstOf(yield* world.account.truth("customer")), {
        loyalty: { tier: "gold" }
      })
      yield* world.sync()
      yield* world.isMirrored("customer", "customers")
    }).pipe(Effect.scoped)
  )

  it.live("writes a row again that somebody deleted, when its record changes", () =>
    Effect.gen(function* () {
      const world = yield* World.open()
      yield* world.sync()
      const id = firstOf(yield* world.account.truth("customer"))
      yield* world.target.query("delete from stripe.customers where id = $1", [id])
      yield* world.account.user.edit("customer", id, { name: "Ada" })
      yield* world.sync()
      yield* world.isMirrored("customer", "customers")
    }).pipe(Effect.scoped)
  )

  it.live("tells what changed: each field, old and new", () =>
    Effect.gen(function* () {
      const world = yield* World.open()
      yield* world.sync()
      const id = firstOf(yield* world.account.truth("customer"))
      yield* world.account.user.edit("customer", id, { name: "Ada" })
      yield* world.account.user.edit("customer", id, { name: "Ada Lovelace" })
      yield* world.sync()
      const rows = yield* world.store.query("select operation, fields->'name'->>'new' as name from syncline.history")
      assert.deepStrictEqual(
        rows.map((row) => ({ ...row })),
        [{ operation: "update", name: "Ada Lovelace" }]
      )
    }).pipe(Effect.scoped)
  )
})

describe("a project is refused", () => {
  it.live("with every problem named", () =>
    Effect.gen(function* () {
      const refusal = yield* Effect.flip(
        World.open({
          entities: [
            { source: "costumer", target: "customers" },
            { source: "invoice", target: "bills" }
          ]
        })
      )
      assert.include(refusal.message, "costumer")
      assert.include(refusal.message, "bills")
    }).pipe(Effect.scoped)
  )
})
