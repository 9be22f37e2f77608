/** What a worker counts. docs/operations.md says which question each answers. */
import type { Fleet } from "@syncline/store"
import { Clock, Effect, Metric } from "effect"
import type { Told } from "./Served.ts"

const executions = Metric.counter("syncline_executions_total", { incremental: true })
const records = Metric.counter("syncline_records_total", { incremental: true })
const seconds = Metric.histogram("syncline_execution_seconds", {
  boundaries: [0.1, 0.5, 1, 5, 20, 60, 300, 1800, 7200]
})
const lastSuccess = Metric.gauge("syncline_job_last_success_timestamp")
const opened = Metric.counter("syncline_connection_opened_total", { incremental: true })
const takeovers = Metric.counter("syncline_takeovers_total", { incremental: true })
const troubles = Metric.counter("syncline_troubles_total", { incremental: true })
const turns = Metric.gauge("syncline_turns")
const waiting = Metric.gauge("syncline_drivers_waiting")
const oldest = Metric.gauge("syncline_oldest_due_seconds")
const workers = Metric.gauge("syncline_workers")

const outcomes = ["created", "updated", "deleted", "skipped", "conflicted", "failed"] as const

/** After an errand. What goes on with the next turn has not ended. */
export const served = Effect.fnUntraced(function* (tenant: string, { due, opened: opening, report }: Told) {
  const labels = { tenant, job: due.job }
  if (opening !== null) {
    yield* Metric.update(Metric.withAttributes(opened, { tenant, ...opening }), 1)
  }
  if (report === null || report.status === "running") return
  yield* Metric.update(Metric.withAttributes(executions, { ...labels, status: report.status }), 1)
  yield* Metric.update(Metric.withAttributes(seconds, labels), report.durationMs / 1000)
  for (const outcome of outcomes) {
    const count = report.counters[outcome]
    if (count > 0) yield* Metric.update(Metric.withAttributes(records, { ...labels, outcome }), count)
  }
  if (report.status === "completed" || report.status === "completed_with_errors")
    yield* Metric.update(
      Metric.withAttributes(lastSuccess, labels),
      Math.floor((yield* Clock.currentTimeMillis) / 1000)
    )
})

export const tookOver = Metric.update(takeovers, 1)

export const trouble = (what: string) =>
  Metric.update(Metric.withAttributes(troubles, { what: what.split(" of ")[0] ?? what }), 1)

export const counted = Effect.fnUntraced(function* (driving: number, backlog: Fleet.Backlog) {
  yield* Metric.update(turns, driving)
  yield* Metric.update(waiting, backlog.waiting)
  yield* Metric.update(oldest, backlog.oldestMs / 1000)
  yield* Metric.update(workers, backlog.workers)
})

const pending = Metric.gauge("syncline_writes_pending")
const oldestPending = Metric.gauge("syncline_writes_oldest_seconds")
const inDoubt = Metric.gauge("syncline_writes_in_doubt")
const retried = Metric.gauge("syncline_records_retried")
const dead = Metric.gauge("syncline_dead_letters")
const conflicts = Metric.gauge("syncline_conflicts_open")
const claimed = Metric.gauge("syncline_webhook_records_waiting")
const webhookLag = Metric.gauge("syncline_webhook_lag_seconds")

/** What of each job waits and what has stopped. */
export const stand = Effect.fnUntraced(function* (standings: ReadonlyArray<Fleet.JobStanding>) {
  for (const each of standings) {
    const of = <Input, State>(metric: Metric.Metric<Input, State>) =>
      Metric.withAttributes(metric, { tenant: each.tenant, job: each.job })
    yield* Metric.update(of(pending), each.pending)
    yield* Metric.update(of(oldestPending), each.oldestMs / 1000)
    yield* Metric.update(of(inDoubt), each.inDoubt)
    yield* Metric.update(of(retried), each.retried)
    yield* Metric.update(of(dead), each.dead)
    yield* Metric.update(of(conflicts), each.conflicts)
    yield* Metric.update(of(claimed), each.claimed)
    yield* Metric.update(of(webhookLag), each.claimedMs / 1000)
  }
})
