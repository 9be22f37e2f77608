/** Applies what a reading showed: decides, writes the target and commits, until no link moved under a decision. */
import { type CircuitBreaker, Counters, type Cursor, Link, type OpKey, type RecordKey } from "@syncline/core"
import {
  Commit,
  type Cursors,
  type HistoryWrite,
  type LinkRead,
  Links,
  type LinkWrite,
  type Performed,
  type SqlError
} from "@syncline/store"
import { Effect, Ref } from "effect"
import * as Decide from "./Decide.ts"
import type { Pair } from "./Pair.ts"
import * as Place from "./Place.ts"
import type { Writing } from "./Place.ts"
import * as Sight from "./Sight.ts"
import type * as Write from "./Write.ts"

/** What became of a sighting. */
export interface Applied {
  readonly counters: Counters.Counters
  /** The same as the circuit breaker understands it. */
  readonly observations: ReadonlyArray<CircuitBreaker.Observation>
}

/** A sighting and what was decided on it. */
export interface Prepared {
  readonly sighting: Sight.Sighting
  readonly sights: ReturnType<typeof Sight.byId>
  readonly decisions: Decide.Decisions
}

/**
 * Decides on a sighting, which may be done while the batch before is committed: `commit` finds out when a link moved under a
 * decision to write. It does not look at those that were left alone, so a record that the batch before showed too is decided
 * again after it. Forced, the target is looked at although the source is as it was.
 */
export const prepare = Effect.fn("Apply.prepare")(function* (
  pair: Pair,
  sighting: Sight.Sighting,
  isForced = false
): Effect.fn.Return<Prepared, SqlError, Links.Links> {
  return yield* decideOn(pair, sighting, Sight.byId(pair.source, sighting), isForced)
})

const decideOn = Effect.fnUntraced(function* (
  pair: Pair,
  sighting: Sight.Sighting,
  sights: Prepared["sights"],
  isForced = false
) {
  const links = yield* Links.Links
  const known: ReadonlyMap<RecordKey, LinkRead> =
    sights.size === 0
      ? new Map()
      : yield* links.read(
          pair.key,
          [...sights.keys()].map((id) => Link.keyOf("source", id))
        )
  const read = isForced ? new Map([...known].map(([key, link]) => [key, { ...link, sourceFingerprint: null }])) : known
  return { sighting, sights, decisions: Decide.decide(pair, sights, sighting.observedAtMs, read) }
})

/**
 * Commits the sighting's effects, and with the last of them the cursor.
 *
 * Fails with `Fenced` when the run has lost the pair or was ended; then nothing of the failing commit happened.
 */
export const apply = Effect.fn("Apply.apply")(function* (
  writing: Writing,
  { decisions, sighting, sights }: Prepared,
  advance: Cursor.Cursor | null,
  batch: OpKey
): Effect.fn.Return<Applied, Place.TargetFailed | Cursors.Fenced | SqlError, Commit.Commit | Links.Links> {
  let latest = decisions
  let applied: Applied = { counters: Counters.zero, observations: [] }
  while (true) {
    const { moved, written, counters } = yield* commit(writing, latest, advance, batch)
    applied = {
      counters: Counters.add(applied.counters, counters),
      observations: [...applied.observations, ...observationsOf(latest, written)]
    }
    if (moved.size === 0) return applied
    const left = new Map([...sights].filter(([id]) => moved.has(Link.keyOf("source", id))))
    latest = (yield* decideOn(writing.pair, sighting, left)).decisions
  }
})

