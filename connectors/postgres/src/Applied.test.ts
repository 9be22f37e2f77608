import { assert, describe, it } from "@effect/vitest"
import { OpKey } from "@syncline/core"
import { Effect, Fiber, Redacted } from "effect"
import { column, open } from "../test/World.ts"
import { postgres } from "./index.ts"

const elsewhere = Effect.gen(function* () {
  const { config, database, url } = yield* open({ things: {} })
  const target = postgres.entities({ ...config, url: Redacted.make(url) })["things"]?.target
  if (target?.prepare === undefined || target.applied === undefined)
    return yield* Effect.die("the table keeps no marks")
  yield* database.alone(target.prepare([column("name")]))
  yield* database.alone(target.prepare([column("name")]))
  return { database, applied: target.applied }
})

const first = OpKey.make("first")
const second = OpKey.make("second")

describe("the marks of applied batches", () => {
  it.effect("are kept only in a database that is not the engine's own", () =>
    Effect.gen(function* () {
      const { entity } = yield* open({ things: {} })
      assert.isUndefined(entity("things").target?.applied)
    })
  )

  it.effect("tell the last batch of each stream, and nothing of a transaction that failed", () =>
    Effect.gen(function* () {
      const { applied, database } = yield* elsewhere
      assert.isTrue(yield* database.inTransaction(applied.mark("a", 1, first)))
      yield* Effect.exit(database.inTransaction(Effect.andThen(applied.mark("a", 1, second), Effect.die("crash"))))
      assert.isTrue(yield* database.alone(applied.has("a", first)))
      assert.isFalse(yield* database.alone(applied.has("a", second)))
      assert.isFalse(yield* database.alone(applied.has("b", first)))
    })
  )

  it.effect("refuse an owner of an older epoch, also one that waited while a newer one wrote", () =>
    Effect.gen(function* () {
      const { applied, database } = yield* elsewhere
      yield* database.inTransaction(applied.mark("a", 1, first))
      const late = yield* database.inTransaction(
        Effect.gen(function* () {
          yield* applied.mark("a", 2, second)
          const zombie = yield* Effect.forkChild(database.inTransaction(applied.mark("a", 1, first)))
          const isWaiting = Effect.map(
            database.query(
              "select count(*)::int as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            ),
            ([row]) => row?.["n"] === 1
          )
          yield* Effect.repeat(isWaiting, { until: (is) => is })
          return zombie
        })
      )
      assert.isFalse(yield* Fiber.join(late))
      assert.isFalse(yield* database.inTransaction(applied.mark("a", 1, first)))
      assert.isTrue(yield* database.alone(applied.has("a", second)))
    })
  )
})
