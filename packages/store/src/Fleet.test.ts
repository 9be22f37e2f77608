import { assert, describe, layer } from "@effect/vitest"
import { ConnectionName, JobName, type PriorityClass, TenantId } from "@syncline/core"
import { Clock, Effect } from "effect"
import * as World from "../test/World.ts"
import { ConnectionStates } from "./ConnectionStates.ts"
import { type Driven, Drivers } from "./Drivers.ts"
import * as Fleet from "./Fleet.ts"
import { Jobs } from "./Jobs.ts"
import { Store } from "./Store.ts"
import { StoreClock } from "./StoreClock.ts"
import { Wakes } from "./Wakes.ts"

const one: Fleet.WorkerProcess = { worker: "worker-1", host: "host-1", pid: 1 }
const two: Fleet.WorkerProcess = { worker: "worker-2", host: "host-2", pid: 2 }

const job = JobName.make("billing-customers")

/** A tenant of its own for each story, with one job that the driver `stripe` runs. */
const declared = Effect.fn("declared")(function* (name: string, everyMs: number | null = null) {
  const tenant = TenantId.make(name)
  const { postgres } = yield* Store
  // What other stories have left is not due in this one.
  yield* postgres.query("update syncline.driver set due_at = null, worker = null")
  yield* postgres.query("delete from syncline.wake")
  yield* postgres.query("update syncline.job set schedule = null")
  yield* (yield* Jobs).declare(tenant, {
    connections: [
      { name: ConnectionName.make("stripe"), connector: "stripe" },
      { name: ConnectionName.make("database"), connector: "postgres" }
    ],
    integrations: [
      { name: World.integration, source: ConnectionName.make("stripe"), target: ConnectionName.make("database") }
    ],
    jobs: [
      {
        name: job,
        integration: World.integration,
        entity: World.customers.entity,
        definition: {},
        driver: "stripe",
        schedule: everyMs === null ? null : { _tag: "Every", everyMs }
      }
    ]
  })
  const fleet = yield* Fleet.Fleet
  yield* fleet.beat(one)
  yield* fleet.beat(two)
  return tenant
})

const wake = Effect.fn("wake")(function* (
  tenant: TenantId,
  of: PriorityClass.PriorityClass = "delta",
  dueAtMs: number | null = null
) {
  return yield* (yield* Wakes).wake(tenant, [{ job, class: of, trigger: "manual", dueAtMs }])
})

const take = Effect.fn("take")(function* (worker: Fleet.WorkerProcess) {
  const [taken] = yield* (yield* Fleet.Fleet).take(worker, 1)
  return taken
})

const due = (driven: Driven) => Effect.flatMap(Wakes, (wakes) => wakes.due(driven.tenant, driven.driver))

const taken = Effect.fn("taken")(function* (worker: Fleet.WorkerProcess) {
  const driven = yield* take(worker)
  assert.isDefined(driven)
  return driven
})

const clockAhead = (ms: number) => ({ nowMs: () => Effect.map(Clock.currentTimeMillis, (nowMs) => nowMs + ms) })

const far = 4_000_000_000_000

