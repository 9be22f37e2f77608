/** A plan that is kept in a file is applied as it is, or, when the world has moved since, not at all. */
import { assert, describe, it } from "@effect/vitest"
import { Postgres } from "@syncline/store"
import { Effect, Redacted } from "effect"
import { storeDatabase } from "../../../tooling/PostgresForTests.ts"
import * as PeopleProject from "./PeopleProject.ts"
import * as Typed from "./Typed.ts"

const ddl = `
  create schema crm; create schema app;
  create table crm.people (id bigint generated always as identity primary key, name text);
  create table app.contacts (id bigint generated always as identity primary key, full_name text);
  insert into crm.people (name) values ('Ada')`

describe("syncline apply <file>", () => {
  it.live(
    "ends with 7 and writes nothing when the world has moved since the plan, and with 0 when it has not",
    () =>
      Effect.gen(function* () {
        const folder = yield* PeopleProject.open
        const DATABASE_URL = yield* Effect.promise(() => storeDatabase())
        const { query } = yield* Postgres.open({ url: Redacted.make(DATABASE_URL), max: 1 })
        yield* query(ddl)
        const command = (...words: ReadonlyArray<string>) => Typed.command(words, folder, { DATABASE_URL })
        const contacts = Effect.map(query("select full_name from app.contacts order by 1"), (rows) =>
          rows.map(({ full_name }) => full_name)
        )
        const planned = yield* command("plan", "contacts", "--out", "plan.json")
        assert.strictEqual(planned.code, 2, planned.stderr)
        yield* query("insert into crm.people (name) values ('Grace')")
        const refused = yield* command("apply", "plan.json")
        assert.strictEqual(refused.code, 7, refused.stdout + refused.stderr)
        assert.include(refused.stderr, "plan")
        assert.deepStrictEqual(yield* contacts, [])
        assert.strictEqual((yield* command("plan", "contacts", "--out", "plan.json")).code, 2)
        const applied = yield* command("apply", "plan.json")
        assert.strictEqual(applied.code, 0, applied.stdout + applied.stderr)
        assert.deepStrictEqual(yield* contacts, ["Ada", "Grace"])
      }).pipe(Effect.scoped),
    180_000
  )
})
