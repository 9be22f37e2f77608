import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoTables from "./TwoTables.ts"

const keyed = { key: "id", capture: "log", onDelete: "delete" }

describe("a record that refers to one that was deleted before it came to the other side", () => {
  it.live("comes there without the reference, instead of waiting for ever", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open({
        ddl: "alter table crm.people add manager_id uuid; alter table app.contacts add boss_id bigint",
        tables: {
          crm: { people: { ...keyed, references: { manager_id: "people" } } },
          app: { contacts: { ...keyed, references: { boss_id: "contacts" } } }
        },
        mapping: [
          { source: "name", target: "full_name" },
          { source: "manager_id", target: "boss_id" }
        ]
      })
      yield* world.sync
      yield* world.query("insert into crm.people (name) values ('Grace')")
      yield* world.engine.run("contacts", { sides: ["source"] })
      yield* world.query("insert into crm.people (name, manager_id) select 'Ada', id from crm.people")
      yield* world.query("delete from crm.people where name = 'Grace'")
      yield* world.sync
      const contacts = yield* world.rows("app.contacts")
      assert.deepStrictEqual(
        contacts.map(({ boss_id, full_name }) => [full_name, boss_id]),
        [["Ada", null]]
      )
      assert.deepStrictEqual(yield* world.query("select record_key from syncline.waiting order by 1"), [])
      const [again] = yield* world.sync
      assert.deepInclude(again?.counters, { created: 0, updated: 0, deleted: 0 })
    }).pipe(Effect.scoped)
  )
})
