/**
 * Workers run each job by itself. A round is over when each has been run since the last one: that is what a run of all jobs is elsewhere, and
 * a reconciliation where each has been compared.
 */
import type { ExecutionReport, RunReport } from "@syncline/engine"
import type { Next } from "./Dispatch.ts"
import type { Told } from "./WorkerProcess.ts"

export interface Rounds {
  readonly heard: (told: Told, nowMs: number) => void
}

export interface Options {
  readonly jobs: ReadonlyArray<string>
  readonly onRound: (report: RunReport, startedAtMs: number, next: Pick<Next, "verb">) => void
}

interface Ran {
  readonly report: ExecutionReport
  readonly startedAtMs: number
}

const verbOf = { webhook: null, edit: null, delta: "run", backfill: "run", reconcile: "reconcile" } as const

export const make = ({ jobs, onRound }: Options): Rounds => {
  const ran = { run: new Map<string, Ran>(), reconcile: new Map<string, Ran>() }
  return {
    heard: ({ due, report }, nowMs) => {
      const verb = verbOf[due.class]
      if (report === null || report.status === "running" || verb === null) return
      const round = ran[verb]
      round.set(due.job, { report, startedAtMs: nowMs - report.durationMs })
      if (!jobs.every((job) => round.has(job))) return
      const all = [...round.values()]
      round.clear()
      const told = { executions: all.map((each) => each.report), notStarted: [] }
      onRound(told, Math.min(...all.map(({ startedAtMs }) => startedAtMs)), { verb })
    }
  }
}
