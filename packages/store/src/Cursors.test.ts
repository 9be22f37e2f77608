import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import * as World from "../test/World.ts"
import type { Lease } from "./Batch.ts"
import { Commit } from "./Commit.ts"
import { Cursors, deadAfterMs } from "./Cursors.ts"
import { Executions } from "./Executions.ts"
import type { SqlError } from "./SqlError.ts"
import { StoreClock } from "./StoreClock.ts"
import { Wakes } from "./Wakes.ts"

/** A clock that stands until it is told to move. */
const time = { nowMs: 1_800_000_000_000 }
const clock = Layer.succeed(StoreClock, { nowMs: () => Effect.sync(() => time.nowMs) })

describe("Cursors", () => {
  layer(Layer.merge(World.layer, clock), { excludeTestServices: true })((it) => {
    it.effect("a pair has one owner while it shows life; who, where and since when is told to the others", () =>
      Effect.gen(function* () {
        const lease = yield* World.running
        const cursors = yield* Cursors
        time.nowMs += deadAfterMs - 1
        yield* cursors.heartbeat(lease)
        time.nowMs += deadAfterMs - 1
        const busy = yield* Effect.flip(World.take(World.customers, "source", yield* World.start(), World.otherHost))
        assert.strictEqual(busy._tag, "Busy")
        assert.deepInclude(busy, {
          execution: lease.execution,
          host: "host-1",
          pid: 101,
          heartbeatAgoMs: deadAfterMs - 1
        })
        assert.include(
          busy.message,
          "billing/customer is being run by syncline run on host-1 (process 101), alive 15 s ago"
        )
        yield* cursors.end([lease], null)
      })
    )

    it.effect("who cannot have both sides has begun nothing: no execution, no side", () =>
      Effect.gen(function* () {
        yield* World.declare()
        const cursors = yield* Cursors
        const executions = yield* Executions
        const target = yield* World.take(World.customers, "target", yield* World.start(), World.host)
        const source = yield* World.take(World.customers, "source", yield* World.start(), World.host)
        yield* cursors.end([source.lease], null)
        const before = yield* executions.list(World.tenant, {}, 100)
        const busy = yield* Effect.flip(
          cursors.begin(World.customers, {
            job: World.job,
            trigger: "manual",
            mode: "full",
            sides: ["source", "target"],
            owner: World.otherHost
          })
        )
        assert.deepInclude(busy, { _tag: "Busy", side: "target" })
        assert.deepStrictEqual(yield* executions.list(World.tenant, {}, 100), before)
        yield* cursors.heartbeat(source.lease)
        yield* cursors.end([source.lease], null)
        yield* cursors.end([target.lease], null)
      })
    )

    it.effect("an owner that shows no life is followed: its execution ends as interrupted, and it is fenced", () =>
      Effect.gen(function* () {
        const former = yield* World.running
        const cursors = yield* Cursors
        yield* (yield* Commit).commit(World.batchOf(former, [], World.listing(5)), () => Effect.succeed(World.nothing))
        time.nowMs += deadAfterMs
        const execution = yield* World.start()
        const { cursor, lease } = yield* World.take(World.customers, "source", execution, World.otherHost)
        assert.deepStrictEqual(cursor, World.listing(5))
        assert.strictEqual(lease.epoch, former.epoch + 1)
        const ended = Option.getOrThrow(yield* (yield* Executions).get(World.tenant, former.execution))
        assert.strictEqual(ended.status, "failed")
        assert.include(ended.reason, "interrupted")
        assert.strictEqual(ended.endedAtMs, time.nowMs)
        const fenced = yield* Effect.flip(cursors.heartbeat(former))
        assert.strictEqual(fenced._tag === "Fenced" && fenced.why, "epoch")
        yield* cursors.end([former], null)
        yield* cursors.heartbeat(lease)
        yield* cursors.end([lease], null)
      })
    )

    it.effect("an execution that has yet to take its side goes on while another takes the other; a dead one ends", () =>
      Effect.gen(function* () {
        const cursors = yield* Cursors
        const executions = yield* Executions
        const statusOf = (execution: Lease["execution"]) =>
          Effect.map(executions.get(World.tenant, execution), (found) => Option.getOrThrow(found).status)
        const early = yield* World.start()
        const other = yield* World.start()
        const { lease } = yield* World.take(World.customers, "source", other, World.otherHost)
        assert.strictEqual(yield* statusOf(early), "running")
        const target = yield* World.take(World.customers, "target", early, World.otherHost)
        // What it holds no longer, it has yet to conclude.
        yield* cursors.end([target.lease], null)
        const dead = yield* World.start()
        time.nowMs += deadAfterMs
        const last = yield* World.start()
        const taken = yield* World.take(World.customers, "source", last, World.otherHost)
        assert.strictEqual(yield* statusOf(early), "running")
        assert.strictEqual(yield* statusOf(other), "failed")
        assert.strictEqual(yield* statusOf(dead), "failed")
        yield* cursors.end([lease], null)
        yield* cursors.end([taken.lease], null)
        yield* executions.finish(World.tenant, early, { status: "completed", reason: null, apiCalls: 0 })
      })
    )

    it.effect("what was given back is free at once, and a cancelled owner hears of it at its next heartbeat", () =>
      Effect.gen(function* () {
        const first = yield* World.running
        const cursors = yield* Cursors
        yield* cursors.end([first], null)
        const second = yield* World.running
        yield* (yield* Executions).cancel(World.tenant, second.execution, "asked to")
        const fenced = yield* Effect.flip(cursors.heartbeat(second))
        assert.strictEqual(fenced._tag === "Fenced" && fenced.why, "cancelled")
        yield* cursors.end([second], null)
      })
    )

    it.effect("an end serves the wake that it was for, unless somebody else came first or it was woken meanwhile", () =>
      Effect.gen(function* () {
        const [cursors, wakes] = [yield* Cursors, yield* Wakes]
        const wake = wakes.wake(World.tenant, [
          { job: World.job, class: "delta", trigger: "manual", dueAtMs: time.nowMs }
        ])
        const cancelled = yield* World.running
        const [woken] = yield* wake
        const due = wakes.due(World.tenant, woken?.driver ?? "")
        const ending = { status: "completed", reason: null, apiCalls: 0 } as const
        const end = Effect.fnUntraced(function* (lease: Lease, meanwhile: Effect.Effect<unknown, SqlError>) {
          const [first] = yield* due
          if (first === undefined) return assert.fail("it is due")
          yield* meanwhile
          const isEnded = yield* cursors.end([lease], ending, { due: first, served: { _tag: "Done" } })
          return { isEnded, left: (yield* due).map((each) => each.wakes) }
        })
        const cancel = (yield* Executions).cancel(World.tenant, cancelled.execution, "asked to")
        assert.deepStrictEqual(yield* end(cancelled, cancel), { isEnded: false, left: [1] })
        assert.deepStrictEqual(yield* end(yield* World.running, wake), { isEnded: true, left: [2] })
        assert.deepStrictEqual(yield* end(yield* World.running, Effect.void), { isEnded: true, left: [] })
      })
    )

    it.effect("of many that reach for a pair at once, one gets it", () =>
      Effect.gen(function* () {
        yield* World.declare()
        const cursors = yield* Cursors
        const tries = yield* Effect.forEach(
          Array.from({ length: 8 }, (_, pid) => pid),
          (pid) =>
            Effect.flatMap(World.start(), (execution) =>
              Effect.result(World.take(World.customers, "source", execution, { host: "h", pid, label: "x" }))
            ),
          { concurrency: "unbounded" }
        )
        const taken = tries.filter((each) => each._tag === "Success")
        assert.strictEqual(taken.length, 1)
        for (const each of taken) yield* cursors.end([each.success.lease], null)
      })
    )

    it.effect("a generation never falls", () =>
      Effect.gen(function* () {
        const lease = yield* World.running
        const commit = yield* Commit
        yield* commit.commit(World.batchOf(lease, [], World.listing(1, 7)), () => Effect.succeed(World.nothing))
        const exit = yield* Effect.exit(
          commit.commit(World.batchOf(lease, [], World.listing(1, 6)), () => Effect.succeed(World.nothing))
        )
        assert.strictEqual(exit._tag, "Failure")
        assert.deepStrictEqual(
          yield* (yield* Cursors).read(World.customers, "source"),
          Option.some(World.listing(1, 7))
        )
        yield* (yield* Cursors).end([lease], null)
      })
    )

    it.effect("an execution ends once, ids sort by their start, and the job knows its last run", () =>
      Effect.gen(function* () {
        yield* World.declare()
        const executions = yield* Executions
        time.nowMs += 1
        const first = yield* World.start()
        time.nowMs += 1
        const second = yield* World.start()
        assert.isTrue(first < second)
        assert.match(first, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        assert.isTrue(yield* executions.finish(World.tenant, first, { status: "completed", reason: null, apiCalls: 3 }))
        assert.isFalse(yield* executions.timeOut(World.tenant, first, "late"))
        const found = Option.getOrThrow(yield* executions.get(World.tenant, first))
        assert.deepInclude(found, { status: "completed", reason: null, apiCalls: 3 })
        const listed = yield* executions.list(World.tenant, { job: World.job }, 2)
        assert.deepStrictEqual(
          listed.map(({ id }) => id),
          [second, first]
        )
        const running = yield* executions.list(World.tenant, { status: "running" }, 10)
        assert.include(
          running.map(({ id }) => id),
          second
        )
      })
    )
  })
})
