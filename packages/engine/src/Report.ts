/** What the engine tells about its work: progress while it runs, and what a run came to. */
import type { Counters, EntityType, Execution, ExecutionId, Failure, IntegrationName, JobName } from "@syncline/core"

/** Where an execution is. Sent after each committed batch. */
export interface Progress {
  readonly execution: ExecutionId
  readonly job: JobName
  readonly entity: EntityType
  /** What the walk is doing: listing everything, following changes, or trying failed records again. */
  readonly stage: "retrying" | "listing" | "following"
  readonly counters: Counters.Counters
  readonly apiCalls: number
  readonly elapsedMs: number
  /** How far the walk is, 0 to 1, where its connector can tell. */
  readonly fraction: number | null
}

/** What one execution came to. */
export interface ExecutionReport {
  readonly execution: ExecutionId
  readonly job: JobName
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly status: Execution.Status
  /** Why it failed or was cut short, and the way out. */
  readonly reason: string | null
  /** The class of what stopped it, where it was a call that failed: `auth` wants a person, `transient` another try. */
  readonly failure: Failure.Class | null
  /** What a reader should know though nothing failed: `position expired, so everything was listed again`. */
  readonly notes: ReadonlyArray<string>
  readonly counters: Counters.Counters
  readonly apiCalls: number
  readonly durationMs: number
}

/** What `run` came to: one report per job, in the order they ran. Jobs after a failed one that they depend on are not started. */
export interface RunReport {
  readonly executions: ReadonlyArray<ExecutionReport>
  readonly notStarted: ReadonlyArray<{ readonly job: JobName; readonly because: JobName }>
}

/** One thing that `check` looked at. */
export interface CheckLine {
  readonly subject: string
  readonly ok: boolean
  /** What was found, or what is wrong and the way out. */
  readonly detail: string
}

/** A job and where it stands. */
export interface JobStatus {
  readonly job: JobName
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly stage: "never run" | "listing" | "following" | "listed"
  readonly lastExecution: ExecutionSummary | null
  /** Records linked and live at the target. */
  readonly linked: number
  /** Failed records that wait to be tried again, and those that are dead. */
  readonly waiting: number
  readonly dead: number
}

/** An execution as its row tells it. */
export interface ExecutionSummary {
  readonly execution: ExecutionId
  readonly job: JobName
  readonly status: Execution.Status
  readonly trigger: Execution.Trigger
  readonly reason: string | null
  readonly counters: Counters.Counters
  readonly startedAtMs: number
  readonly endedAtMs: number | null
}

/** Failed records of one cause. */
export interface FailureGroup {
  readonly job: JobName
  readonly cause: string
  readonly message: string
  readonly count: number
  readonly dead: number
  /** Up to ten ids, oldest first. */
  readonly sample: ReadonlyArray<string>
}
