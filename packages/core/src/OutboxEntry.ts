/** A write that was decided and is not yet settled: one record, towards one side. */
import { Schema } from "effect"
import * as Canon from "./Canon.ts"

export const Operation = Schema.Literals(["create", "update", "delete"])
export type Operation = typeof Operation.Type

/**
 * `pending`: never sent. `in_flight`: sent, and its answer is awaited. `in_doubt`: sent, and its answer was lost. `failed`: refused;
 * the retry ledger brings it back. `dead`: refused for the third time; a person brings it back. `superseded`: never sent, and
 * replaced by a later decision.
 */
export const State = Schema.Literals(["pending", "in_flight", "in_doubt", "applied", "failed", "dead", "superseded"])
export type State = typeof State.Type

const none: Readonly<Record<State, boolean>> = {
  pending: false,
  in_flight: false,
  in_doubt: false,
  applied: false,
  failed: false,
  dead: false,
  superseded: false
}

/** From which state an entry may go to which. What was sent is never superseded before it is known what became of it. */
export const moves: Readonly<Record<State, Readonly<Record<State, boolean>>>> = {
  pending: { ...none, in_flight: true, failed: true, dead: true, superseded: true },
  in_flight: { ...none, pending: true, in_doubt: true, applied: true, failed: true, dead: true },
  in_doubt: { ...none, pending: true, in_flight: true, applied: true, failed: true, dead: true },
  applied: none,
  failed: { ...none, pending: true, dead: true, superseded: true },
  dead: { ...none, pending: true, superseded: true },
  superseded: none
}

export const mayMove = (before: State, after: State): boolean => moves[before][after]

export const Change = Schema.Struct({
  value: Schema.NullOr(Schema.Json),
  /**
   * What the side that the change comes from had before it: what a conflict compares with. The value itself where that is no reason to
   * keep the record, since nobody there changed it, or who did has deleted the record since.
   */
  was: Schema.NullOr(Schema.Json),
  atMs: Schema.NullOr(Schema.Number),
  /** The time is when the change was first seen, since the provider told none. */
  isEstimated: Schema.Boolean
})
export type Change = typeof Change.Type

export const Changes = Schema.Record(Schema.String, Change)
export type Changes = typeof Changes.Type

/** A write that is decided and not stored yet. `changes` is by the name of the shared field. */
export const Draft = Schema.Struct({
  operation: Operation,
  changes: Changes,
  atMs: Schema.NullOr(Schema.Number),
  isEstimated: Schema.Boolean
})
export type Draft = typeof Draft.Type

export const draftOf = (operation: Operation, changes: Changes): Draft => {
  let latest: Pick<Draft, "atMs" | "isEstimated"> = { atMs: null, isEstimated: false }
  for (const { atMs, isEstimated } of Object.values(changes))
    if (atMs !== null && (latest.atMs === null || atMs > latest.atMs)) latest = { atMs, isEstimated }
  return { operation, changes, ...latest }
}

/**
 * Two writes of a record towards one side, neither of them sent, as the one that has the effect of both; null: nothing is left to
 * be written. A create stays a create.
 */
export const coalesce = (earlier: Draft | null, later: Draft | null): Draft | null => {
  if (earlier === null || later === null) return later ?? earlier
  if (later.operation === "delete") return earlier.operation === "create" ? null : later
  if (earlier.operation === "delete") return later
  const changes: { [field: string]: Change } = { ...earlier.changes }
  for (const [field, change] of Object.entries(later.changes))
    changes[field] = { ...change, was: earlier.changes[field]?.was ?? change.was }
  return draftOf(earlier.operation === "create" ? "create" : later.operation, changes)
}

/** Whether two drafts write the same. When they were decided does not count. */
export const isSame = (one: Draft | null, other: Draft | null): boolean => {
  if (one === null || other === null) return one === other
  const names = Object.keys(one.changes)
  return (
    one.operation === other.operation &&
    names.length === Object.keys(other.changes).length &&
    names.every(
      (name) => Object.hasOwn(other.changes, name) && Canon.isSame(one.changes[name]?.value, other.changes[name]?.value)
    )
  )
}
