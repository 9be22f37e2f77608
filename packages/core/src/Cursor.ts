/**
 * Where the reading of an entity pair is. Stored in the transaction that stores what a page held, so that a crash repeats at
 * most one page and misses none.
 */
import { Schema } from "effect"

/** A connector's own note of where it is: opaque JSON, never null. */
export const Position = Schema.Json
export type Position = typeof Position.Type

const Generation = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/**
 * Every record is being listed. `since` is where the changes begin that the listing may have missed: `changes.start`, taken
 * *before* `list.start`. Null where the source has no change feed.
 */
export const Listing = Schema.TaggedStruct("Listing", {
  generation: Generation,
  position: Position,
  since: Schema.NullOr(Position)
})
export type Listing = typeof Listing.Type

/** All was listed; changes are read from `position` on. */
export const Following = Schema.TaggedStruct("Following", { generation: Generation, position: Position })
export type Following = typeof Following.Type

/** All was listed, and the source has no change feed: only another listing tells what changed. */
export const Listed = Schema.TaggedStruct("Listed", { generation: Generation })
export type Listed = typeof Listed.Type

/** `generation` counts the pair's listings, so "not seen in generation 3" has a meaning. */
export const Cursor = Schema.Union([Listing, Following, Listed])
export type Cursor = typeof Cursor.Type

/** Where a listing starts, and where the changes that follow it start. Take `since` first. */
export interface Starts {
  readonly since: Position | null
  readonly list: Position
}

/** How a page of a walk ends, as the connector said it. */
export interface More {
  readonly _tag: "More"
  readonly position: Position
}
export interface Complete {
  readonly _tag: "Complete"
}
export interface CaughtUp {
  readonly _tag: "CaughtUp"
  readonly position: Position
}

/**
 * Begins a listing: the pair's first, or another because the position expired, because a full run was asked for, or because
 * there is no change feed.
 */
export const list = (before: Cursor | null, starts: Starts): Listing => ({
  _tag: "Listing",
  generation: before === null ? 1 : before.generation + 1,
  position: starts.list,
  since: starts.since
})

/** After a page of the listing. Only `Complete` ends it. */
export const afterListPage = (cursor: Listing, next: More | Complete): Cursor => {
  const { generation, since } = cursor
  if (next._tag === "More") return { _tag: "Listing", generation, position: next.position, since }
  return since === null ? { _tag: "Listed", generation } : { _tag: "Following", generation, position: since }
}

/** After a page of changes, the last one included: the next walk begins where this one caught up. */
export const afterChangesPage = (cursor: Following, next: More | CaughtUp): Following => ({
  _tag: "Following",
  generation: cursor.generation,
  position: next.position
})

/**
 * How an execution opens: `list` begins a listing, `resume` goes on from the cursor.
 *
 * A listing that was interrupted is always resumed, also by a full run: what changed since it began is read right after it.
 */
export const opening = (cursor: Cursor | null, mode: "full" | "incremental"): "list" | "resume" => {
  if (cursor === null || cursor._tag === "Listed") return "list"
  return cursor._tag === "Following" && mode === "full" ? "list" : "resume"
}
