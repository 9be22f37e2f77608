/** What a run of a one-way mirror would do: its walk, decided and not written. */
import type { CaughtUp, Change, Complete, Http, Sql, Walk } from "@syncline/connector"
import { type Cursor, type Fields, Fingerprint } from "@syncline/core"
import { Cursors, type Links, type SqlError } from "@syncline/store"
import { Effect, Option } from "effect"
import * as Apply from "./Apply.ts"
import * as Explain from "./Explain.ts"
import { ConnectionFailed } from "./EngineError.ts"
import { type Pair, provide } from "./Pair.ts"
import * as ReadAhead from "./ReadAhead.ts"
import { type JobPlan, planSamples, type PlannedWrite, type WriteCounts } from "./Report.ts"

interface Tally {
  counts: WriteCounts
  skipped: number
  failures: Array<JobPlan["failures"][number]>
  failed: number
  readonly samples: Array<PlannedWrite>
  fingerprint: Fingerprint.Fingerprint
}

const shownFailures = 10

export const ofMirror = Effect.fn("Preview.ofMirror")(function* (
  pair: Pair
): Effect.fn.Return<
  { readonly job: JobPlan; readonly fingerprint: Fingerprint.Fingerprint },
  ConnectionFailed | SqlError,
  Cursors.Cursors | Links.Links
> {
  const cursors = yield* Cursors.Cursors
  const found = Option.getOrNull(yield* cursors.read(pair.key, "source"))
  const tally: Tally = {
    counts: { create: 0, update: 0, delete: 0 },
    skipped: 0,
    failures: [],
    failed: 0,
    samples: [],
    fingerprint: Fingerprint.of([])
  }
  const { changes, list } = pair.source.entity.source
  const isListed = found === null || found._tag === "Listed" || found._tag === "Listing"
  const read = isListed
    ? Effect.gen(function* () {
        const start = found?._tag === "Listing" ? found.position : yield* provide(pair.source, list.start)
        yield* walk(pair, list, start, tally)
      })
    : changes === undefined
      ? Effect.void
      : walk(pair, changes, found.position, tally)
  yield* read.pipe(
    Effect.catchTag("ConnectorError", (error) =>
      Effect.fail(
        new ConnectionFailed({
          connection: pair.source.connection.name,
          detail: Explain.ofCheck(pair.source.connection.name, error)
        })
      )
    )
  )
  const job: JobPlan = {
    job: pair.job.name,
    integration: pair.key.integration,
    entity: pair.key.entity,
    writes: { source: { create: 0, update: 0, delete: 0 }, target: tally.counts },
    linked: 0,
    conflicted: 0,
    waiting: 0,
    skipped: tally.skipped,
    failed: tally.failed,
    failures: tally.failures,
    samples: tally.samples,
    conflicts: [],
    apiCalls: 0,
    expectedMs: 0
  }
  return { job, fingerprint: tally.fingerprint }
})

const walk = <Ending extends Complete | CaughtUp>(
  pair: Pair,
  walk: Walk.Walk<Change<Fields>, Ending, Http | Sql>,
  start: Cursor.Position,
  tally: Tally
) =>
  ReadAhead.each(
    pair.source,
    walk,
    start,
    (sightings) => Effect.forEach(sightings, (sighting) => Apply.prepare(pair, sighting)),
    (prepared) =>
      Effect.sync(() => {
        for (const { decisions } of prepared) note(pair, tally, decisions)
      })
  )

const note = (pair: Pair, tally: Tally, { decided, failures, skipped }: Apply.Prepared["decisions"]): void => {
  tally.skipped += skipped.length
  tally.failed += failures.length
  for (const { key, message } of failures.slice(0, Math.max(0, shownFailures - tally.failures.length)))
    tally.failures.push({ recordId: key, message })
  for (const { fingerprint, operation, record, sourceId } of decided) {
    tally.counts = { ...tally.counts, [operation]: tally.counts[operation] + 1 }
    tally.fingerprint = Fingerprint.of([tally.fingerprint, sourceId, operation, fingerprint])
    if (tally.samples.length >= planSamples) continue
    tally.samples.push({
      side: "target",
      entity: pair.target.name,
      operation,
      key: sourceId,
      recordId: sourceId,
      fields: Object.entries(record).map(([field, after]) => ({ field, before: null, after }))
    })
  }
}
