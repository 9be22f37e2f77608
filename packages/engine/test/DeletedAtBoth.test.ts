/** A record that users delete at both sides, while edits of both were on their way: who deleted it let go of what they had changed. */
import { Faults, Wire } from "@syncline/connector/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoServices from "./TwoServices.ts"

const isPatch: Faults.Matches = ({ method }) => method === "PATCH"
const refused = Faults.answer(Wire.json(422, JSON.stringify({ title: "another record is being imported" })))

/** Ada was given a name at the books, which the shop has refused once, and an address at the shop, which waits to be sent. */
const given = Effect.gen(function* () {
  const world = yield* TwoServices.open({}, { strategy: "merge" })
  const here = yield* world.shop.user.create("person", { name: "Ada", email: "ada@example.com" })
  yield* world.sync
  const [there = assert.fail()] = (yield* world.books.truth("person")).keys()
  yield* world.books.user.edit("person", there, { name: "Ada L." })
  yield* world.engine.run("people", { sides: ["target"] })
  yield* world.shop.faults.next(1, isPatch, refused)
  yield* world.shop.user.edit("person", here, { email: "lovelace@example.com" })
  yield* world.engine.run("people", { sides: ["source"] })
  assert.deepStrictEqual(yield* world.states, ["failed", "pending"])
  return { world, here, there }
})

/** Nothing is left to do, and these services have Ada with both edits, or nobody. */
const isQuiet = Effect.fnUntraced(function* (world: TwoServices.World, isThere: boolean) {
  for (const service of [world.shop, world.books])
    assert.deepStrictEqual(
      (yield* TwoServices.live(service, "person")).map(({ email, name }) => [name, email]),
      isThere ? [["Ada L.", "lovelace@example.com"]] : []
    )
  assert.deepStrictEqual(yield* world.states, [])
  assert.deepStrictEqual(yield* world.waiting, [])
})

describe("a record that was edited at both sides, deleted at one and made there anew", () => {
  const madeAnew = Effect.gen(function* () {
    const { here, there, world } = yield* given
    yield* world.shop.user.remove("person", here)
    yield* world.engine.run("people", { sides: ["source"] })
    assert.lengthOf(yield* TwoServices.live(world.shop, "person"), 1)
    assert.deepStrictEqual(yield* world.states, ["pending"])
    return { world, there }
  })

  it.live("is gone once the other side deletes it too", () =>
    Effect.gen(function* () {
      const { there, world } = yield* madeAnew
      yield* world.books.user.remove("person", there)
      yield* world.sync
      yield* isQuiet(world, false)
    }).pipe(Effect.scoped)
  )

  it.live("has the edits of both where the other side keeps it", () =>
    Effect.gen(function* () {
      const { world } = yield* madeAnew
      yield* world.sync
      yield* isQuiet(world, true)
    }).pipe(Effect.scoped)
  )
})

describe("a record that was edited at both sides and is deleted at one, while its write to the other is in doubt", () => {
  it.live("is decided on once that is known, and gone when the other side deletes it too", () =>
    Effect.gen(function* () {
      const { here, there, world } = yield* given
      yield* world.books.faults.next(1, isPatch, { _tag: "DropBefore" })
      yield* world.engine.run("people", { sides: ["target"] })
      yield* world.shop.user.remove("person", here)
      yield* world.engine.run("people", { sides: ["source"] })
      assert.deepStrictEqual(yield* world.states, ["in_doubt", "pending"])
      yield* world.books.user.remove("person", there)
      yield* world.sync
      yield* isQuiet(world, false)
    }).pipe(Effect.scoped)
  )
})
