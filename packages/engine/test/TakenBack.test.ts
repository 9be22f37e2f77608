/** A change that is put back while the write of it is under way, which then is not made. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoServices from "./TwoServices.ts"

describe("a change that is put back while its write is under way", () => {
  it.live("is not written, when that write comes to nothing", () =>
    Effect.gen(function* () {
      let isDue = Effect.succeed(false)
      let meanwhile: Effect.Effect<unknown, unknown> = Effect.void
      const world = yield* TwoServices.open({
        onTheWay: Effect.fnUntraced(function* () {
          if (!(yield* isDue)) return
          isDue = Effect.succeed(false)
          yield* Effect.orDie(meanwhile)
        })
      })
      const id = yield* world.shop.user.create("person", { name: "Ada", email: "ada@example.com" })
      yield* world.sync
      yield* world.shop.user.edit("person", id, { email: "lovelace@example.com" })
      yield* world.engine.run("people", { sides: ["source"] })
      const [there = assert.fail()] = (yield* world.books.truth("person")).keys()
      // The look at what is there, before it is written.
      isDue = Effect.map(Effect.orDie(world.states), (states) => states.includes("in_flight"))
      meanwhile = Effect.all([
        world.books.user.edit("person", there, { name: "Ada Lovelace" }),
        world.shop.user.edit("person", id, { email: "ada@example.com" }),
        world.engine.run("people", { sides: ["source"] })
      ])
      yield* world.engine.run("people", { sides: ["target"] })
      yield* world.sync
      const written = yield* world.query(
        "select side, operation from syncline.history where cause ->> '_tag' = 'Written' order by 1 desc"
      )
      assert.deepStrictEqual(written, [
        { side: "target", operation: "create" },
        { side: "source", operation: "update" }
      ])
      for (const service of [world.shop, world.books])
        assert.deepInclude((yield* TwoServices.live(service, "person"))[0], {
          name: "Ada Lovelace",
          email: "ada@example.com"
        })
    }).pipe(Effect.scoped)
  )
})
