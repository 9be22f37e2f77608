/** Tables that say themselves when they have changed: heard at once, and again after the connection was lost. */
import { assert, describe, it } from "@effect/vitest"
import { Store } from "@syncline/store"
import { Context, Effect } from "effect"
import * as Fleet from "./Fleet.ts"
import * as TransactionPooler from "./TransactionPooler.ts"
import * as TwoTables from "./TwoTables.ts"

/** So long that what a test sees was not found by it. */
const schedule = { every: "1 day" } as const

describe("a change log", () => {
  it.live("is heard past a pooler in transaction mode, through which nothing is prepared and nobody listens", () =>
    Effect.gen(function* () {
      let pooler: TransactionPooler.TransactionPooler = { url: "", kept: [] }
      const through = (url: string) =>
        Effect.map(TransactionPooler.before(url), (made) => {
          pooler = made
          return made.url
        })
      const world = yield* TwoTables.open({ schedule, through })
      const { directUrl } = Context.get(world.services, Store.Store)
      const started = yield* Fleet.start(world.project, world.services, { listensAt: directUrl })
      yield* world.query("insert into crm.people (name, email) values ('Ada', 'ada@example.com')")
      const names = Effect.map(world.query("select full_name from app.contacts"), (rows) =>
        rows.map((row) => row["full_name"])
      )
      yield* Fleet.until(Effect.map(names, (all) => all.includes("Ada")))
      yield* Fleet.until(Effect.map(world.query("select from syncline.wake"), (wakes) => wakes.length === 0))
      yield* world.query("insert into crm.people (name, email) values ('Bob', 'bob@example.com')")
      yield* Fleet.until(Effect.map(names, (all) => all.includes("Bob")))
      assert.deepStrictEqual(pooler.kept, [])
      assert.deepStrictEqual(started.troubles, [])
    }).pipe(Effect.scoped)
  )

  it.live("wakes the jobs that read it, also after what listens was cut off", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open({ schedule })
      const { query } = world
      const names = Effect.map(query("select full_name from app.contacts order by id"), (rows) =>
        rows.map((row) => row["full_name"])
      )
      const arrives = (name: string) => Fleet.until(Effect.map(names, (all) => all.includes(name)))
      const listeners = query(
        "select pid from pg_stat_activity where application_name = 'syncline listener' and state = 'idle' and datname = current_database()"
      )
      const started = yield* Fleet.start(world.project, world.services, { listensAt: world.url })
      // The job's first run of all, and the one that whoever begins to listen asks for.
      const isQuiet = Effect.map(
        query(
          "select (select count(*) from syncline.wake)::int as wakes, (select count(*) from syncline.execution)::int as runs"
        ),
        ([row]) => row?.["wakes"] === 0 && Number(row?.["runs"]) > 0
      )
      yield* Fleet.until(Effect.map(listeners, (rows) => rows.length > 0))
      yield* Fleet.until(isQuiet)

      yield* query("insert into crm.people (name, email) values ('Ada', 'ada@example.com')")
      yield* arrives("Ada")

      yield* query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'syncline listener' and datname = current_database()"
      )
      yield* query("insert into crm.people (name, email) values ('Bob', 'bob@example.com')")
      yield* arrives("Bob")
      assert.isTrue(started.troubles.every((trouble) => trouble.startsWith("listening for changes: ")))
    }).pipe(Effect.scoped)
  )
})
