import type { Change, Complete, Entity, Http, Listed, Position, Walk } from "@syncline/connector"
import { Faults, Wire } from "@syncline/connector/sandbox"
import { type Fields, RecordId } from "@syncline/core"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { connected } from "../test/Connected.ts"
import * as StripeSandbox from "./sandbox/index.ts"

const customer = "customer"

const listed = Effect.fn(function* (list: Walk.Walk<Listed<Fields>, Complete, Http>, from?: Position) {
  const items: Array<Listed<Fields>> = []
  let position = from ?? (yield* list.start)
  while (true) {
    const page = yield* list.read(position)
    for (const item of page.items) items.push(item)
    if (page.next._tag === "Complete") return items
    position = page.next.position
  }
})

const changesFrom = Effect.fn(function* (entity: Entity, from: Position) {
  const { changes } = entity.source
  if (changes === undefined) return yield* Effect.die("no changes")
  const items: Array<Change<Fields>> = []
  let position = from
  while (true) {
    const page = yield* changes.read(position)
    for (const item of page.items) items.push(item)
    if (page.next._tag === "CaughtUp") {
      const ids = new Set(items.map((item) => (item._tag === "Touched" ? item.id : "not a claim")))
      return { ids, position: page.next.position }
    }
    position = page.next.position
  }
})
const now = ({ source: { changes } }: Entity) => changes?.start ?? Effect.die("no changes")

const idOf = (record: Fields) => RecordId.make(typeof record["id"] === "string" ? record["id"] : "")
const byId = (items: ReadonlyArray<Listed<Fields>>) =>
  new Map(items.flatMap((item) => (item._tag === "Present" ? [[idOf(item.record), item.record] as const] : [])))

describe("Stripe list", () => {
  it.effect("shows every live record of each entity, as Stripe sent it and checked by its schema", () =>
    Effect.gen(function* () {
      const { account, run, entity, names } = yield* connected()
      assert.strictEqual(names.length, 8)
      for (const name of names) {
        const items = yield* run(listed(entity(name).source.list))
        assert.deepStrictEqual(
          items.filter((item) => item._tag === "Unreadable"),
          []
        )
        const truth = yield* account.truth(name)
        // Refunds and credit notes are made, never there from the start.
        if (!["refund", "credit_note"].includes(name)) assert.isAbove(truth.size, 0)
        assert.strictEqual(items.length, truth.size)
        assert.deepEqual(byId(items), truth)
      }
    })
  )

  it.effect("asks for no more than a page per hundred records and two per range", () =>
    Effect.gen(function* () {
      const { account, run, calls, entity } = yield* connected({ size: { ...StripeSandbox.empty, customers: 5_000 } })
      yield* run(listed(entity(customer).source.list))
      const startCalls = 1
      assert.isAtMost(yield* calls, Math.ceil((yield* account.count(customer)) / 100) + 2 * 8 + startCalls)
    })
  )

  it.effect("sees 12,000 customers of one second", () =>
    Effect.gen(function* () {
      const { account, run, entity } = yield* connected({
        size: { ...StripeSandbox.empty, customers: 12_000 },
        spanMs: 0
      })
      const items = yield* run(listed(entity(customer).source.list))
      assert.strictEqual(byId(items).size, yield* account.count(customer))
      assert.strictEqual(items.length, yield* account.count(customer))
    })
  )

  it.effect("misses nothing when a page fails three times", () =>
    Effect.gen(function* () {
      const { account, run, entity } = yield* connected()
      for (const fault of [{ _tag: "DropAfter" }, { _tag: "Truncate" }, Faults.html(502)] as const) {
        yield* account.faults.next(3, Faults.to("GET", "/v1/customers"), fault)
        const items = yield* run(listed(entity(customer).source.list))
        assert.strictEqual(items.length, yield* account.count(customer))
        assert.strictEqual(yield* account.faults.pending, 0)
      }
    })
  )

  it.effect("goes on when the record it stood at is deleted and Stripe refuses to start after it", () =>
    Effect.gen(function* () {
      const { account, run, entity } = yield* connected({ profile: { cursorOfDeleted: "refused" } }, { concurrency: 1 })
      const { list } = entity(customer).source
      const first = yield* run(Effect.flatMap(list.start, (position) => list.read(position)))
      const last = first.items.at(-1)
      if (last?._tag !== "Present" || first.next._tag !== "More") return yield* Effect.die("one page is all")
      yield* account.user.remove(customer, idOf(last.record))
      const rest = yield* run(listed(list, first.next.position))
      const seen = byId([...first.items, ...rest])
      for (const id of (yield* account.truth(customer)).keys()) assert.isTrue(seen.has(id), id)
    })
  )

  it.effect("a record that does not fit its schema fails alone, with its id and reason", () =>
    Effect.gen(function* () {
      const { account, run, entity } = yield* connected()
      const [id = RecordId.make("none")] = (yield* account.truth(customer)).keys()
      yield* account.plant(customer, id, { balance: "a lot" })
      const items = yield* run(listed(entity(customer).source.list))
      const unreadable = items.filter((item) => item._tag === "Unreadable")
      assert.strictEqual(items.length, yield* account.count(customer))
      assert.strictEqual(unreadable.length, 1)
      assert.strictEqual(unreadable[0]?.id, id)
      assert.include(unreadable[0]?.why, "balance")
      const [got] = yield* run(entity(customer).source.get.run([id]))
      assert.strictEqual(got?._tag, "Unreadable")
    })
  )

  it.effect("a field that nobody knows yet survives", () =>
    Effect.gen(function* () {
      const { account, run, entity } = yield* connected()
      const [id = RecordId.make("none")] = (yield* account.truth(customer)).keys()
      yield* account.plant(customer, id, { loyalty: { points: 7 } })
      const [got] = yield* run(entity(customer).source.get.run([id]))
      assert.deepStrictEqual(got?._tag === "Present" && got.record["loyalty"], { points: 7 })
    })
  )

  it.effect("works with a restricted key that may not see the account", () =>
    Effect.gen(function* () {
      const { account, run, entity } = yield* connected(
        { restrictedKeys: { rk_test_customers: ["customer"] } },
        { apiKey: "rk_test_customers" }
      )
      const items = yield* run(listed(entity(customer).source.list))
      assert.strictEqual(items.length, yield* account.count(customer))
    })
  )
})

