import { Faults } from "@syncline/connector/sandbox"
import { RecordId } from "@syncline/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Schedule } from "effect"
import * as CrmAndStripe from "./CrmAndStripe.ts"

const creating = Faults.to("POST", "/v1/customers")
const insert = "insert into crm.people (name, email) values ('Ada', 'ada@example.com'), ('Grace', 'grace@example.com')"

/** Waits until every fault has been met by a request, which is then on its way. */
const untilMet = ({ account }: Effect.Success<ReturnType<typeof CrmAndStripe.open>>) =>
  Effect.repeat(account.faults.pending, { until: (pending) => pending === 0, schedule: Schedule.spaced("5 millis") })

describe("a table and a Stripe account", () => {
  it.live("edits on both sides meet, and nothing is written after that", () =>
    Effect.gen(function* () {
      const world = yield* CrmAndStripe.open()
      yield* world.query(insert)
      yield* world.account.user.create("customer", { name: "Alan", email: "alan@example.com" })
      yield* world.sync
      yield* world.isEven
      const [ada = RecordId.make("none")] = (yield* world.account.truth("customer")).keys()
      yield* world.query("update crm.people set note = 'met at the fair' where name = 'Grace'")
      yield* world.account.user.edit("customer", ada, { name: "Renamed" })
      yield* world.sync
      yield* world.isEven
      const [again] = yield* world.sync
      assert.deepInclude(again?.counters, { created: 0, updated: 0, deleted: 0 })
      yield* world.query("delete from crm.people where name = 'Renamed'")
      yield* world.sync
      yield* world.isEven
    }).pipe(Effect.scoped)
  )

  it.live("a value that PostgreSQL cannot hold sets its record aside, and is written nowhere", () =>
    Effect.gen(function* () {
      const world = yield* CrmAndStripe.open()
      yield* world.query(insert)
      yield* world.sync
      const before = yield* world.people
      const [ada = RecordId.make("none")] = (yield* world.account.truth("customer")).keys()
      yield* world.account.user.edit("customer", ada, { name: "zero \u0000 byte" })
      const [report] = (yield* world.run).executions
      assert.deepInclude(report?.counters, { updated: 0, failed: 1 })
      assert.deepStrictEqual(yield* world.people, before)
      yield* world.account.user.edit("customer", ada, { name: "no such byte" })
      yield* world.sync
      yield* world.isEven
    }).pipe(Effect.scoped)
  )

  it.live("an edit of another field that lands between our read and our write survives", () =>
    Effect.gen(function* () {
      const world = yield* CrmAndStripe.open()
      yield* world.query(insert)
      yield* world.sync
      yield* world.query("update crm.people set note = 'ours'")
      const ids = [...(yield* world.account.truth("customer")).keys()]
      yield* world.account.faults.next(2, Faults.to("POST", "/v1/customers"), { _tag: "DelayBefore", ms: 300 })
      const running = yield* Effect.forkScoped(world.sync)
      yield* untilMet(world)
      for (const id of ids) yield* world.account.user.edit("customer", id, { name: "theirs" })
      yield* Fiber.join(running)
      yield* world.sync
      yield* world.isEven
      const people = yield* world.people
      for (const { name, note } of people) assert.deepStrictEqual({ name, note }, { name: "theirs", note: "ours" })
    }).pipe(Effect.scoped)
  )
})

