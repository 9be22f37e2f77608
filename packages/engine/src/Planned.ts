/** What a run would do, told before its first write: the run itself, whose writes stay in the outbox, and what the outbox then holds. */
import { Fingerprint, type RecordKey, Side } from "@syncline/core"
import { Conflicts, Lanes, type PairLink, PairLinks, type StoredEntry, Waiting } from "@syncline/store"
import { Effect, type Schema } from "effect"
import type { Connection } from "./Connection.ts"
import { contestedFields } from "./ConflictQueue.ts"
import { Refused } from "./EngineError.ts"
import { isTwoWay, type Pair, type TwoWayPair } from "./Pair.ts"
import * as Preview from "./Preview.ts"
import { type JobPlan, planSamples, type PlannedWrite, type PlanReport, type WriteCounts } from "./Report.ts"
import * as Run from "./Run.ts"

const ended: ReadonlySet<string> = new Set(["completed", "completed_with_errors"])

/** Plans the pairs of an integration, in their order. Fails with `Refused` where a side could not be read. */
export const plan = Effect.fn("Planned.plan")(function* (
  integration: PlanReport["integration"],
  pairs: ReadonlyArray<Pair>
) {
  const jobs: Array<JobPlan> = []
  let fingerprint = Fingerprint.of([])
  for (const pair of pairs) {
    const planned = isTwoWay(pair) ? yield* ofTwoWay(pair) : yield* Preview.ofMirror(pair)
    jobs.push(planned.job)
    fingerprint = Fingerprint.of([fingerprint, pair.job.name, planned.fingerprint])
  }
  const report: PlanReport = { integration, jobs, changes: jobs.some(hasChanges), fingerprint }
  return report
})

const hasChanges = ({ linked, writes }: JobPlan): boolean =>
  linked > 0 || Side.Side.literals.some((side) => Object.values(writes[side]).some((n) => n > 0))

const pageSize = 1000

const ofTwoWay = Effect.fnUntraced(function* (pair: TwoWayPair) {
  const links = yield* PairLinks.PairLinks
  const before = yield* links.count(pair.key)
  const report = yield* Run.run(pair, {
    isFull: false,
    task: { _tag: "Plan" },
    mayOverwrite: false,
    sides: Side.Side.literals,
    onProgress: () => Effect.void
  })
  if (!ended.has(report.status))
    return yield* new Refused({ detail: report.reason ?? `"${pair.job.name}" ended ${report.status}` })
  const { counts, fingerprint, samples } = yield* outbox(pair)
  const open = yield* Effect.flatMap(Conflicts.Conflicts, (conflicts) =>
    conflicts.list(pair.key.tenant, { ...pair.key, status: "open" }, planSamples)
  )
  const waiting = yield* Effect.flatMap(Waiting.Waiting, (waiting) => waiting.list(pair.key, pageSize))
  const after = yield* links.count(pair.key)
  const apiCalls = Side.Side.literals.reduce((sum, side) => sum + callsFor(pair, side, counts[side]), 0)
  const job: JobPlan = {
    job: pair.job.name,
    integration: pair.key.integration,
    entity: pair.key.entity,
    writes: counts,
    linked: Math.max(0, after.live - before.live - counts.source.create - counts.target.create),
    conflicted: open.length,
    waiting: waiting.length,
    skipped: report.counters.skipped,
    failed: report.counters.failed,
    failures: [],
    samples,
    conflicts: open.map(({ conflict, key }) => ({ key, contested: contestedFields(conflict) })),
    apiCalls,
    expectedMs: Side.Side.literals.reduce(
      (longest, side) => Math.max(longest, msFor(pair[side].connection, callsFor(pair, side, counts[side]))),
      0
    )
  }
  return { job, fingerprint }
})

/** Calls that these writes take: as many as a verb takes at once, and a read before each that the provider would not refuse when stale. */
const callsFor = (pair: TwoWayPair, side: Side.Side, counts: WriteCounts): number => {
  const { entity } = pair[side]
  const { create, remove, update } = entity.target ?? {}
  const requests = (n: number, max: number | undefined) => Math.ceil(n / (max ?? 1))
  const reads = update?.refusesStale === true ? 0 : requests(counts.update + counts.delete, entity.source.get.max)
  return (
    reads +
    requests(counts.create, create?.max) +
    requests(counts.update, update?.max) +
    requests(counts.delete, remove?.max)
  )
}

const msFor = ({ callsPerSecond }: Connection, calls: number): number =>
  callsPerSecond === null ? 0 : Math.ceil((calls / callsPerSecond) * 1000)

const noWrites: WriteCounts = { create: 0, update: 0, delete: 0 }

/** All that waits to be sent, both ways, a page at a time. */
const outbox = Effect.fnUntraced(function* (pair: TwoWayPair) {
  const lanes = yield* Lanes.Lanes
  const links = yield* PairLinks.PairLinks
  const counts: Record<Side.Side, WriteCounts> = { source: noWrites, target: noWrites }
  const samples: Array<PlannedWrite> = []
  let fingerprint = Fingerprint.of([])
  for (const side of Side.Side.literals) {
    let after: RecordKey | null = null
    while (true) {
      const page: ReadonlyArray<StoredEntry> = yield* lanes.pending(pair.key, side, { after, limit: pageSize })
      for (const { operation } of page) counts[side] = { ...counts[side], [operation]: counts[side][operation] + 1 }
      fingerprint = Fingerprint.of([fingerprint, ...page.map(identityOf)])
      const shown = page.slice(0, Math.max(0, planSamples - samples.length))
      const situations =
        shown.length === 0 ? [] : yield* links.situations(pair.key, { keys: shown.map(({ key }) => key) })
      for (const [index, entry] of shown.entries())
        samples.push(sampleOf(pair, side, entry, situations[index]?.link ?? null))
      const last = page.at(-1)
      if (last === undefined || page.length < pageSize) break
      after = last.key
    }
  }
  return { counts, fingerprint, samples }
})

const identityOf = ({ changes, key, operation, side }: StoredEntry): Schema.Json => [
  key,
  side,
  operation,
  Object.fromEntries(Object.entries(changes).map(([name, { value }]) => [name, value]))
]

const sampleOf = (
  pair: TwoWayPair,
  side: Side.Side,
  { changes, key, operation }: StoredEntry,
  link: PairLink | null
): PlannedWrite => ({
  side,
  entity: pair[side].name,
  operation,
  key,
  recordId: (side === "source" ? link?.sourceId : link?.targetId) ?? null,
  fields: Object.entries(changes).map(([field, { value, was }]) => ({
    field,
    before: operation === "create" ? null : was,
    after: value
  }))
})
