/** Redis remembers links and decides nothing: without it, with it, or when it is lost in the middle of a run, the same comes out. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as RedisStandIn from "./RedisStandIn.ts"
import * as TwoTables from "./TwoTables.ts"

const keyed = { key: "id", capture: "log", onDelete: "delete" }

const open = (redisUrl: string | null) =>
  TwoTables.open({
    redisUrl,
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

const records = 30

/** Everybody's manager is the one before; then, at both sides, some get another, and `lose` happens while that is synced. */
const story = Effect.fnUntraced(function* (redisUrl: string | null, lose: () => void) {
  const { query, sync } = yield* open(redisUrl)
  yield* query("insert into crm.people (name) select 'p' || i from generate_series(1, $1::int) i", [records])
  yield* query(
    `update crm.people p set manager_id = m.id from crm.people m
     where substr(m.name, 2)::int = substr(p.name, 2)::int - 1`
  )
  yield* sync
  yield* query(
    `update crm.people p set manager_id = m.id from crm.people m
     where m.name = 'p1' and substr(p.name, 2)::int % 3 = 0`
  )
  yield* query(
    `update app.contacts p set boss_id = m.id from app.contacts m
     where m.full_name = 'p2' and substr(p.full_name, 2)::int % 3 = 1 and p.full_name <> 'p1'`
  )
  yield* query("insert into app.contacts (full_name, boss_id) select 'p0', id from app.contacts where full_name = 'p3'")
  lose()
  yield* sync
  yield* sync
  const told = (table: string, name: string, manager: string) =>
    Effect.map(
      query(
        `select p.${name} as name, m.${name} as manager from ${table} p left join ${table} m on m.id = p.${manager} order by 1`
      ),
      (rows) => rows.map(({ manager, name }) => `${String(name)} of ${String(manager)}`)
    )
  const here = yield* told("crm.people", "name", "manager_id")
  assert.deepStrictEqual(yield* told("app.contacts", "full_name", "boss_id"), here)
  assert.strictEqual(here.length, records + 1)
  return here
}, Effect.scoped)

describe("without Redis, with it, and with one that is lost in the middle of a run", () => {
  it.live(
    "both sides end the same",
    () =>
      Effect.gen(function* () {
        const without = yield* story(null, () => {})
        const redis = yield* RedisStandIn.start
        assert.deepStrictEqual(yield* story(redis.url, () => {}), without)
        assert.isAbove(redis.asked().hits, 0)
        for (const loss of ["killAfter", "hangAfter"] as const) {
          const lost = yield* RedisStandIn.start
          let before = 0
          const ended = yield* story(lost.url, () => {
            before = lost.asked().lookups
            lost[loss](1)
          })
          assert.deepStrictEqual(ended, without, loss)
          // One was answered, and one that it was asked for was not.
          assert.isAbove(lost.asked().lookups, before + 1, loss)
        }
      }).pipe(Effect.scoped),
    120_000
  )
})
