/** What became of the records that an execution found. Every record found is in exactly one of the outcomes. */
import { Schema } from "effect"

/**
 * `skipped` holds the unchanged, the echoes and those that wait for a reference; `queued` those whose write is still under way,
 * and is zero once an execution has ended.
 */
export const Outcome = Schema.Literals(["created", "updated", "deleted", "skipped", "conflicted", "failed", "queued"])
export type Outcome = typeof Outcome.Type

/** Records, not calls and not attempts: a record that is re-sent counts once. `processed` is the sum of all others. */
export type Counters = { readonly [K in Outcome | "processed"]: number }

const outcomes = Outcome.literals

/** The counters that say what `counts` says, with the sum made true. */
export const of = (counts: { readonly [K in Outcome]?: number }): Counters => {
  const { created = 0, updated = 0, deleted = 0, skipped = 0, conflicted = 0, failed = 0, queued = 0 } = counts
  return {
    processed: created + updated + deleted + skipped + conflicted + failed + queued,
    created,
    updated,
    deleted,
    skipped,
    conflicted,
    failed,
    queued
  }
}

export const zero: Counters = of({})

export const add = (left: Counters, right: Counters): Counters => ({
  processed: left.processed + right.processed,
  created: left.created + right.created,
  updated: left.updated + right.updated,
  deleted: left.deleted + right.deleted,
  skipped: left.skipped + right.skipped,
  conflicted: left.conflicted + right.conflicted,
  failed: left.failed + right.failed,
  queued: left.queued + right.queued
})

/** Whether `processed` is the sum of the outcomes. Counters made here always do; rows of a store are asked. */
export const addUp = (counters: Counters): boolean =>
  counters.processed === outcomes.reduce((sum, outcome) => sum + counters[outcome], 0)

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** Counters as they are stored and shown. Those that do not add up do not decode. */
export const Counters: Schema.Codec<Counters> = Schema.Struct({
  processed: Count,
  created: Count,
  updated: Count,
  deleted: Count,
  skipped: Count,
  conflicted: Count,
  failed: Count,
  queued: Count
}).check(Schema.makeFilter((counters) => addUp(counters) || "processed must be the sum of the other counters"))
