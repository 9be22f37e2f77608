/** What a service finds by a value comes from an index, which may hold who is no more. */
import { Faults, Wire } from "@syncline/connector/sandbox"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoServices from "./TwoServices.ts"

it.live("a record that an index still holds, and that is gone, is not taken for the one that is to be made", () =>
  Effect.gen(function* () {
    const world = yield* TwoServices.open({ areMatched: true }, { strategy: "target_wins" })
    yield* world.sync
    const gone = {
      id: "99",
      name: "Ada",
      email: "old@example.com",
      company: null,
      updated_at: "2026-01-01T00:00:00.000Z",
      deleted_at: null
    }
    const isSearch: Faults.Matches = ({ method, query }) => method === "GET" && query.includes("name=")
    yield* world.books.faults.next(
      1,
      isSearch,
      Faults.answer(Wire.json(200, JSON.stringify({ data: [gone], next: null })))
    )
    yield* world.shop.user.create("person", { name: "Ada", email: "ada@example.com" })
    yield* world.sync
    for (const service of [world.shop, world.books])
      assert.deepStrictEqual(
        (yield* TwoServices.live(service, "person")).map(({ email }) => email),
        ["ada@example.com"]
      )
  }).pipe(Effect.scoped)
)

it.live("a record that was found, and then does not answer for itself, is not made before it is known", () =>
  Effect.gen(function* () {
    const world = yield* TwoServices.open({ areMatched: true })
    yield* world.sync
    const there = yield* world.books.user.create("person", { name: "Ada" })
    const isOfAda: Faults.Matches = ({ method, path }) => method === "GET" && path === `/people/${there}`
    yield* world.shop.user.create("person", { name: "Ada" })
    yield* world.engine.run("people", { sides: ["source"] })
    yield* world.books.faults.next(100, isOfAda, Faults.answer(Wire.json(503, "{}")))
    yield* world.engine.run("people", { sides: ["target"] })
    assert.lengthOf(yield* TwoServices.live(world.books, "person"), 1)
  }).pipe(Effect.scoped)
)
