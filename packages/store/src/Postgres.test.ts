import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import * as Postgres from "./Postgres.ts"

describe("Postgres", () => {
  it.live("answers", () =>
    Effect.gen(function*() {
      const url = yield* Effect.promise(freshDatabase)
      const postgres = yield* Postgres.open({ url: Redacted.make(url) })
      assert.deepStrictEqual([...(yield* postgres.query("select 1 as a"))], [{ a: 1 }])
    }))
})
