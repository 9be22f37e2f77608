import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Cursor from "./Cursor.ts"

const listing: Cursor.Listing = { _tag: "Listing", generation: 3, position: "p", since: "s" }
const listingWithoutFeed: Cursor.Listing = { ...listing, since: null }
const following: Cursor.Following = { _tag: "Following", generation: 3, position: "f" }
const listed: Cursor.Listed = { _tag: "Listed", generation: 3 }
const more = { _tag: "More", position: "next" } as const

describe("a cursor moves", () => {
  it.each<[string, Cursor.Cursor, Cursor.Cursor]>([
    [
      "from nothing to the first listing",
      Cursor.list(null, { list: "l", since: "s" }),
      { _tag: "Listing", generation: 1, position: "l", since: "s" }
    ],
    [
      "from an expired listing to another",
      Cursor.list(listing, { list: "l", since: "t" }),
      { _tag: "Listing", generation: 4, position: "l", since: "t" }
    ],
    [
      "from an expired feed to a listing",
      Cursor.list(following, { list: "l", since: "t" }),
      { _tag: "Listing", generation: 4, position: "l", since: "t" }
    ],
    [
      "from listed to another listing",
      Cursor.list(listed, { list: "l", since: null }),
      { _tag: "Listing", generation: 4, position: "l", since: null }
    ],
    [
      "on in the listing, keeping where its changes begin",
      Cursor.afterListPage(listing, more),
      { ...listing, position: "next" }
    ],
    [
      "from a complete listing to the changes since before it",
      Cursor.afterListPage(listing, { _tag: "Complete" }),
      { ...following, position: "s" }
    ],
    [
      "from a complete listing without feed to listed",
      Cursor.afterListPage(listingWithoutFeed, { _tag: "Complete" }),
      listed
    ],
    ["on in the feed", Cursor.afterChangesPage(following, more), { ...following, position: "next" }],
    [
      "to where the feed was caught up",
      Cursor.afterChangesPage(following, { _tag: "CaughtUp", position: "c" }),
      { ...following, position: "c" }
    ]
  ])("%s", (_, after, expected) => assert.deepStrictEqual(after, expected))
})

describe("an execution opens", () => {
  it.each<[Cursor.Cursor | null, "full" | "incremental", "list" | "resume"]>([
    [null, "full", "list"],
    [null, "incremental", "list"],
    [listing, "full", "resume"],
    [listing, "incremental", "resume"],
    [following, "full", "list"],
    [following, "incremental", "resume"],
    [listed, "full", "list"],
    [listed, "incremental", "list"]
  ])("from %j in mode %s with: %s", (cursor, mode, expected) =>
    assert.strictEqual(Cursor.opening(cursor, mode), expected)
  )
})

/** What a run may meet. */
const Event = Schema.Union([
  Schema.TaggedStruct("Page", { position: Schema.String }),
  Schema.TaggedStruct("End", { position: Schema.String }),
  Schema.TaggedStruct("Expired", { list: Schema.String, since: Schema.NullOr(Schema.String) })
])

const step = (cursor: Cursor.Cursor, event: typeof Event.Type): Cursor.Cursor => {
  if (event._tag === "Expired" || cursor._tag === "Listed") {
    return Cursor.list(cursor, event._tag === "Expired" ? event : { list: "l", since: null })
  }
  const page = { _tag: "More", position: event.position } as const
  if (cursor._tag === "Listing") return Cursor.afterListPage(cursor, event._tag === "End" ? { _tag: "Complete" } : page)
  return Cursor.afterChangesPage(cursor, event._tag === "End" ? { _tag: "CaughtUp", position: event.position } : page)
}

it.prop("the generation never falls, and changes only when a listing begins", [Schema.Array(Event)], ([events]) => {
  let cursor: Cursor.Cursor = Cursor.list(null, { list: "l", since: "s" })
  for (const event of events) {
    const after = step(cursor, event)
    const isNewListing = event._tag === "Expired" || cursor._tag === "Listed"
    assert.strictEqual(after.generation, cursor.generation + (isNewListing ? 1 : 0))
    if (isNewListing) assert.strictEqual(after._tag, "Listing")
    cursor = after
  }
})

it.prop("a cursor is stored as JSON and read as it was", [Cursor.Cursor], ([cursor]) => {
  const text = JSON.stringify(Schema.encodeSync(Cursor.Cursor)(cursor))
  assert.deepStrictEqual(JSON.stringify(Schema.decodeUnknownSync(Cursor.Cursor)(JSON.parse(text))), text)
})
