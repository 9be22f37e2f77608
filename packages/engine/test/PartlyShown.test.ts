/** A write whose answer was lost, and of which its record still shows a part: the rest has been changed there since. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoServices from "./TwoServices.ts"

describe("what is left of a write whose answer was lost", () => {
  it.live("is nobody's change of the record, and what came after it goes on", () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({}, { strategy: "last_write_wins" })
      const here = yield* world.shop.user.create("person", { name: "Ada", email: "ada@example.com" })
      yield* world.sync
      const [there = assert.fail()] = (yield* world.books.truth("person")).keys()
      yield* world.shop.user.edit("person", here, { name: "Ada L.", email: "al@example.com" })
      yield* world.engine.run("people", { sides: ["source"] })
      yield* world.books.faults.next(1, ({ method }) => method === "PATCH", { _tag: "DropAfter" })
      yield* world.engine.run("people", { sides: ["target"] })
      assert.deepStrictEqual(yield* world.states, ["in_doubt"])
      yield* world.shop.user.edit("person", here, { name: "Ada Lovelace" })
      yield* world.engine.run("people", { sides: ["source"] })
      yield* world.books.user.edit("person", there, { email: "lovelace@example.com" })
      yield* world.sync
      yield* world.sync
      for (const service of [world.shop, world.books])
        assert.deepInclude((yield* TwoServices.live(service, "person"))[0], {
          name: "Ada Lovelace",
          email: "lovelace@example.com"
        })
      assert.deepStrictEqual(yield* world.states, [])
    }).pipe(Effect.scoped)
  )

  it.live("is what was sent too where the provider has tidied it", () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({}, { strategy: "target_wins" })
      const here = yield* world.shop.user.create("person", { name: "Ada", email: "ada@example.com" })
      yield* world.sync
      const [there = assert.fail()] = (yield* world.books.truth("person")).keys()
      yield* world.shop.user.edit("person", here, { name: " ADA L. " })
      yield* world.engine.run("people", { sides: ["source"] })
      yield* world.books.faults.next(1, ({ method }) => method === "PATCH", { _tag: "DropAfter" })
      yield* world.engine.run("people", { sides: ["target"] })
      assert.deepStrictEqual(yield* world.states, ["in_doubt"])
      yield* world.books.user.edit("person", there, { name: "Ada L." })
      yield* world.sync
      assert.deepStrictEqual(yield* world.states, [])
      assert.deepStrictEqual(yield* world.query("select 1 from syncline.conflict"), [])
      assert.deepInclude((yield* TwoServices.live(world.shop, "person"))[0], { name: " ADA L. " })
    }).pipe(Effect.scoped)
  )
})