describe("Stripe changes", () => {
  it.effect("names each record that was created, edited or deleted, and get says what it is now", () =>
    Effect.gen(function* () {
      const { account, run, entity } = yield* connected()
      const customers = entity(customer)
      const start = yield* run(now(customers))
      const [edited = RecordId.make(""), removed = RecordId.make("")] = (yield* account.truth(customer)).keys()
      yield* account.user.edit(customer, edited, { name: "Ada Lovelace" })
      yield* account.user.remove(customer, removed)
      const created = yield* account.user.create(customer, { email: "new@example.com" })

      const { ids, position } = yield* run(changesFrom(customers, start))
      assert.deepStrictEqual(ids, new Set([edited, removed, created]))
      const seen = yield* run(customers.source.get.run([edited, removed, created, RecordId.make("cus_never")]))
      assert.deepStrictEqual(
        seen.map(({ _tag }) => _tag),
        ["Present", "Gone", "Present", "Gone"]
      )
      assert.strictEqual(seen[0]?._tag === "Present" && seen[0].record["name"], "Ada Lovelace")

      // Once the look-back has passed, nothing is left to see.
      yield* TestClock.adjust("1 hour")
      const quiet = yield* run(changesFrom(customers, position))
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* run(changesFrom(customers, quiet.position))).ids.size, 0)
    })
  )

  it.effect("an edit of each entity is seen by that entity and no other", () =>
    Effect.gen(function* () {
      const { account, run, entity, names } = yield* connected()
      const starts = yield* Effect.forEach(names, (name) =>
        Effect.map(run(now(entity(name))), (position) => ({ name, position }))
      )
      // Payment intents have no "updated" event; of the last two there are none yet.
      const editable = names.filter((name) => !["payment_intent", "refund", "credit_note"].includes(name))
      const edited = yield* Effect.forEach(editable, (name) =>
        Effect.gen(function* () {
          const [id = RecordId.make("")] = (yield* account.truth(name)).keys()
          yield* account.user.edit(name, id, { metadata: { seen: "1" } })
          return [name, id] as const
        })
      )
      const expected = new Map(edited)
      for (const { name, position } of starts) {
        const { ids } = yield* run(changesFrom(entity(name), position))
        const id = expected.get(name)
        assert.deepStrictEqual(ids, new Set(id === undefined ? [] : [id]), name)
      }
    })
  )

  it.effect("a change made while the list is read is seen, since the position was taken before", () =>
    Effect.gen(function* () {
      const { account, run, entity } = yield* connected()
      const customers = entity(customer)
      const since = yield* run(now(customers))
      const first = yield* run(
        Effect.flatMap(customers.source.list.start, (position) => customers.source.list.read(position))
      )
      const behind = first.items[0]
      if (behind?._tag !== "Present" || first.next._tag !== "More") return yield* Effect.die("one page is all")
      const id = idOf(behind.record)
      yield* account.user.edit(customer, id, { name: "changed behind the walk" })
      const created = yield* account.user.create(customer, { name: "made behind the walk" })
      yield* run(listed(customers.source.list, first.next.position))
      const { ids } = yield* run(changesFrom(customers, since))
      assert.isTrue(ids.has(id) && ids.has(created))
    })
  )

  it.effect("an event that appears four minutes late is seen by the next window", () =>
    Effect.gen(function* () {
      const { account, run, entity } = yield* connected({ profile: { eventLagMs: 240_000 } })
      const customers = entity(customer)
      const start = yield* run(now(customers))
      const [id = RecordId.make("")] = (yield* account.truth(customer)).keys()
      yield* account.user.edit(customer, id, { name: "late" })
      yield* TestClock.adjust("1 minute")
      const early = yield* run(changesFrom(customers, start))
      assert.isFalse(early.ids.has(id))
      const { ids } = yield* run(changesFrom(customers, early.position))
      assert.isTrue(ids.has(id))
    })
  )

  it.effect("more events than a page and several of one second are all seen", () =>
    Effect.gen(function* () {
      const { account, run, entity } = yield* connected()
      const customers = entity(customer)
      const start = yield* run(now(customers))
      const ids = [...(yield* account.truth(customer)).keys()].slice(0, 350)
      yield* Effect.forEach(ids, (id) => account.user.edit(customer, id, { name: "same second" }))
      assert.deepStrictEqual((yield* run(changesFrom(customers, start))).ids, new Set(ids))
    })
  )

  it.effect("an event of something that hangs on a record names the record; one without an id names none", () =>
    Effect.gen(function* () {
      const { account, run, entity } = yield* connected()
      const customers = entity(customer)
      const start = yield* run(now(customers))
      const objects = [
        { object: "discount", id: "di_1", customer: "cus_1" },
        { object: "customer", id: "cus_2" },
        { object: "customer" }
      ]
      const data = objects.map((object, index) => ({ id: `evt_${index}`, created: 1, data: { object } }))
      const isPage = (request: { readonly path: string; readonly query: string }) =>
        request.path === "/v1/events" && request.query.includes("types")
      const date = { Date: "Sat, 21 Nov 2026 10:00:00 GMT" }
      const reply = Wire.json(200, JSON.stringify({ object: "list", has_more: false, data }), date)
      yield* account.faults.next(1, isPage, Faults.answer(reply))
      const { ids } = yield* run(changesFrom(customers, start))
      assert.deepStrictEqual(ids, new Set([RecordId.make("cus_1"), RecordId.make("cus_2")]))
    })
  )

  for (const data of [[], [{ created: 1 }]]) {
    it.effect(`"there is more" after ${data.length} objects without an id is an error, never an ending`, () =>
      Effect.gen(function* () {
        const { account, run, entity } = yield* connected({}, { concurrency: 1 })
        const reply = Wire.json(200, JSON.stringify({ object: "list", has_more: true, data }))
        yield* account.faults.next(1, Faults.to("GET", "/v1/customers"), Faults.answer(reply))
        const error = yield* Effect.flip(run(listed(entity(customer).source.list)))
        assert.strictEqual(error.reason._tag, "Transient")
      })
    )
  }

  it.effect("a position older than Stripe's memory is PositionExpired", () =>
    Effect.gen(function* () {
      const { run, entity } = yield* connected()
      const start = yield* run(now(entity(customer)))
      yield* TestClock.adjust("30 days")
      const error = yield* Effect.flip(run(changesFrom(entity(customer), start)))
      assert.strictEqual(error.reason._tag, "PositionExpired")
    })
  )
})
