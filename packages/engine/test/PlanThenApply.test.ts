/** A plan of two sides that have been in step says what `apply` then does, and no more: counted by the rows that are then written. */
import { Side } from "@syncline/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoTables from "./TwoTables.ts"

const keyed = { key: "id", capture: "log", onDelete: "delete" }

/** People of whom one is the manager of others; every write of a row that is not a user's is counted. */
const open = (strategy: "source_wins" | "manual") =>
  TwoTables.open({
    strategy,
    ddl: "alter table crm.people add manager_id uuid; alter table app.contacts add boss_id bigint",
    tables: {
      crm: { people: { ...keyed, references: { manager_id: "people" } } },
      app: { contacts: { ...keyed, references: { boss_id: "contacts" } } }
    },
    mapping: [
      { source: "name", target: "full_name" },
      { source: "email", target: "mail" },
      { source: "phone", target: "phone" },
      { source: "manager_id", target: "boss_id" }
    ]
  })

type World = Effect.Success<ReturnType<typeof open>>

const counted = { source: "crm", target: "app" } as const

/** Rows that were written at each side so far, by anyone. */
const written = ({ query }: World) =>
  Effect.map(
    Effect.forEach(Side.Side.literals, (side) =>
      Effect.map(
        query(
          `select count(*) filter (where op = 'I')::int as create, count(*) filter (where op = 'U')::int as update,
             count(*) filter (where op = 'D')::int as delete from ${counted[side]}.counted`
        ),
        ([row]) => ({
          create: Number(row?.["create"]),
          update: Number(row?.["update"]),
          delete: Number(row?.["delete"])
        })
      )
    ),
    ([source, target]) => ({ source, target })
  )

const count = ({ query }: World) =>
  Effect.forEach(
    [
      ["crm", "people"],
      ["app", "contacts"]
    ] as const,
    ([schema, table]) =>
      query(
        `create table ${schema}.counted (op text);
         create function ${schema}.count_op() returns trigger language plpgsql as
           $$ begin insert into ${schema}.counted values (left(tg_op, 1)); return null; end $$;
         create trigger count_op after insert or update or delete on ${schema}.${table}
           for each row execute function ${schema}.count_op()`
      ),
    { discard: true }
  )

/** In step; then users of both sides edit, delete, make records, and change the same field. */
const given = Effect.fnUntraced(function* (strategy: "source_wins" | "manual") {
  const world = yield* open(strategy)
  yield* world.query(
    "insert into crm.people (name, email) select 'p' || i, 'p' || i || '@example.com' from generate_series(1, 8) i"
  )
  yield* world.sync
  for (const statement of [
    "update crm.people set phone = '1' where name in ('p1', 'p2')",
    "update app.contacts set mail = 'changed@example.com' where full_name = 'p3'",
    "delete from crm.people where name = 'p4'",
    "delete from app.contacts where full_name = 'p5'",
    "update crm.people set email = 'here@example.com', phone = '2' where name = 'p6'",
    "update app.contacts set mail = 'there@example.com' where full_name = 'p6'",
    "insert into crm.people (name, manager_id) select 'new here', id from crm.people where name = 'p1'",
    "insert into app.contacts (full_name, boss_id) select 'new there', id from app.contacts where full_name = 'p2'",
    // A reference to a record that is new itself: what is written of it later is written by the same `apply`.
    "insert into crm.people (name, manager_id) select 'newer here', id from crm.people where name = 'new here'"
  ])
    yield* world.query(statement)
  yield* count(world)
  return world
})

describe("a plan of two sides that have been in step", () => {
  for (const [strategy, conflicted, updated] of [
    ["source_wins", 0, { source: 1, target: 3 }],
    ["manual", 1, { source: 1, target: 2 }]
  ] as const) {
    it.live(`says what apply then does: ${strategy}`, () =>
      Effect.gen(function* () {
        const world = yield* given(strategy)
        const before = yield* world.rows("app.contacts")
        const plan = yield* world.engine.plan("contacts")
        const nothing = { create: 0, update: 0, delete: 0 }
        assert.deepStrictEqual(yield* written(world), { source: nothing, target: nothing }, "a plan writes nothing")
        assert.deepStrictEqual(yield* world.rows("app.contacts"), before)
        const [job] = plan.jobs
        if (job === undefined) return assert.fail("the plan has a job")
        assert.deepStrictEqual(job.writes, {
          source: { create: 1, update: updated.source, delete: 1 },
          target: { create: 2, update: updated.target, delete: 1 }
        })
        assert.strictEqual(job.conflicted, conflicted)
        const again = yield* world.engine.plan("contacts")
        assert.strictEqual(again.fingerprint, plan.fingerprint, "a plan changes no plan")
        yield* world.engine.apply("contacts", again)
        // One reference is to a record that had no id there when the plan was made; it is among what the plan says waits.
        assert.strictEqual(job.waiting, 1)
        const target = { ...job.writes.target, update: job.writes.target.update + job.waiting }
        assert.deepStrictEqual(yield* written(world), { source: job.writes.source, target })
        assert.isFalse((yield* world.engine.plan("contacts")).changes)
      }).pipe(Effect.scoped)
    )
  }
})
