/** A listing by pages misses who is edited while it is read and moves to a page that was read before. */
import { Faults, Wire } from "@syncline/connector/sandbox"
import { assert, it } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import * as TwoServices from "./TwoServices.ts"

it.live("a record that moved while it was listed for the first match is matched, and not made twice", () =>
  Effect.gen(function* () {
    let edit: Effect.Effect<unknown> = Effect.void
    const isListing: Faults.Matches = ({ method, path, query }) =>
      method === "GET" && path === "/people" && !query.includes("from=")
    const world = yield* TwoServices.open({
      areMatched: true,
      onTheWay: (request) => (isListing(request) ? Effect.suspend(() => edit) : Effect.void)
    })
    yield* world.shop.user.create("person", { name: "Ada", email: "ada@example.com" })
    const id = yield* world.books.user.create("person", { name: "Ada" })
    edit = world.books.user.edit("person", id, { email: "ada@example.com" })
    // The one that tells the time, and the one that lists.
    const nobody = Wire.json(200, JSON.stringify({ data: [], next: null }))
    const date = DateTime.toDateUtc(yield* DateTime.now).toUTCString()
    yield* world.books.faults.next(2, isListing, Faults.answer({ ...nobody, headers: { ...nobody.headers, date } }))
    yield* world.sync
    for (const service of [world.shop, world.books])
      assert.deepStrictEqual(
        (yield* TwoServices.live(service, "person")).map(({ name }) => name),
        ["Ada"]
      )
    assert.lengthOf(yield* world.query("select 1 from syncline.link where entity = 'person'"), 1)
    // What each had when they were matched is told, whatever becomes of it.
    assert.deepStrictEqual(
      yield* world.query(
        "select side, fields->'name'->>'new' as name from syncline.history where cause->>'_tag' = 'Found' order by side"
      ),
      [
        { side: "source", name: "Ada" },
        { side: "target", name: "Ada" }
      ]
    )
  }).pipe(Effect.scoped)
)
