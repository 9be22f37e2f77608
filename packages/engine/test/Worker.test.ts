import { assert, describe, it } from "@effect/vitest"
import { defaultTenant, ExecutionId, JobName } from "@syncline/core"
import { Fleet as StoreFleet, StoreClock, Wakes } from "@syncline/store"
import { Clock, Deferred, Effect, Fiber } from "effect"
import { Machine } from "../src/index.ts"
import * as Fleet from "./Fleet.ts"
import * as TwoTables from "./TwoTables.ts"

const job = JobName.make("job-people")

describe("a worker", () => {
  it.live("runs a job when its time has come, and once more for each wake that comes while it runs", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open({ schedule: { every: "1 second" } })
      yield* world.query("insert into crm.people (name) values ('Ada')")
      const first = yield* Fleet.start(world.project, world.services)
      const names = Effect.map(world.rows("app.contacts"), (rows) => rows.map((row) => String(row["full_name"])))
      yield* Fleet.until(Effect.map(names, (all) => all.includes("Ada")))
      yield* world.query("insert into crm.people (name) values ('Grace')")
      yield* Fleet.until(Effect.map(names, (all) => all.includes("Grace")))
      const [status] = yield* world.engine.status
      assert.strictEqual(status?.lastExecution?.trigger, "scheduled")
      yield* first.worker.stop(5_000)
      assert.deepStrictEqual(
        [...(yield* world.query("select worker from syncline.driver where worker is not null"))],
        []
      )
      assert.deepStrictEqual(first.troubles, [])
    }).pipe(Effect.scoped)
  )

  for (const hours of [-3, 3]) {
    it.live(`whose clock is ${-hours} hours away from the server's fires and ends a job by the server's`, () =>
      Effect.gen(function* () {
        const world = yield* TwoTables.open({ schedule: { every: "1 hour" } })
        const serverMs = Effect.map(Clock.currentTimeMillis, (nowMs) => nowMs + hours * 3_600_000)
        const { served } = yield* Effect.provideService(Fleet.start(world.project, world.services), StoreClock, {
          nowMs: () => serverMs
        })
        const next = Effect.map(
          world.query("select (extract(epoch from next_run_at) * 1000)::float8 as at from syncline.job"),
          ([row]) => Number(row?.["at"] ?? 0)
        )
        yield* Fleet.until(Effect.map(next, (atMs) => atMs > 0))
        const aheadMs = (yield* next) - (yield* serverMs)
        assert.isTrue(aheadMs > 0 && aheadMs <= 3_600_000, `it runs next in ${aheadMs} ms`)
        yield* Fleet.until(Effect.sync(() => served.length > 0))
        assert.deepInclude(served[0]?.report, { status: "completed" })
        assert.isBelow(served[0]?.report?.durationMs ?? Infinity, 60_000)
      }).pipe(Effect.scoped)
    )
  }

  it.live("takes over what a dead one was doing: its execution ends, the records arrive", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open({ schedule: "manual" })
      yield* world.query("insert into crm.people (name) select 'n' || i from generate_series(1, 300) i")
      const first = yield* Fleet.start(world.project, world.services)
      const wake = Effect.provideContext(
        Effect.flatMap(Wakes.Wakes, (wakes) =>
          wakes.wake(defaultTenant, [{ job, class: "delta", trigger: "manual", dueAtMs: null }])
        ),
        world.services
      )
      yield* first.send(yield* wake)
      yield* Fleet.until(
        Effect.map(world.query("select from syncline.execution where status = 'running'"), (rows) => rows.length > 0)
      )
      yield* first.kill
      yield* world.query("update syncline.worker set beat_at = beat_at - make_interval(secs => $1::int)", [
        StoreFleet.deadAfterMs / 1000
      ])
      const second = yield* Fleet.start(world.project, world.services)
      yield* Fleet.until(Effect.map(world.rows("app.contacts"), (rows) => rows.length === 300))
      yield* Fleet.until(Effect.sync(() => second.served.some(({ report }) => report?.status === "completed")))
      assert.deepInclude(second.taken[0], { wasTakenOver: true })
      assert.deepStrictEqual(
        [...(yield* world.query("select execution_id from syncline.execution where status = 'running'"))],
        []
      )
    }).pipe(Effect.scoped)
  )

  it.live("takes over at once from one of this machine whose process is no more, though its heartbeat is fresh", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open({ schedule: "manual" })
      yield* world.query("insert into crm.people (name) select 'n' || i from generate_series(1, 300) i")
      const first = yield* Fleet.start(world.project, world.services)
      const wakes = yield* Effect.provideContext(Wakes.Wakes, world.services)
      yield* first.send(yield* wakes.wake(defaultTenant, [{ job, class: "delta", trigger: "manual", dueAtMs: null }]))
      yield* Fleet.until(Effect.sync(() => first.taken.length > 0))
      yield* first.kill
      yield* world.query("update syncline.worker set beat_at = beat_at + interval '1 hour'")
      const second = yield* Effect.provideService(Fleet.start(world.project, world.services), Machine, {
        host: "here",
        pid: 0,
        isAlive: () => false
      })
      yield* Fleet.until(Effect.sync(() => second.taken.length > 0))
      assert.isTrue(second.taken[0]?.wasTakenOver)
      yield* Fleet.until(Effect.map(world.rows("app.contacts"), (rows) => rows.length === 300))
    }).pipe(Effect.scoped)
  )

  it.live("an execution that is cancelled ends in its turn, and the next goes on from its last commit", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open({ schedule: "manual" })
      yield* world.query("insert into crm.people (name) select 'n' || i from generate_series(1, 300) i")
      const { send, served } = yield* Fleet.start(world.project, world.services)
      const wakes = yield* Effect.provideContext(Wakes.Wakes, world.services)
      const wake = Effect.flatMap(
        wakes.wake(defaultTenant, [{ job, class: "delta", trigger: "manual", dueAtMs: null }]),
        send
      )
      const running = Effect.map(
        world.query("select execution_id as id from syncline.execution where status = 'running'"),
        ([row]) => (row === undefined ? null : ExecutionId.make(String(row["id"])))
      )
      const statuses = () => served.flatMap(({ report }) => report?.status ?? [])
      const held = Effect.fnUntraced(function* (act: (execution: ExecutionId) => Effect.Effect<unknown, unknown>) {
        // Somebody else has the table, so that the run cannot end before.
        const release = yield* Deferred.make<void>()
        const isHeld = yield* Deferred.make<void>()
        const holding = world.pool.transaction(({ query }) =>
          query("lock table app.contacts in access exclusive mode").pipe(
            Effect.andThen(Deferred.succeed(isHeld, undefined)),
            Effect.andThen(Deferred.await(release))
          )
        )
        const holder = yield* Effect.forkScoped(holding)
        yield* Deferred.await(isHeld)
        yield* wake
        yield* Fleet.until(Effect.map(running, (execution) => execution !== null))
        const execution = yield* running
        if (execution !== null) yield* act(execution)
        yield* Deferred.succeed(release, undefined)
        yield* Fiber.join(holder)
      })

      yield* held((execution) => world.engine.cancel(execution))
      yield* Fleet.until(Effect.sync(() => statuses().includes("cancelled")))
      assert.deepStrictEqual([...(yield* world.query("select job from syncline.wake"))], [])
      yield* wake
      yield* Fleet.until(Effect.map(world.rows("app.contacts"), (rows) => rows.length === 300))
      yield* Fleet.until(Effect.sync(() => statuses().includes("completed")))
    }).pipe(Effect.scoped)
  )

  it.live("a wake between a turn's last look and its end is served, though nobody is told of it", () =>
    Effect.gen(function* () {
      const world = yield* TwoTables.open({ schedule: "manual" })
      yield* Fleet.start(world.project, world.services)
      const wakes = yield* Effect.provideContext(Wakes.Wakes, world.services)
      for (let n = 0; n < 8; n++) {
        yield* world.query("insert into crm.people (name) values ($1)", [`n${n}`])
        // Nobody is told: as if the wake were written by another process, at whatever moment of a turn this is.
        yield* wakes.wake(defaultTenant, [{ job, class: "delta", trigger: "manual", dueAtMs: null }])
        yield* Fleet.until(
          Effect.map(world.query("select from app.contacts where full_name = $1", [`n${n}`]), (rows) => rows.length > 0)
        )
      }
    }).pipe(Effect.scoped)
  )
})