describe("Fleet", () => {
  layer(World.layer, { excludeTestServices: true })((it) => {
    it.effect("a woken driver is taken by one worker, and is free again when its wake was served", () =>
      Effect.gen(function* () {
        const tenant = yield* declared("served")
        assert.deepStrictEqual(yield* wake(tenant), [{ tenant, driver: "stripe" }])
        const driven = yield* taken(one)
        assert.deepInclude(driven, { tenant, driver: "stripe", epoch: 1, wasTakenOver: false })
        assert.isUndefined(yield* take(two), "it has an owner")
        const [first] = yield* due(driven)
        assert.deepInclude(first, { job, class: "delta", trigger: "manual", wakes: 1, execution: null })
        if (first !== undefined) yield* (yield* Wakes).serve(tenant, { due: first, served: { _tag: "Done" } })
        assert.isTrue(yield* (yield* Drivers).release(driven))
        assert.isUndefined(yield* take(two), "nothing is due any more")
      })
    )

    it.effect(
      "ten wakes are one; one that comes while it is served asks again, and none is lost at the end of the turn",
      () =>
        Effect.gen(function* () {
          const tenant = yield* declared("coalesced")
          const wakes = yield* Wakes
          for (let n = 0; n < 10; n++) yield* wake(tenant)
          const driven = yield* taken(one)
          const [seen, ...others] = yield* due(driven)
          assert.deepStrictEqual(others, [])
          yield* wake(tenant)
          if (seen !== undefined) yield* wakes.serve(tenant, { due: seen, served: { _tag: "Done" } })
          assert.deepInclude((yield* due(driven))[0], { wakes: 11 })
          yield* (yield* Drivers).release(driven)
          assert.strictEqual((yield* taken(two)).epoch, 2)
        })
    )

    it.effect(
      "a driver with more to do is kept, one that has only later wakes is given back, and one that was lost is not held",
      () =>
        Effect.gen(function* () {
          const tenant = yield* declared("kept")
          const [wakes, drivers] = [yield* Wakes, yield* Drivers]
          yield* wake(tenant)
          yield* wake(tenant, "edit", far)
          const driven = yield* taken(one)
          assert.isTrue(yield* drivers.holdsMore(driven))
          assert.isUndefined(yield* take(two), "it is still the first one's")
          for (const each of yield* due(driven)) yield* wakes.serve(tenant, { due: each, served: { _tag: "Done" } })
          assert.isFalse(yield* drivers.holdsMore(driven))
          yield* wake(tenant)
          assert.strictEqual((yield* taken(two)).epoch, 2)
          assert.isFalse(yield* drivers.holdsMore(driven), "whatever is due is another's")
        })
    )

    it.effect("wakes and the ends of turns at the same moment lose nothing", () =>
      Effect.gen(function* () {
        const tenant = yield* declared("raced")
        const [wakes, drivers] = [yield* Wakes, yield* Drivers]
        let served = 0
        const turn = Effect.gen(function* () {
          const driven = yield* take(one)
          if (driven === undefined) return
          do {
            for (const each of yield* due(driven)) {
              served = Math.max(served, each.wakes)
              yield* wakes.serve(tenant, { due: each, served: { _tag: "Done" } })
            }
          } while (yield* drivers.holdsMore(driven))
        })
        for (let round = 0; round < 40; round++)
          yield* Effect.all([turn, wake(tenant), wake(tenant, "edit")], { concurrency: 3 })
        yield* turn
        yield* turn
        const { postgres } = yield* Store
        assert.deepStrictEqual([...(yield* postgres.query("select class from syncline.wake"))], [])
        assert.isAbove(served, 0)
      })
    )

    it.effect("a dead worker's drivers are taken over under a new epoch, and it cannot give back what it lost", () =>
      Effect.gen(function* () {
        const tenant = yield* declared("dead")
        const { postgres } = yield* Store
        yield* wake(tenant)
        const driven = yield* taken(one)
        assert.isUndefined(yield* take(two))
        yield* postgres.query(
          "update syncline.worker set beat_at = beat_at - make_interval(secs => $1::int) where worker_id = $2",
          [Fleet.deadAfterMs / 1000, one.worker]
        )
        const over = yield* taken(two)
        assert.deepInclude(over, { epoch: 2, wasTakenOver: true })
        assert.isFalse(yield* (yield* Drivers).release(driven))
        assert.isFalse(yield* (yield* Drivers).holds(driven))
        assert.isTrue(yield* (yield* Drivers).holds(over))
        yield* (yield* Fleet.Fleet).leave(two)
        assert.deepInclude(yield* take(one), { epoch: 3 })
      })
    )

    it.effect("a worker that died while the server's clock was hours ahead is not waited for so long", () =>
      Effect.gen(function* () {
        const tenant = yield* declared("ahead")
        const fleet = yield* Fleet.Fleet
        yield* Effect.provideService(fleet.beat(two), StoreClock, clockAhead(10_800_000))
        yield* wake(tenant)
        yield* taken(two)
        yield* fleet.sweep
        assert.isUndefined(yield* take(one), "it may live")
        const later = Effect.provideService(take(one), StoreClock, clockAhead(Fleet.deadAfterMs + 1_000))
        assert.deepInclude(yield* later, { tenant, wasTakenOver: true })
      })
    )

    it.effect("what a worker took without hearing so, or could not give back, it takes again", () =>
      Effect.gen(function* () {
        const tenant = yield* declared("unheard")
        const fleet = yield* Fleet.Fleet
        yield* wake(tenant)
        yield* taken(one)
        assert.deepStrictEqual(yield* fleet.take(one, 1, [`${tenant}/stripe`]), [])
        assert.deepInclude((yield* fleet.take(one, 1))[0], { epoch: 2, wasTakenOver: false })
      })
    )

    it.effect("what a worker still drives it does not take again, though it has lost it meanwhile", () =>
      Effect.gen(function* () {
        const tenant = yield* declared("still")
        const fleet = yield* Fleet.Fleet
        yield* wake(tenant)
        yield* taken(one)
        const takenAgain = fleet.take(one, 1, [`${tenant}/stripe`])
        const later = clockAhead(Fleet.deadAfterMs + 1)
        assert.deepStrictEqual(yield* Effect.provideService(takenAgain, StoreClock, later), [], "it was taken for dead")
        const other = yield* Effect.provideService(taken(two), StoreClock, later)
        assert.deepInclude(other, { epoch: 2, wasTakenOver: true })
        yield* (yield* Drivers).release(other)
        assert.deepStrictEqual(yield* takenAgain, [], "another one had it, and gave it back")
        assert.strictEqual((yield* taken(one)).epoch, 3, "once its turn has ended")
      })
    )

    it.effect("what is due later is taken later; an earlier wake brings it forward", () =>
      Effect.gen(function* () {
        const tenant = yield* declared("later")
        yield* wake(tenant, "delta", far)
        assert.isUndefined(yield* take(one))
        yield* wake(tenant, "webhook")
        const driven = yield* taken(one)
        assert.deepStrictEqual(
          (yield* due(driven)).map((each) => each.class),
          ["webhook"]
        )
        const [webhook] = yield* due(driven)
        if (webhook !== undefined) yield* (yield* Wakes).serve(tenant, { due: webhook, served: { _tag: "Done" } })
        yield* (yield* Drivers).release(driven)
        assert.isUndefined(yield* take(one))
      })
    )

    it.effect("a job fires when its time has come, once, whoever looks", () =>
      Effect.gen(function* () {
        const tenant = yield* declared("fired", 60_000)
        const fleet = yield* Fleet.Fleet
        const schedule = { _tag: "Every", everyMs: 60_000 } as const
        const firing = (yield* fleet.firing(10)).filter((each) => each.tenant === tenant)
        const nowMs = firing[0]?.nowMs ?? 0
        assert.deepStrictEqual(firing, [
          { tenant, job, class: "delta", schedule, dueAtMs: null, nowMs },
          { tenant, job, class: "reconcile", schedule, dueAtMs: null, nowMs }
        ])
        const fired = firing.map((each) => ({ ...each, thenAtMs: far }))
        assert.deepStrictEqual(
          yield* Effect.all([fleet.fire(fired), fleet.fire(fired)], { concurrency: 2 }).pipe(
            Effect.map((counts) => counts.toSorted((one, other) => one - other))
          ),
          [0, 1]
        )
        assert.isFalse((yield* fleet.firing(10)).some((each) => each.tenant === tenant))
        assert.deepInclude(yield* take(one), { tenant })
        assert.strictEqual((yield* (yield* Jobs).list(tenant))[0]?.nextRunAtMs, far)
      })
    )

    it.effect(
      "a job that was given its next time while the server's clock was hours ahead runs once, and by its schedule then",
      () =>
        Effect.gen(function* () {
          const tenant = yield* declared("leapt", 60_000)
          const fleet = yield* Fleet.Fleet
          const own = Effect.map(fleet.firing(10), (firing) => firing.filter((each) => each.tenant === tenant))
          const fire = Effect.flatMap(own, (firing) =>
            fleet.fire(firing.map((each) => ({ ...each, thenAtMs: each.nowMs + 60_000 })))
          )
          yield* Effect.provideService(fire, StoreClock, {
            nowMs: () => Effect.map(Clock.currentTimeMillis, (nowMs) => nowMs + 10_800_000)
          })
          assert.deepStrictEqual(yield* own, [])
          yield* fleet.sweep
          assert.deepInclude((yield* own)[0], { class: "delta" })
          yield* fire
          yield* fleet.sweep
          assert.deepStrictEqual(yield* own, [])
        })
    )

    it.effect("a job or connection that is paused is not served, and goes on when it is resumed", () =>
      Effect.gen(function* () {
        const tenant = yield* declared("paused")
        const states = yield* ConnectionStates
        const jobs = yield* Jobs
        const stripe = ConnectionName.make("stripe")
        yield* wake(tenant)
        for (const pause of [
          (isPaused: boolean) => states.pause(tenant, stripe, isPaused),
          (isPaused: boolean) => jobs.pause(tenant, job, isPaused)
        ]) {
          assert.isTrue(yield* pause(true))
          assert.isUndefined(yield* take(one))
          yield* wake(tenant)
          const driven = yield* taken(one)
          assert.deepStrictEqual(yield* due(driven), [], "a wake may make it due, and finds nothing to do")
          yield* (yield* Drivers).release(driven)
          assert.isUndefined(yield* take(one))
          assert.isTrue(yield* pause(false))
          yield* (yield* Drivers).release(yield* taken(one))
        }
        assert.isFalse(yield* states.pause(tenant, ConnectionName.make("xero"), true))
      })
    )

    it.effect("a connection that is out of order is due when it is to be asked again", () =>
      Effect.gen(function* () {
        const tenant = yield* declared("outage")
        const states = yield* ConnectionStates
        const stripe = ConnectionName.make("stripe")
        yield* wake(tenant)
        const why = { state: "backoff", reason: "503", afterMs: 30_000 } as const
        yield* states.open(tenant, stripe, why)
        yield* states.open(tenant, stripe, why)
        assert.deepInclude((yield* states.list(tenant))[1], { state: "backoff", reason: "503", probes: 1 })
        assert.isUndefined(yield* take(one))
        yield* states.open(tenant, stripe, { ...why, afterMs: -1 })
        const driven = yield* taken(one)
        assert.deepInclude((yield* due(driven))[0]?.blockedBy, { name: "stripe", state: "backoff", probes: 2 })
        yield* states.close(tenant, stripe)
        assert.isNull((yield* due(driven))[0]?.blockedBy)
      })
    )

    it.effect("the sweep finds a wake that nobody was told of", () =>
      Effect.gen(function* () {
        const tenant = yield* declared("swept")
        yield* wake(tenant)
        const { postgres } = yield* Store
        yield* postgres.query("update syncline.driver set due_at = null")
        assert.isUndefined(yield* take(one))
        assert.strictEqual(yield* (yield* Fleet.Fleet).sweep, 1)
        assert.deepInclude(yield* take(one), { tenant })
        assert.deepInclude(yield* (yield* Fleet.Fleet).backlog, { taken: 1, waiting: 0, workers: 2 })
      })
    )
  })
})
