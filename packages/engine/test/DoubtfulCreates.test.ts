/** A create whose answer was lost, and what happens before it is known what became of it. */
import { Faults, Wire } from "@syncline/connector/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoServices from "./TwoServices.ts"

/** Ada of the shop has been made at the books, where everything may show a minute late, and we do not know it. */
const given = Effect.fnUntraced(function* (repeat: NonNullable<TwoServices.Habits["repeat"]>) {
  const world = yield* TwoServices.open({ repeat, lagMs: 60_000 })
  yield* world.shop.user.create("person", { name: "Ada", email: "ada@example.com" })
  yield* world.loseAnswers("/people")
  yield* world.sync
  assert.deepStrictEqual(yield* world.states, ["in_doubt"])
  return world
})

/** One Ada at each side, with this address, and nothing is left to do. */
const isOne = Effect.fnUntraced(function* (world: TwoServices.World, email: string) {
  for (const service of [world.shop, world.books])
    assert.deepStrictEqual(
      (yield* TwoServices.live(service, "person")).map((record) => [record["name"], record["email"]]),
      [["Ada", email]]
    )
  assert.deepStrictEqual(yield* world.states, [])
  assert.deepStrictEqual(yield* world.waiting, [])
})

const postPerson = Faults.to("POST", "/people")
const invalid = Faults.answer(Wire.json(422, JSON.stringify({ title: "another record is being imported" })))

describe("a create in doubt", () => {
  it.live("whose record was read meanwhile leaves nobody waiting once it is found", () =>
    Effect.gen(function* () {
      const world = yield* given("Found")
      yield* world.sync
      assert.lengthOf(yield* world.waiting, 1)
      yield* world.letTimePass
      yield* world.sync
      yield* isOne(world, "ada@example.com")
    }).pipe(Effect.scoped)
  )

  it.live("that is sent again and refused for another reason is looked for, and not made twice", () =>
    Effect.gen(function* () {
      const world = yield* given("Unique")
      yield* world.books.faults.next(1, postPerson, invalid)
      yield* world.sync
      assert.deepStrictEqual(yield* world.states, ["in_doubt"])
      yield* world.letTimePass
      yield* world.sync
      yield* isOne(world, "ada@example.com")
    }).pipe(Effect.scoped)
  )

  it.live("that stays in doubt when it is sent again does not let what it made pass for a new record", () =>
    Effect.gen(function* () {
      const world = yield* given("Keyed")
      yield* world.books.faults.next(1, postPerson, { _tag: "DropBefore" })
      yield* world.sync
      assert.lengthOf(yield* TwoServices.live(world.shop, "person"), 1)
      yield* world.sync
      yield* isOne(world, "ada@example.com")
    }).pipe(Effect.scoped)
  )

  for (const repeat of ["Found", "Unique"] as const)
    it.live(`brings back what a user changed before it was known (${repeat})`, () =>
      Effect.gen(function* () {
        const world = yield* given(repeat)
        const [id = assert.fail()] = (yield* world.books.truth("person")).keys()
        yield* world.books.user.edit("person", id, { email: "lovelace@example.com" })
        yield* world.letTimePass
        yield* world.sync
        yield* isOne(world, "lovelace@example.com")
      }).pipe(Effect.scoped)
    )

  it.live("that was tidied as it was made does not win over what somebody changed since", () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({ repeat: "Unique", lagMs: 60_000 }, { strategy: "target_wins" })
      const ada = yield* world.shop.user.create("person", { name: "Ada", email: " Ada@Example.com " })
      yield* world.loseAnswers("/people")
      yield* world.sync
      const [id = assert.fail()] = (yield* world.books.truth("person")).keys()
      yield* world.books.user.edit("person", id, { email: "ada@example.com" })
      yield* world.shop.user.edit("person", ada, { email: "lovelace@example.com" })
      yield* world.letTimePass
      yield* world.sync
      yield* isOne(world, "lovelace@example.com")
    }).pipe(Effect.scoped)
  )

  it.live("is what it is found to be before it is sent again, and no stranger to be compared with", () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({ areMatched: true, lagMs: 60_000 }, { strategy: "target_wins" })
      const id = yield* world.shop.user.create("person", { name: "Ada", email: "ada@example.com" })
      yield* world.loseAnswers("/people")
      yield* world.sync
      yield* world.shop.user.edit("person", id, { email: "lovelace@example.com" })
      yield* world.engine.run("people", { sides: ["source"] })
      yield* world.sync
      yield* isOne(world, "lovelace@example.com")
    }).pipe(Effect.scoped)
  )

  it.live("is not sent again when its record was deleted at both sides before it was known", () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({ repeat: "Found", lagMs: 60_000, isShopPrompt: true })
      const ada = yield* world.shop.user.create("person", { name: "Ada" })
      yield* world.loseAnswers("/people")
      yield* world.sync
      yield* world.shop.user.remove("person", ada)
      yield* world.sync
      const [made = assert.fail()] = (yield* world.books.truth("person")).keys()
      yield* world.books.user.remove("person", made)
      yield* world.letTimePass
      yield* world.sync
      assert.strictEqual((yield* world.books.calls.byEndpoint).get("POST /people"), 1)
      assert.deepStrictEqual(yield* world.states, [])
      assert.deepStrictEqual(yield* world.waiting, [])
    }).pipe(Effect.scoped)
  )

  it.live("is gone again when its record was deleted before its provider told that it had made it", () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({ repeat: "Keyed" })
      yield* world.shop.user.create("person", { name: "Ada" })
      yield* world.loseAnswers("/people")
      yield* world.sync
      const [made = assert.fail()] = (yield* world.books.truth("person")).keys()
      yield* world.books.user.remove("person", made)
      yield* world.books.faults.next(1, Faults.to("POST", "/people"), { _tag: "DropBefore" })
      yield* world.sync
      assert.deepStrictEqual(yield* world.states, ["in_doubt"])
      // That somebody whom nobody knows is gone is told only for so long.
      assert.lengthOf(yield* world.waiting, 1)
      yield* world.sync
      yield* world.sync
      for (const service of [world.shop, world.books])
        assert.deepStrictEqual(yield* TwoServices.live(service, "person"), [])
      assert.deepStrictEqual(yield* world.states, [])
      assert.deepStrictEqual(yield* world.waiting, [])
    }).pipe(Effect.scoped)
  )

  it.live("is referred to by a record of the side where it was made, once it is found", () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({ repeat: "Found", lagMs: 60_000 })
      yield* world.shop.user.create("company", { name: "Engines" })
      yield* world.loseAnswers("/companies")
      yield* world.sync
      const [company = assert.fail()] = (yield* world.books.truth("company")).keys()
      yield* world.books.user.create("person", { name: "Ada", company })
      yield* world.sync
      assert.lengthOf(yield* TwoServices.live(world.shop, "person"), 0)
      yield* world.letTimePass
      yield* world.sync
      const [[id] = assert.fail()] = [...(yield* world.shop.truth("company"))]
      const [ada] = yield* TwoServices.live(world.shop, "person")
      assert.deepInclude(ada, { name: "Ada", company: id })
      assert.deepStrictEqual(yield* world.waiting, [])
    }).pipe(Effect.scoped)
  )
})
