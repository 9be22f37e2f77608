import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { changesSince, open } from "../test/World.ts"

describe("polling by a time", () => {
  const types = ["timestamptz", "timestamp"] as const
  it.effect.each(types)("a %s finds what changed since, page by page, looking back two minutes", (type) =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ people: { key: "id", capture: "updated_at", updatedAt: "at" } })
      yield* database.query(
        `set timezone = 'UTC'; create schema app; create table app.people (id serial primary key, at ${type})`
      )
      const people = entity("people")
      const { changes, deltaSyncField } = people.source
      if (changes === undefined) return yield* Effect.die("the table has no changes")
      assert.deepInclude(changes, { deletes: false, lagMs: 120_000 })
      assert.strictEqual(deltaSyncField, "at")
      const noon = Date.UTC(2026, 0, 1, 12)
      yield* TestClock.setTime(noon)
      yield* database.query(
        "insert into app.people (at) values ('2026-01-01T11:50:00Z'), ('2026-01-01T11:59:00Z'), (null)"
      )
      const before = yield* database.alone(changes.start)
      const first = yield* database.alone(changesSince(people, before))
      assert.deepStrictEqual(first.items, ["present 2"])
      yield* database.query(
        "insert into app.people (at) select '2026-01-01T12:05:00.123456Z' from generate_series(1, 1500); insert into app.people (at) values ('2026-01-01T13:00:00Z')"
      )
      yield* TestClock.adjust("10 minutes")
      const second = yield* database.alone(changesSince(people, first.position))
      assert.deepStrictEqual([second.pages, new Set(second.items).size], [2, 1501])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual((yield* database.alone(changesSince(people, second.position))).items, ["present 1504"])
    })
  )
})
