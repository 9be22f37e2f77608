import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoTables from "./TwoTables.ts"

const keyed = { key: "id", capture: "log", onDelete: "delete" }

const openWith = (policies: TwoTables.Options) =>
  TwoTables.open({
    ...policies,
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

const open = openWith({})

/** Ada and Bob are known at both sides. Then Ada's boss there becomes Grace, who is new there. */
const given = Effect.gen(function* () {
  const world = yield* open
  yield* world.query("insert into crm.people (name) values ('Ada'), ('Bob')")
  yield* world.sync
  yield* world.query("insert into app.contacts (full_name) values ('Grace')")
  yield* world.query(
    "update app.contacts set boss_id = (select id from app.contacts where full_name = 'Grace') where full_name = 'Ada'"
  )
  return world
})

const bosses = (world: Effect.Success<typeof open>) =>
  world.query(
    `select c.full_name as name, b.full_name as boss from app.contacts c left join app.contacts b on b.id = c.boss_id order by 1`
  )

describe("a record that came to refer, at one side, to one that is only there", () => {
  it.live("is deleted there in the same run when the other side deleted it", () =>
    Effect.gen(function* () {
      const world = yield* given
      yield* world.query("delete from crm.people where name = 'Ada'")
      yield* world.sync
      assert.deepStrictEqual(yield* bosses(world), [
        { name: "Bob", boss: null },
        { name: "Grace", boss: null }
      ])
      assert.deepStrictEqual(yield* world.query("select entity from syncline.retry_ledger"), [])
    }).pipe(Effect.scoped)
  )

  it.live("refers in the same run to whom the other side chose, when that side wins", () =>
    Effect.gen(function* () {
      const world = yield* given
      yield* world.query(
        "update crm.people set manager_id = (select id from crm.people where name = 'Bob') where name = 'Ada'"
      )
      yield* world.sync
      assert.deepStrictEqual((yield* bosses(world))[0], { name: "Ada", boss: "Bob" })
      assert.deepStrictEqual(yield* world.query("select entity from syncline.retry_ledger"), [])
      const [again] = yield* world.sync
      assert.deepInclude(again?.counters, { created: 0, updated: 0, deleted: 0 })
    }).pipe(Effect.scoped)
  )
})

describe("a reference that won over the other side's, to a record that is on its way out", () => {
  it.live("leaves neither side with another value than the other", () =>
    Effect.gen(function* () {
      const world = yield* openWith({ strategy: "target_wins" })
      yield* world.query("insert into crm.people (name) values ('Ada'), ('Bob'), ('Carol')")
      yield* world.sync
      yield* world.query(
        "update crm.people set manager_id = (select id from crm.people where name = 'Bob') where name = 'Ada'"
      )
      yield* world.query(
        "update app.contacts set boss_id = (select id from app.contacts where full_name = 'Carol') where full_name = 'Ada'"
      )
      yield* world.query("delete from crm.people where name = 'Carol'")
      yield* world.sync
      yield* world.sync
      const [ada] = yield* bosses(world)
      const [same] = yield* world.query(
        "select m.name as boss from crm.people p left join crm.people m on m.id = p.manager_id where p.name = 'Ada'"
      )
      assert.deepStrictEqual(ada, { name: "Ada", ...same })
    }).pipe(Effect.scoped)
  )
})
