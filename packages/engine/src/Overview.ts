/** What the store knows of a project's jobs: where each stands, its executions, and the records that failed. */
import type { TenantId } from "@syncline/core"
import { JobName } from "@syncline/core"
import { Cursors, Executions, Ledger, Links } from "@syncline/store"
import { Effect, Option } from "effect"
import type { Pair } from "./Pair.ts"
import type { ExecutionSummary, FailureGroup, JobStatus } from "./Report.ts"

const stages = { Listing: "listing", Following: "following", Listed: "listed" } as const

export const status = Effect.fn("Overview.status")(function* ({ job, key }: Pair) {
  const cursor = yield* Effect.flatMap(Cursors.Cursors, (cursors) => cursors.read(key, "source"))
  const last = yield* Effect.flatMap(Executions.Executions, (executions) =>
    executions.list(key.tenant, { job: job.name }, 1)
  )
  const { live } = yield* Effect.flatMap(Links.Links, (links) => links.count(key))
  const causes = yield* Effect.flatMap(Ledger.Ledger, (ledger) => ledger.causes(key.tenant, key))
  const status: JobStatus = {
    job: job.name,
    integration: key.integration,
    entity: key.entity,
    stage: Option.match(cursor, { onNone: () => "never run", onSome: ({ _tag }) => stages[_tag] }),
    lastExecution: last[0] === undefined ? null : summary(last[0]),
    linked: live,
    waiting: causes.reduce((sum, { waiting }) => sum + waiting, 0),
    dead: causes.reduce((sum, { dead }) => sum + dead, 0)
  }
  return status
})

/** The newest first, of one job or of all. */
export const executions = (tenant: TenantId, job: string | undefined, limit: number) =>
  Effect.map(
    Effect.flatMap(Executions.Executions, (executions) =>
      executions.list(tenant, job === undefined ? {} : { job: JobName.make(job) }, limit)
    ),
    (rows) => rows.map(summary)
  )

export const summary = (row: Executions.Execution): ExecutionSummary => ({
  execution: row.id,
  job: row.job,
  status: row.status,
  trigger: row.trigger,
  reason: row.reason,
  counters: row.counters,
  startedAtMs: row.startedAtMs,
  endedAtMs: row.endedAtMs
})

const samples = 10

/** The pair's failed records by cause, largest first. */
export const failures = Effect.fn("Overview.failures")(function* ({ job, key }: Pair) {
  const ledger = yield* Ledger.Ledger
  const causes = yield* ledger.causes(key.tenant, key)
  return yield* Effect.forEach(causes, ({ cause, dead, example, waiting }) =>
    Effect.map(ledger.list(key.tenant, { ...key, cause }, samples), (entries): FailureGroup => ({
      job: job.name,
      cause,
      message: example.message,
      count: waiting + dead,
      dead,
      sample: entries.map(({ key }) => key)
    }))
  )
})