describe("a create whose answer is lost leaves one customer and one link", () => {
  const faults: ReadonlyArray<readonly [name: string, fault: Faults.Fault]> = [
    ["before it was received", { _tag: "DropBefore" }],
    ["after it was done", { _tag: "DropAfter" }],
    ["cut in the middle", { _tag: "Truncate" }],
    ["as a 502 of a proxy", Faults.html(502)]
  ]
  for (const [name, fault] of faults) {
    it.live(name, () =>
      Effect.gen(function* () {
        const world = yield* CrmAndStripe.open()
        yield* world.query(insert)
        yield* world.account.faults.next(2, creating, fault)
        yield* world.run
        yield* world.sync
        yield* world.isEven
        assert.strictEqual((yield* world.customers).length, 2)
      }).pipe(Effect.scoped)
    )
  }

  it.live("when Stripe has forgotten the key meanwhile, it is looked for", () =>
    Effect.gen(function* () {
      const world = yield* CrmAndStripe.open()
      yield* world.query(insert)
      yield* world.account.faults.next(2, creating, { _tag: "DropAfter" })
      yield* world.run
      // As after a day, by which Stripe has forgotten the key; it is looked for among what was made since an hour before.
      yield* world.query("update syncline.outbox set sent_at = sent_at - interval '24 hours 30 minutes'")
      yield* world.run
      yield* world.sync
      yield* world.isEven
      assert.strictEqual((yield* world.customers).length, 2)
    }).pipe(Effect.scoped)
  )
})

it.live("a create in doubt whose key Stripe is about to forget is not sent again, for it could arrive too late", () =>
  Effect.gen(function* () {
    const world = yield* CrmAndStripe.open()
    yield* world.query(insert)
    yield* world.account.faults.next(2, creating, { _tag: "DropAfter" })
    yield* world.run
    yield* world.query("update syncline.outbox set sent_at = sent_at - interval '23 hours 59 minutes 30 seconds'")
    const creates = Effect.map(world.account.calls.byEndpoint, (calls) => calls.get("POST /v1/customers"))
    const before = yield* creates
    yield* world.run
    yield* world.sync
    yield* world.isEven
    assert.strictEqual(yield* creates, before)
  }).pipe(Effect.scoped)
)

describe("a process that dies while it creates", () => {
  for (const [name, fault] of [
    ["before its request arrives", { _tag: "DelayBefore", ms: 60_000 }],
    ["before the answer arrives", { _tag: "DelayAfter", ms: 60_000 }]
  ] as const) {
    it.live(`${name} leaves one customer and one link`, () =>
      Effect.gen(function* () {
        const world = yield* CrmAndStripe.open()
        yield* world.query(insert)
        yield* world.account.faults.next(2, creating, fault)
        const running = yield* Effect.forkScoped(Effect.exit(world.run))
        yield* untilMet(world)
        yield* Fiber.interrupt(running)
        yield* world.sync
        yield* world.isEven
        assert.strictEqual((yield* world.customers).length, 2)
      }).pipe(Effect.scoped)
    )
  }
})

describe("a push that is stopped half-way", () => {
  const unauthorized = Faults.answer({
    status: 401,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ error: { type: "invalid_request_error", message: "Invalid API Key provided" } })
  })
  it.live("by refused credentials fails the run, loses nothing, and goes on", () =>
    Effect.gen(function* () {
      const world = yield* CrmAndStripe.open()
      yield* world.query(insert)
      yield* world.account.faults.next(1, creating, unauthorized)
      const [report] = (yield* world.run).executions
      assert.strictEqual(report?.status, "failed")
      assert.strictEqual(report?.failure, "auth")
      assert.include(report?.reason, "stripe")
      assert.notInclude(report?.reason, "crm")
      yield* world.sync
      yield* world.isEven
    }).pipe(Effect.scoped)
  )

  it.live("by a record that Stripe refuses sets that record aside, and the others go on", () =>
    Effect.gen(function* () {
      const world = yield* CrmAndStripe.open()
      yield* world.query(insert)
      yield* world.query("insert into crm.people (name, email) values ('Bad', 'no address at all')")
      const [report] = (yield* world.run).executions
      assert.strictEqual(report?.status, "completed_with_errors")
      assert.deepInclude(report?.counters, { created: 2, failed: 1, queued: 0 })
      yield* world.query("update crm.people set email = 'good@example.com' where name = 'Bad'")
      yield* world.sync
      yield* world.isEven
    }).pipe(Effect.scoped)
  )
})
