/** Pages that tell again what is known, and pages that may be older than what we wrote. */
import { Faults, Wire } from "@syncline/connector/sandbox"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as TwoServices from "./TwoServices.ts"

const listing: Faults.Matches = ({ method, path, query }) =>
  method === "GET" && path === "/people" && query.includes("from=")

describe("a page that may be a minute old", () => {
  it.live("tells of an edit that came right after our own write, which is read by its id in the same run", () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({ lagMs: 60_000 })
      yield* world.shop.user.create("person", { name: "Ada", email: "ada@example.com" })
      yield* world.sync
      const [id = assert.fail()] = (yield* world.books.truth("person")).keys()
      yield* world.books.user.edit("person", id, { email: "lovelace@example.com" })
      yield* world.sync
      const [ada] = yield* TwoServices.live(world.shop, "person")
      assert.deepInclude(ada, { email: "lovelace@example.com" })
    }).pipe(Effect.scoped)
  )

  it.live("shows a record that we have deleted since, which is not made again", () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({ lagMs: 60_000 })
      const id = yield* world.books.user.create("person", { name: "Ada", email: "ada@example.com" })
      yield* world.sync
      const people = yield* TwoServices.live(world.shop, "person")
      yield* world.books.user.remove("person", id)
      yield* world.sync
      const old = Wire.json(200, JSON.stringify({ data: people, next: null }))
      yield* world.shop.faults.next(1, listing, Faults.answer(old))
      yield* world.sync
      assert.isUndefined((yield* world.books.calls.byEndpoint).get("POST /people"))
      assert.deepStrictEqual(yield* world.waiting, [])
    }).pipe(Effect.scoped)
  )

  it.live("tells of a deletion again when its record has long been made again under another id", () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({ lagMs: 60_000 }, { strategy: "merge" })
      const id = yield* world.books.user.create("person", { name: "Ada", email: "ada@example.com" })
      yield* world.sync
      const [here = assert.fail()] = (yield* world.shop.truth("person")).keys()
      yield* world.books.user.remove("person", id)
      yield* world.shop.user.edit("person", here, { email: "lovelace@example.com" })
      yield* world.sync
      yield* world.sync
      for (const service of [world.shop, world.books])
        assert.deepStrictEqual(
          (yield* TwoServices.live(service, "person")).map((record) => record["email"]),
          ["lovelace@example.com"]
        )
      assert.isUndefined((yield* world.books.truth("person")).get(id))
    }).pipe(Effect.scoped)
  )

  it.live("shows a record whose deletion was known before it was made again under another id", () =>
    Effect.gen(function* () {
      const world = yield* TwoServices.open({ lagMs: 60_000 }, { strategy: "merge" })
      const id = yield* world.books.user.create("person", { name: "Ada", email: "ada@example.com" })
      yield* world.sync
      const people = yield* TwoServices.live(world.shop, "person")
      const [here = assert.fail()] = (yield* world.shop.truth("person")).keys()
      yield* world.shop.user.remove("person", here)
      yield* world.books.user.edit("person", id, { email: "lovelace@example.com" })
      yield* world.sync
      const old = Wire.json(200, JSON.stringify({ data: people, next: null }))
      yield* world.shop.faults.next(1, listing, Faults.answer(old))
      yield* world.sync
      for (const service of [world.shop, world.books])
        assert.deepStrictEqual(
          (yield* TwoServices.live(service, "person")).map((record) => record["email"]),
          ["lovelace@example.com"]
        )
      assert.deepStrictEqual(yield* world.waiting, [])
    }).pipe(Effect.scoped)
  )
})
