/** Applies what a reading showed: decides, writes the target and commits, until no link moved under a decision. */
import type { ConnectorError } from "@syncline/connector"
import { type CircuitBreaker, Counters, type Cursor, type OpKey } from "@syncline/core"
import { Commit, type Cursors, type HistoryWrite, Links, type LinkWrite, type Performed, type SqlError } from "@syncline/store"
import { Effect, Ref } from "effect"
import * as Decide from "./Decide.ts"
import * as Place from "./Place.ts"
import type { Writing } from "./Place.ts"
import type * as Write from "./Write.ts"

/** What became of a sighting. */
export interface Applied {
  readonly counters: Counters.Counters
  /** The same as the circuit breaker understands it. */
  readonly observations: ReadonlyArray<CircuitBreaker.Observation>
}

/**
 * Commits the sighting's effects, and with the last of them the cursor.
 *
 * Fails with `Fenced` when the run has lost the pair or was ended; then nothing of the failing commit happened.
 */
export const apply = Effect.fn("Apply.apply")(function*(
  writing: Writing,
  sighting: Decide.Sighting,
  advance: Cursor.Cursor | null,
  batch: OpKey
): Effect.fn.Return<Applied, ConnectorError | Cursors.Fenced | SqlError, Commit.Commit | Links.Links> {
  const { pair } = writing
  const links = yield* Links.Links
  let pending = Decide.idsOf(pair, sighting)
  let applied: Applied = { counters: Counters.zero, observations: [] }
  do {
    const read = pending.size === 0 ? new Map() : yield* links.read(pair.key, [...pending.keys()])
    const decisions = Decide.decide(pair, pending, sighting.observedAtMs, read)
    const { moved, written, counters } = yield* commit(writing, decisions, advance, batch)
    applied = {
      counters: Counters.add(applied.counters, counters),
      observations: [...applied.observations, ...observationsOf(decisions, written)]
    }
    pending = new Map([...pending].filter(([id]) => moved.has(id)))
  } while (pending.size > 0)
  return applied
})

const commit = Effect.fnUntraced(function*(
  writing: Writing,
  decisions: Decide.Decisions,
  advance: Cursor.Cursor | null,
  batch: OpKey
) {
  const { database } = writing.pair.target.connection
  const { commit } = yield* Commit.Commit
  const elsewhere = database._tag === "Other" && decisions.decided.length > 0
    ? yield* Place.writeElsewhere(writing, database.postgres, decisions.decided, batch)
    : null
  const latest = yield* Ref.make<{ readonly written: ReadonlyArray<Write.Written>; readonly counters: Counters.Counters }>(nothing)
  const { moved } = yield* commit({ lease: writing.lease, reads: decisions.reads, advance }, (transaction, moved) =>
    Effect.gen(function*() {
      const decided = decisions.decided.filter(({ sourceId }) => !moved.has(sourceId))
      const written = elsewhere !== null
        ? elsewhere.filter((each) => !moved.has(each.decided.sourceId))
        : decided.length === 0
        ? []
        : yield* transaction.asOwner(Place.write(writing, transaction, transaction.savepoint, decided, batch))
      const performed = settle(writing, decisions, written)
      yield* Ref.set(latest, { written, counters: performed.counters })
      return performed
    }))
  return { moved, ...(yield* Ref.get(latest)) }
})

const nothing = { written: [], counters: Counters.zero }

/** What the written decisions, the skipped ones and the failures leave in the store. */
const settle = (
  { hasLedger, pair }: Writing,
  { failures, skipped }: Decide.Decisions,
  written: ReadonlyArray<Write.Written>
): Performed => {
  const links: Array<LinkWrite> = []
  const history: Array<HistoryWrite> = []
  const failed = [...failures]
  const counts = { created: 0, updated: 0, deleted: 0, skipped: skipped.length, failed: failures.length }
  for (const each of written) {
    if (each._tag === "Failed") {
      failed.push(each.failure)
      counts.failed++
      continue
    }
    const { decided } = each
    links.push({
      sourceId: decided.sourceId,
      readVersion: decided.link?.version ?? null,
      targetId: decided.sourceId,
      isDeleted: decided.operation === "delete",
      sourceFingerprint: decided.fingerprint,
      sourceVersion: decided.sourceVersion,
      observedAtMs: decided.observedAtMs
    })
    if (each._tag === "Unchanged") counts.skipped++
    else {
      counts[counterOf[decided.operation]]++
      const isFirstSight = decided.operation === "create" && decided.link === null && pair.mapping === null
      if (!isFirstSight) history.push({ recordId: decided.sourceId, operation: decided.operation, fields: each.fields })
    }
  }
  return {
    links,
    history,
    failures: failed,
    resolved: hasLedger ? [...links.map(({ sourceId }) => sourceId), ...skipped] : [],
    counters: Counters.of(counts)
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
