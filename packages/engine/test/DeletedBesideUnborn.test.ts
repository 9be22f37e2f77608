import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoTables from "./TwoTables.ts"

const keyed = { key: "id", capture: "log", onDelete: "delete" }

describe("a record that is deleted at one side, and at the other came to refer to one that is only there", () => {
  it.live("is deleted there in the same run, by all that was read of it", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open({
        ddl: `alter table crm.people add manager_id uuid references crm.people on delete set null;
          alter table app.contacts add boss_id bigint references app.contacts on delete set null`,
        tables: {
          crm: { people: { ...keyed, references: { manager_id: "people" } } },
          app: { contacts: { ...keyed, references: { boss_id: "contacts" } } }
        },
        mapping: [
          { source: "name", target: "full_name" },
          { source: "manager_id", target: "boss_id" }
        ]
      })
      yield* world.query("insert into crm.people (name) values ('Ada')")
      yield* world.sync
      yield* world.query("delete from crm.people where name = 'Ada'")
      yield* world.query("insert into app.contacts (full_name) values ('Grace')")
      yield* world.query(
        "update app.contacts set boss_id = (select id from app.contacts where full_name = 'Grace') where full_name = 'Ada'"
      )
      yield* world.sync
      const names = (yield* world.rows("app.contacts")).map(({ full_name }) => full_name)
      assert.deepStrictEqual(names, ["Grace"])
      assert.deepStrictEqual(yield* world.query("select entity from syncline.retry_ledger"), [])
    }).pipe(Effect.scoped)
  )
})
