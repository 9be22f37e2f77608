/** A record that refers to one which was deleted before anybody saw it, at a service that leaves such references as they are. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoServices from "./TwoServices.ts"

/** Ada of the shop works at a company that is no more. */
const given = Effect.fnUntraced(function* (habits: TwoServices.Habits) {
  const world = yield* TwoServices.open(habits)
  const company = yield* world.shop.user.create("company", { name: "Engines" })
  yield* world.shop.user.remove("company", company)
  yield* world.shop.user.create("person", { name: "Ada", company })
  yield* world.sync
  assert.lengthOf(yield* TwoServices.live(world.books, "person"), 0)
  return world
})

describe("a record that refers to one which was deleted before anybody saw it", () => {
  it.live("is written without the reference where it can do without", () =>
    Effect.gen(function* () {
      const world = yield* given({})
      yield* world.letTimePass
      yield* world.sync
      const [ada] = yield* TwoServices.live(world.books, "person")
      assert.deepInclude(ada, { name: "Ada", company: null })
      assert.deepStrictEqual(yield* world.waiting, [])
      for (const { counters } of yield* world.sync)
        assert.deepInclude(counters, { created: 0, updated: 0, deleted: 0, failed: 0 })
    }).pipe(Effect.scoped)
  )

  it.live("waits as long as the service may show the other one late", () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({ lagMs: 60_000 })
      yield* world.shop.user.create("person", { name: "Ada", company: "com_99" })
      yield* world.sync
      yield* world.sync
      assert.lengthOf(yield* TwoServices.live(world.books, "person"), 0)
      yield* world.letTimePass
      yield* world.sync
      assert.lengthOf(yield* TwoServices.live(world.books, "person"), 1)
    }).pipe(Effect.scoped)
  )

  it.live("is set aside with the reason where it cannot", () =>
    Effect.gen(function* () {
      const world = yield* given({ isCompanyRequired: true })
      yield* world.letTimePass
      yield* world.sync
      assert.lengthOf(yield* TwoServices.live(world.books, "person"), 0)
      assert.deepStrictEqual(yield* world.waiting, [])
      const [failure] = yield* world.query("select message from syncline.retry_ledger")
      assert.match(String(failure?.["message"]), /company.*deleted/)
    }).pipe(Effect.scoped)
  )
})

it.live(
  "a record that cannot do without another which is then deleted is set aside, and not read again and again",
  () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({ isCompanyRequired: true })
      const company = yield* world.shop.user.create("company", { name: "Engines" })
      yield* world.sync
      yield* world.shop.user.remove("company", company)
      yield* world.sync
      yield* world.shop.user.create("person", { name: "Ada", company })
      yield* world.sync
      const reads = Effect.map(world.shop.calls.byEndpoint, (calls) => calls.get("GET /people/{id}") ?? 0)
      const before = yield* reads
      yield* world.sync
      assert.isAtMost((yield* reads) - before, 2)
      const [failure] = yield* world.query("select message from syncline.retry_ledger")
      assert.match(String(failure?.["message"]), /company.*deleted/)
    }).pipe(Effect.scoped)
)

it.live("a record that refers to another by an id which that has no more is written without the reference", () =>
  Effect.gen(function* () {
    const world = yield* TwoServices.open({}, { strategy: "merge" })
    const company = yield* world.shop.user.create("company", { name: "Engines" })
    yield* world.sync
    const [there = assert.fail()] = (yield* world.books.truth("company")).keys()
    // Edited at the one side and deleted at the other, it is made there again.
    yield* world.books.user.edit("company", there, { name: "Analytical Engines" })
    yield* world.shop.user.remove("company", company)
    yield* world.sync
    assert.lengthOf(yield* TwoServices.live(world.shop, "company"), 1)
    yield* world.shop.user.create("person", { name: "Ada", company })
    yield* world.sync
    yield* world.letTimePass
    yield* world.sync
    const [ada] = yield* TwoServices.live(world.books, "person")
    assert.deepInclude(ada, { name: "Ada", company: null })
    assert.deepStrictEqual(yield* world.waiting, [])
    for (const { counters } of yield* world.sync)
      assert.deepInclude(counters, { created: 0, updated: 0, deleted: 0, failed: 0 })
  }).pipe(Effect.scoped)
)
