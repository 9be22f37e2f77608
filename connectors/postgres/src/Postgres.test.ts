import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { open as openDatabase } from "../test/TestSql.ts"
import { open } from "../test/World.ts"
import { Config, postgres } from "./index.ts"

describe("check", () => {
  it.effect("says which server, database and user", () =>
    Effect.gen(function* () {
      const { config, database } = yield* open({ things: {} })
      assert.match(yield* database.alone(postgres.check(config)), /^PostgreSQL \d+\.\d+, database \w+, user \w+$/)
    })
  )

  it.effect("says which right is missing to create tables, unless none would be created", () =>
    Effect.gen(function* () {
      const { config, database, url } = yield* open({ things: {} })
      const user = new URL(url).pathname.slice(1)
      yield* database.query(`create schema app; create role ${user} login password 'x'`)
      const asUser = new URL(url)
      asUser.username = user
      asUser.password = "x"
      const limited = yield* openDatabase(asUser.href)
      const error = yield* Effect.flip(limited.alone(postgres.check(config)))
      assert.deepInclude(error.reason, { _tag: "Forbidden" })
      assert.include(JSON.stringify(error.reason), `grant create on schema \\"app\\" to \\"${user}\\"`)
      const missing = yield* Effect.flip(limited.alone(postgres.check({ ...config, schema: "new" })))
      assert.include(JSON.stringify(missing.reason), `create schema \\"new\\" authorization`)
      yield* limited.alone(postgres.check({ ...config, tables: { things: { idColumn: "x" } } }))
      yield* database.query(`grant create on schema app to ${user}`)
      yield* limited.alone(postgres.check(config))
    })
  )
})

describe("the configuration", () => {
  const decode = Schema.decodeUnknownEffect(Config)

  it.effect("needs nothing but tables, keeps the url secret, and without one uses the store's database", () =>
    Effect.gen(function* () {
      const plain = yield* decode({ tables: { customers: {} } })
      assert.deepStrictEqual(plain, { schema: "public", tables: { customers: {} } })
      assert.deepStrictEqual(postgres.remote(plain), { _tag: "Sql", url: null })
      const secret = yield* decode({ url: "postgres://u:hunter2@h/d", tables: {} })
      assert.notInclude(JSON.stringify(secret), "hunter2")
      assert.deepStrictEqual(postgres.remote(secret), { _tag: "Sql", url: Redacted.make("postgres://u:hunter2@h/d") })
    })
  )

  const mistakes: ReadonlyArray<readonly [config: Schema.Json, says: RegExp]> = [
    [{ tables: { "": {} } }, /an empty name cannot be used/],
    [{ tables: { ["x".repeat(64)]: {} } }, /64 bytes and PostgreSQL keeps 63/],
    [{ tables: { syncline_applied: {} } }, /Syncline has a table of its own under this name/],
    [{ tables: { a: { onDelete: "delete" } } }, /onDelete only together with idColumn/],
    [{ tables: { a: { idColumn: "id", onDelete: "archive" } } }, /"ignore"|"delete"/],
    [{ schema: "a\0b", tables: {} }, /a name that PostgreSQL can have/]
  ]
  it.effect.each(mistakes)("%j is refused", ([config, says]) =>
    Effect.gen(function* () {
      assert.match((yield* Effect.flip(decode(config))).message, says)
    })
  )
})
