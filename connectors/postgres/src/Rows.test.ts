import { assert, describe, it } from "@effect/vitest"
import type { Complete, Sql, Walk } from "@syncline/connector"
import { Effect } from "effect"
import type { TestDatabase } from "../test/TestSql.ts"
import { column, open, using } from "../test/World.ts"
import { postgres } from "./index.ts"

const drain = Effect.fnUntraced(function* <Item>(database: TestDatabase, walk: Walk.Walk<Item, Complete, Sql>) {
  const pages: Array<ReadonlyArray<Item>> = []
  let position = yield* database.alone(walk.start)
  while (true) {
    const { items, next } = yield* database.alone(walk.read(position))
    pages.push(items)
    if (next._tag === "Complete") return pages
    position = next.position
  }
})

describe("listing", () => {
  it.effect("shows every live row once, in pages that resume after the last id", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ things: {} })
      const things = using(database, entity("things"))
      yield* things.prepare([column("n", "integer")])
      yield* database.query("insert into app.things (id, n) select 'é' || i, i from generate_series(1, 2500) as i")
      yield* database.query("update app.things set _deleted_at = '2026-01-01Z' where n % 10 = 0")
      const { ids, list } = entity("things").source
      const pages = yield* drain(database, list)
      assert.deepStrictEqual(
        pages.map(({ length }) => length),
        [1000, 1000, 250]
      )
      const seen = pages.flat().map((item) => (item._tag === "Present" ? item.record["n"] : null))
      assert.strictEqual(new Set(seen).size, 2250)
      if (ids === undefined) return yield* Effect.die("the table lists no ids")
      assert.strictEqual((yield* drain(database, ids)).flat().length, 2250)
    })
  )

  it.effect("of no rows is complete, and of no table says what to do", () =>
    Effect.gen(function* () {
      const { database, entity } = yield* open({ things: {}, missing: {} })
      yield* using(database, entity("things")).prepare([])
      assert.deepStrictEqual(yield* drain(database, entity("things").source.list), [[]])
      const error = yield* Effect.flip(drain(database, entity("missing").source.list))
      assert.deepInclude(error, { operation: 'table "app"."missing"' })
      assert.strictEqual(error.reason._tag, "Rejected")
    })
  )

  it.effect("needs no prepare, and shows the columns that a later version added", () =>
    Effect.gen(function* () {
      const { config, database, entity } = yield* open({ things: {} })
      const things = using(database, entity("things"))
      yield* things.prepare([column("n", "integer")])
      yield* database.inTransaction(things.create([{ id: "a", n: 1, note: "x" }]))
      const other = postgres.entities(config)["things"]
      if (other === undefined) return yield* Effect.die("the configuration has lost its table")
      assert.deepStrictEqual(yield* database.alone(using(database, other).present("a")), { id: "a", n: 1, note: "x" })
    })
  )
})
