/** What the engine tells: progress while it runs, what a run came to, what one would do, and what is known of records. */
import type {
  Conflict,
  Counters,
  EntityType,
  Execution,
  ExecutionId,
  Failure,
  Fields,
  IntegrationName,
  JobName,
  Link,
  OutboxEntry,
  RecordId,
  Side
} from "@syncline/core"
import type { Reason } from "@syncline/connector"
import type { Reconciliations } from "@syncline/store"
import type { Schema } from "effect"
import type * as Compared from "./Compared.ts"

/** Where an execution is. Sent after each committed batch. */
export interface Progress {
  readonly execution: ExecutionId
  readonly job: JobName
  readonly entity: EntityType
  /** What is being done: listing everything, pairing records at the first sync, following changes, pushing, trying failed records again, or carrying out what a reconciliation found. */
  readonly stage: "retrying" | "listing" | "matching" | "following" | "pushing" | "reconciling"
  readonly counters: Counters.Counters
  readonly apiCalls: number
  readonly elapsedMs: number
  /** How far the walk is, 0 to 1, where its connector can tell. */
  readonly fraction: number | null
}

/** A call that stopped a run: of which connection, and what it was answered. */
export interface Stop {
  readonly connection: string
  readonly reason: Reason["_tag"]
  /** The pause that the provider asks for; null: it did not say. */
  readonly pauseMs: number | null
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
  /** Whose call it was that stopped it; null where none did. */
  readonly stop: Stop | null
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

/** What comparing one side's ids with the links showed. */
export interface SideComparison extends Reconciliations.Counts {
  /** Ids that the side listed. */
  readonly listed: number
  /** The first ids of each kind; empty where there was nothing to show or what was found has been carried out. */
  readonly sample: Readonly<Record<Reconciliations.Kind, ReadonlyArray<RecordId>>>
}

/** What reconciling one job came to. */
export interface ReconcileReport {
  readonly job: JobName
  /** Null: it was only looked at, or could not be begun. */
  readonly execution: ExecutionReport | null
  /** Why the job was not reconciled, and the way out; null where it was. */
  readonly notReconciled: string | null
  /** Live links, and what either side showed; null where its listings were not completed. */
  readonly compared: {
    readonly mapped: number
    readonly source: SideComparison
    readonly target: SideComparison
  } | null
  /** What was done about it; null of a dry run. */
  readonly found: Compared.Found | null
}

/** A deletion that waits for a person. */
export interface HeldDeletion {
  readonly job: JobName
  readonly integration: IntegrationName
  readonly entity: EntityType
  /** Where the record is gone, and its id there. */
  readonly side: Side.Side
  readonly id: RecordId
  readonly key: string
  readonly foundAtMs: number
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

/** A field that changes: what the side holds, and what it is to hold. Null where there is no value. */
export interface FieldDiff {
  readonly field: string
  readonly before: Schema.Json
  readonly after: Schema.Json
}

/** One write that a run would send. */
export interface PlannedWrite {
  /** The side that it is written to, and its entity there. */
  readonly side: Side.Side
  readonly entity: string
  readonly operation: OutboxEntry.Operation
  readonly key: string
  /** The record's id at that side; null until it is created. */
  readonly recordId: RecordId | null
  readonly fields: ReadonlyArray<FieldDiff>
}

export interface WriteCounts {
  readonly create: number
  readonly update: number
  readonly delete: number
}

/** What a run of one job would do. */
export interface JobPlan {
  readonly job: JobName
  readonly integration: IntegrationName
  readonly entity: EntityType
  /** Writes, by the side that they go to. */
  readonly writes: { readonly source: WriteCounts; readonly target: WriteCounts }
  /** Records of both sides that the first match would link. */
  readonly linked: number
  /** Records whose conflict would wait for a person; of those that a strategy settles the writes tell. */
  readonly conflicted: number
  /** Records that wait: for a reference, for a write under way, or for a review of the first match. */
  readonly waiting: number
  readonly skipped: number
  /** Records that could not be decided on, and why: up to ten. */
  readonly failed: number
  readonly failures: ReadonlyArray<{ readonly recordId: string; readonly message: string }>
  /** The first writes, at most `planSamples`. */
  readonly samples: ReadonlyArray<PlannedWrite>
  /** The first conflicts, at most `planSamples`. */
  readonly conflicts: ReadonlyArray<{ readonly key: string; readonly contested: ReadonlyArray<ContestedField> }>
  /** Calls that the writes would take, and the time that the providers' limits allow them at best. */
  readonly apiCalls: number
  readonly expectedMs: number
}

/** How many writes and conflicts of each job a plan shows. */
export const planSamples = 20

/** What `run` would do now. Nothing was written but Syncline's own note of what was read. */
export interface PlanReport {
  readonly integration: IntegrationName
  readonly jobs: ReadonlyArray<JobPlan>
  /** Whether a run would change anything at either side, or in a link. */
  readonly changes: boolean
  /** Of all that would be done, not only of what is shown: equal plans, equal fingerprint. */
  readonly fingerprint: string
}

/** What two sides make of one field. Field "" is the record itself: one side deleted what the other edited. */
export interface ContestedField extends Conflict.Contest {
  readonly field: string
}

export interface ConflictSummary {
  readonly id: string
  readonly job: JobName
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly key: string
  readonly sourceId: RecordId | null
  readonly targetId: RecordId | null
  /** The contested fields; "" is the record itself. */
  readonly fields: ReadonlyArray<string>
  readonly status: "open" | "resolved"
  /** What parked or settled it: `manual`, or a strategy that left it to a person. */
  readonly strategy: string
  readonly createdAtMs: number
  readonly resolvedAtMs: number | null
  /** Who resolved it: `system`, or a person's name. */
  readonly resolvedBy: string | null
}

/** One conflict with all that a person needs to decide it. */
export interface ConflictReport extends ConflictSummary {
  readonly contested: ReadonlyArray<ContestedField>
  /** What else waits until it is resolved, by the side that it goes to. */
  readonly withheld: { readonly source: ReadonlyArray<FieldDiff>; readonly target: ReadonlyArray<FieldDiff> }
  readonly sourceRecord: Fields | null
  readonly targetRecord: Fields | null
  /** Names what was shown. A resolution says it, and is refused when the record has moved since. */
  readonly version: string
  /** What each contested field became; null while it is open. */
  readonly resolution: Schema.Json
}

/** One step in the life of a field. */
export type FieldEvent =
  | {
      readonly _tag: "Changed"
      readonly atMs: number
      /** Where the value came to be. */
      readonly side: Side.Side
      readonly operation: OutboxEntry.Operation
      readonly old: Schema.Json
      readonly new: Schema.Json
      /** Why: as the history keeps it, and as a sentence. */
      readonly cause: Schema.Json
      readonly because: string
      /** Null where the execution is no longer kept. */
      readonly execution: ExecutionSummary | null
    }
  /** Both sides had changed it. `resolution` is null while it waits for a person. */
  | {
      readonly _tag: "Contested"
      readonly atMs: number
      readonly conflict: string
      readonly source: Schema.Json
      readonly target: Schema.Json
      readonly strategy: string
      readonly resolution: Schema.Json
      readonly resolvedBy: string | null
    }

/** Something that happened to the record as a whole. */
export interface RecordEvent {
  readonly atMs: number
  readonly side: Side.Side
  readonly operation: OutboxEntry.Operation
  readonly cause: Schema.Json
  readonly because: string
  readonly execution: ExecutionSummary | null
}

/** Why a field has the value that it has: the newest event first. */
export interface FieldExplanation {
  readonly field: string
  /** What each side was last seen to hold, in the form in which they are compared. */
  readonly source: Schema.Json
  readonly target: Schema.Json
  readonly events: ReadonlyArray<FieldEvent>
}

/** What is known of one record. */
export interface RecordExplanation {
  readonly mapping: MappingSummary
  readonly fields: ReadonlyArray<FieldExplanation>
  /** What happened to the record as a whole, the newest first; empty where one field was asked for. */
  readonly events: ReadonlyArray<RecordEvent>
  /** What it waits for, in sentences: an open conflict, a write under way, a missing reference. */
  readonly pending: ReadonlyArray<string>
}

/** A link as the mapping browser shows it. */
export interface MappingSummary {
  readonly job: JobName
  readonly integration: IntegrationName
  readonly key: string
  readonly source: { readonly entity: string; readonly id: RecordId | null }
  readonly target: { readonly entity: string; readonly id: RecordId | null }
  readonly status: Link.Status
  readonly isDeleted: boolean
  readonly version: number
  readonly updatedAtMs: number | null
}

/** A record that the first match could not pair by itself. It is neither linked nor created before a person says what it is. */
export interface MatchReview {
  readonly job: JobName
  readonly side: Side.Side
  readonly id: RecordId
  readonly record: Fields
  /** Ids at the other side that share a key with it. */
  readonly candidates: ReadonlyArray<RecordId>
  readonly why: string
}

/** A record or a write that is no longer tried by itself. */
export interface DeadLetter {
  readonly id: string
  readonly job: JobName
  readonly recordId: string
  /** The side that a write goes to; null where the record could not even be decided on. */
  readonly side: Side.Side | null
  readonly operation: OutboxEntry.Operation | null
  readonly cause: string
  readonly message: string
  readonly payload: Schema.Json
  readonly attempts: number
  /** Records that wait for this one. */
  readonly blocks: number
  readonly diedAtMs: number
}
