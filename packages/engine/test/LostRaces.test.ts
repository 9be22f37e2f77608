/** A write to a database that loses a race against another session is made again; it ends no run, and happens once. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoTables from "./TwoTables.ts"

/** The first two writes of a contact lose a race. A sequence counts on, whatever is rolled back. */
const losing = (sqlState: string) => `
  create sequence app.tries;
  create function app.lose() returns trigger language plpgsql as $$ begin
    if nextval('app.tries') <= 2 then raise exception 'lost a race' using errcode = '${sqlState}'; end if;
    return new; end $$;
  create trigger lose before insert or update on app.contacts for each row execute function app.lose()`

describe("a write that loses a race in the other side's database", () => {
  for (const [what, sqlState] of [
    ["a deadlock", "40P01"],
    ["a serialization failure", "40001"]
  ] as const) {
    it.live(`by ${what} is made again`, () =>
      Effect.gen(function* () {
        const world = yield* TwoTables.open({ ddl: losing(sqlState) })
        yield* world.query("insert into crm.people (name) values ('Ada')")
        const [report] = yield* world.sync
        assert.deepInclude(report?.counters, { created: 1, failed: 0, queued: 0 })
        assert.deepStrictEqual(
          (yield* world.rows("app.contacts")).map(({ full_name }) => full_name),
          ["Ada"]
        )
        const [tries] = yield* world.query("select last_value::int as n from app.tries")
        assert.strictEqual(tries?.["n"], 3)
      }).pipe(Effect.scoped)
    )
  }
})
