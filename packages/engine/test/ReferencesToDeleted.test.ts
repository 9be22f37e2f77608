import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoTables from "./TwoTables.ts"

const keyed = { key: "id", capture: "log", onDelete: "delete" }

/** People of whom one is the manager of others; neither table clears a reference whose record is deleted. */
const openWith = (strategy: "manual" | "merge") =>
  TwoTables.open({
    strategy,
    estimated: true,
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

const open = openWith("manual")

type World = Effect.Success<typeof open>

/** Ada was deleted here and renamed there, which a person has to settle; meanwhile Alan there becomes hers. */
const given = Effect.gen(function* () {
  const world = yield* open
  yield* world.query("insert into crm.people (name) values ('Ada'), ('Alan')")
  yield* world.sync
  yield* world.query("delete from crm.people where name = 'Ada'")
  yield* world.query("update app.contacts set full_name = 'Ada Lovelace' where full_name = 'Ada'")
  yield* world.query(
    `update app.contacts set boss_id = (select id from app.contacts where full_name = 'Ada Lovelace') where full_name = 'Alan'`
  )
  yield* world.sync
  return world
})

/** Ada was deleted here while there she got a manager, who is new. */
const managed = Effect.gen(function* () {
  const world = yield* open
  yield* world.query("insert into crm.people (name) values ('Ada')")
  yield* world.sync
  yield* world.query("delete from crm.people where name = 'Ada'")
  yield* world.query("insert into app.contacts (full_name) values ('Grace')")
  yield* world.query(
    "update app.contacts set boss_id = (select id from app.contacts where full_name = 'Grace') where full_name = 'Ada'"
  )
  yield* world.sync
  return world
})

const answer = Effect.fnUntraced(function* (world: World, choice: "source" | "target") {
  const [conflict] = yield* world.engine.conflicts.list({ limit: 10 })
  const { id, version } = yield* world.engine.conflicts.get(conflict?.id ?? "")
  yield* world.engine.conflicts.resolve(id, { version, choices: { "": choice }, by: "Grace" })
  yield* world.sync
})

const people = ({ query }: World) =>
  Effect.map(
    query(
      `select p.name, p.manager_id is not null as "isManaged", m.name as manager
       from crm.people p left join crm.people m on m.id = p.manager_id order by p.name`
    ),
    (rows) => rows.map(({ isManaged, manager, name }) => ({ name, isManaged, manager }))
  )

const alone = { name: "Alan", isManaged: false, manager: null }

describe("a record that one side deleted and the other changed, while a person is asked", () => {
  it.live("is referred to by nobody new where it is gone, and by its new id once it is made again", () =>
    Effect.gen(function* () {
      const world = yield* given
      assert.deepStrictEqual(yield* people(world), [alone])
      yield* answer(world, "target")
      assert.deepStrictEqual(yield* people(world), [
        { name: "Ada Lovelace", isManaged: false, manager: null },
        { name: "Alan", isManaged: true, manager: "Ada Lovelace" }
      ])
      assert.deepStrictEqual(yield* world.query("select record_key from syncline.waiting order by 1"), [])
      const [again] = yield* world.sync
      assert.deepInclude(again?.counters, { created: 0, updated: 0, deleted: 0 })
    }).pipe(Effect.scoped)
  )

  it.live("is referred to by its id again when it comes back with it, and is not doubled", () =>
    Effect.gen(function* () {
      const world = yield* given
      const [back] = yield* world.query(
        "select source_id as id from syncline.link where source_image is null order by 1"
      )
      yield* world.query("insert into crm.people (id, name) values ($1::text::uuid, 'Ada')", [back?.["id"]])
      yield* world.sync
      assert.deepStrictEqual(yield* people(world), [
        { name: "Ada", isManaged: false, manager: null },
        { name: "Alan", isManaged: true, manager: "Ada" }
      ])
      const [conflict] = yield* world.engine.conflicts.list({ limit: 10 })
      assert.deepStrictEqual(conflict?.fields, ["full_name"])
      assert.strictEqual((yield* world.rows("app.contacts")).length, 2)
    }).pipe(Effect.scoped)
  )

  it.live("was going to be referred to by one who then refers to nobody: that arrives", () =>
    Effect.gen(function* () {
      const world = yield* open
      yield* world.query("insert into crm.people (name) values ('Ada'), ('Grace'), ('Alan')")
      const manage = (manager: string) =>
        world.query(
          `update crm.people set name = 'Alan of ' || $1::text, manager_id = (select id from crm.people where name = $1::text)
           where name like 'Alan%'`,
          [manager]
        )
      yield* manage("Grace")
      yield* world.sync
      yield* world.query("delete from app.contacts where full_name = 'Ada'")
      yield* world.query("update crm.people set name = 'Ada Lovelace' where name = 'Ada'")
      yield* world.sync
      yield* manage("Ada Lovelace")
      yield* world.sync
      yield* manage("nobody")
      yield* world.sync
      const contacts = yield* world.rows("app.contacts")
      assert.deepInclude(
        contacts.find(({ full_name }) => full_name === "Alan of nobody"),
        { boss_id: null }
      )
    }).pipe(Effect.scoped)
  )

  it.live("is made again with a reference to a record that nobody knew when the person was asked", () =>
    Effect.gen(function* () {
      const world = yield* managed
      yield* answer(world, "target")
      assert.deepStrictEqual(yield* people(world), [
        { name: "Ada", isManaged: true, manager: "Grace" },
        { name: "Grace", isManaged: false, manager: null }
      ])
    }).pipe(Effect.scoped)
  )

  it.live("is made again without a reference to a record that has been deleted since", () =>
    Effect.gen(function* () {
      const world = yield* managed
      yield* world.query("delete from crm.people where name = 'Grace'")
      yield* world.sync
      yield* answer(world, "target")
      assert.deepStrictEqual(yield* people(world), [{ name: "Ada", isManaged: false, manager: null }])
      const [again] = yield* world.sync
      assert.deepInclude(again?.counters, { created: 0, updated: 0, deleted: 0 })
    }).pipe(Effect.scoped)
  )

  it.live("keeps nobody waiting when it is deleted after all", () =>
    Effect.gen(function* () {
      const world = yield* given
      yield* world.query("update app.contacts set boss_id = null")
      yield* answer(world, "source")
      assert.deepStrictEqual(yield* people(world), [alone])
      assert.deepStrictEqual(yield* world.query("select record_key from syncline.waiting order by 1"), [])
    }).pipe(Effect.scoped)
  )
})

describe("records that one side deleted and the other changed, where an edit counts more", () => {
  it.live("are made again, and refer to each other as before", () =>
    Effect.gen(function* () {
      const world = yield* openWith("merge")
      yield* world.query("insert into crm.people (name) values ('Ada'), ('Alan')")
      yield* world.query(
        "update crm.people set manager_id = (select id from crm.people where name = 'Ada') where name = 'Alan'"
      )
      yield* world.sync
      yield* world.query("delete from crm.people")
      yield* world.query("update app.contacts set full_name = full_name || ' of the target'")
      yield* world.sync
      assert.deepStrictEqual(yield* people(world), [
        { name: "Ada of the target", isManaged: false, manager: null },
        { name: "Alan of the target", isManaged: true, manager: "Ada of the target" }
      ])
    }).pipe(Effect.scoped)
  )
})

describe("a record that is being deleted at the other side", () => {
  it.live("is referred to there by no write that goes out beside its deletion", () =>
    Effect.gen(function* () {
      const world = yield* open
      yield* world.query("insert into crm.people (name) values ('Ada'), ('Alan')")
      yield* world.sync
      yield* world.query(
        "update crm.people set manager_id = (select id from crm.people where name = 'Ada') where name = 'Alan'"
      )
      yield* world.query("delete from crm.people where name = 'Ada'")
      yield* world.sync
      const contacts = yield* world.rows("app.contacts")
      assert.deepStrictEqual(
        contacts.map(({ boss_id, full_name }) => [full_name, boss_id]),
        [["Alan", null]]
      )
      assert.deepStrictEqual(yield* world.query("select record_key from syncline.waiting"), [])
      const [again] = yield* world.sync
      assert.deepInclude(again?.counters, { created: 0, updated: 0, deleted: 0 })
    }).pipe(Effect.scoped)
  )
})

describe("records that a person keeps, though one side deleted them", () => {
  it.live("are made again there although they refer to themselves and to each other", () =>
    Effect.gen(function* () {
      const world = yield* open
      yield* world.query("insert into crm.people (name) values ('Ada'), ('Alan'), ('Grace')")
      yield* world.sync
      yield* world.query(`update app.contacts c set boss_id = b.id from app.contacts b
        where (c.full_name, b.full_name) in (('Ada', 'Ada'), ('Alan', 'Grace'), ('Grace', 'Alan'))`)
      yield* world.sync
      yield* world.query("delete from crm.people")
      yield* world.query("update app.contacts set full_name = full_name || '!'")
      yield* world.sync
      for (const { id } of yield* world.engine.conflicts.list({ limit: 10 })) {
        const { version } = yield* world.engine.conflicts.get(id)
        yield* world.engine.conflicts.resolve(id, { version, choices: { "": "target" }, by: "Grace" })
      }
      yield* world.sync
      assert.deepStrictEqual(yield* people(world), [
        { name: "Ada!", isManaged: true, manager: "Ada!" },
        { name: "Alan!", isManaged: true, manager: "Grace!" },
        { name: "Grace!", isManaged: true, manager: "Alan!" }
      ])
      assert.deepStrictEqual(yield* world.query("select record_key from syncline.waiting"), [])
      const [again] = yield* world.sync
      assert.deepInclude(again?.counters, { created: 0, updated: 0, deleted: 0 })
    }).pipe(Effect.scoped)
  )
})