const commit = Effect.fnUntraced(function* (
  writing: Writing,
  decisions: Decide.Decisions,
  advance: Cursor.Cursor | null,
  batch: OpKey
) {
  const { database } = writing.pair.target.connection
  const { commit } = yield* Commit.Commit
  const elsewhere =
    database._tag === "Other" && decisions.decided.length > 0
      ? yield* Place.writeElsewhere(writing, database.postgres, decisions.decided, batch)
      : null
  const latest = yield* Ref.make<Settled>(nothing)
  const { moved } = yield* commit(
    { lease: writing.lease, reads: decisions.reads, advance },
    (transaction, moved) =>
      Effect.gen(function* () {
        const decided = decisions.decided.filter(({ key }) => !moved.has(key))
        const written =
          elsewhere !== null
            ? elsewhere.filter((each) => !moved.has(each.decided.key))
            : decided.length === 0
              ? []
              : yield* Place.atTarget(
                  transaction.asOwner(Place.write(writing, transaction, transaction.savepoint, decided, batch))
                )
        const performed = settle(writing, decisions, written)
        yield* Ref.set(latest, { written, counters: performed.counters, failures: performed.failures })
        return performed
      })
    // A mirror's link has no ids but its key.
  ).pipe(Effect.catchTag("IdTaken", Effect.die))
  const settled = yield* Ref.get(latest)
  for (const { key } of settled.failures) writing.failed.add(key)
  return { moved, written: settled.written, counters: settled.counters }
})

interface Settled extends Pick<Performed, "counters" | "failures"> {
  readonly written: ReadonlyArray<Write.Written>
}

const nothing: Settled = { written: [], counters: Counters.zero, failures: [] }

/** What the written decisions, the skipped ones and the failures leave in the store. */
const settle = (
  { failed, hasListed, hasLedger, lease, pair }: Writing,
  { failures, skipped }: Decide.Decisions,
  written: ReadonlyArray<Write.Written>
): Performed => {
  const links: Array<LinkWrite> = []
  const history: Array<HistoryWrite> = []
  const allFailures = [...failures]
  const counts = { created: 0, updated: 0, deleted: 0, skipped: hasListed ? 0 : skipped.length }
  for (const each of written) {
    if (each._tag === "Failed") {
      allFailures.push(each.failure)
      continue
    }
    const { key, link, operation } = each.decided
    links.push({
      key,
      readVersion: link?.version ?? null,
      isDeleted: operation === "delete",
      sourceFingerprint: each.decided.fingerprint,
      sourceVersion: each.decided.sourceVersion,
      observedAtMs: each.decided.observedAtMs
    })
    if (each._tag === "Applied" && (operation !== "create" || link !== null || pair.mapping !== null)) {
      history.push({ key, operation, fields: each.fields })
    }
    // A record that this run has written before is counted as what it was then.
    if (link !== null && link.updatedAtMs >= lease.acquiredAtMs) continue
    if (each._tag === "Applied") counts[counterOf[operation]]++
    else if (!hasListed) counts.skipped++
  }
  return {
    links,
    history,
    failures: allFailures,
    resolved: hasLedger ? [...links.map(({ key }) => key), ...skipped] : [],
    counters: Counters.of({ ...counts, failed: allFailures.filter(({ key }) => !failed.has(key)).length })
  }
}

const counterOf = { create: "created", update: "updated", delete: "deleted" } as const

/** A record that its own connector cannot read is a cause outside of it: one such record is an accident, a page of them is not. */
const observationsOf = (
  { failures, skipped }: Decide.Decisions,
  written: ReadonlyArray<Write.Written>
): ReadonlyArray<CircuitBreaker.Observation> => [
  { _tag: "FailedOutside", cause: "undecodable", records: failures.length },
  { _tag: "Settled", records: skipped.length },
  { _tag: "Settled", records: written.filter(({ _tag }) => _tag === "Unchanged").length },
  ...(["create", "update", "delete"] as const).map((operation): CircuitBreaker.Observation => ({
    _tag: "Succeeded",
    operation,
    records: written.filter(({ _tag, decided }) => _tag === "Applied" && decided.operation === operation).length
  })),
  ...written.flatMap((each): ReadonlyArray<CircuitBreaker.Observation> =>
    each._tag === "Failed"
      ? [{ _tag: "FailedValidation", operation: each.decided.operation, cause: each.failure.cause, records: 1 }]
      : []
  )
]
