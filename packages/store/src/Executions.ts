/** Runs of jobs: what each found and did, how it ended and which records failed in it. */
import type { Counters, EntityType, ExecutionId, IntegrationName, JobName, RecordId, TenantId } from "@syncline/core"
import { Context, type Effect, type Option } from "effect"
import type { PairKey, RecordFailure } from "./Batch.ts"
import type { SqlError } from "./SqlError.ts"

export type Status = "running" | "completed" | "completed_with_errors" | "failed" | "timed_out" | "cancelled"
export type Ended = Exclude<Status, "running">
export type Trigger = "manual" | "scheduled" | "webhook"
export type Mode = "full" | "incremental"

export interface Execution {
  readonly id: ExecutionId
  readonly tenant: TenantId
  readonly job: JobName
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly trigger: Trigger
  readonly mode: Mode
  readonly status: Status
  /** Why it ended as it did; null while running and when there is nothing to say. */
  readonly reason: string | null
  readonly startedAtMs: number
  readonly endedAtMs: number | null
  readonly counters: Counters.Counters
  /** Requests made to the source's provider, as the engine said at the end. */
  readonly apiCalls: number
}

export interface Failure extends Omit<RecordFailure, "payload"> {
  readonly failedAtMs: number
}

export class Executions extends Context.Service<Executions, {
  /** Writes a running execution. Ids sort by their start. */
  readonly start: (
    pair: PairKey,
    run: { readonly job: JobName; readonly trigger: Trigger; readonly mode: Mode }
  ) => Effect.Effect<ExecutionId, SqlError>
  /** Ends a running execution. False when it had already ended: its status stays. */
  readonly finish: (
    tenant: TenantId,
    id: ExecutionId,
    end: { readonly status: Ended; readonly reason: string | null; readonly apiCalls: number }
  ) => Effect.Effect<boolean, SqlError>
  /** Ends it as cancelled: from now on none of its batches commits. False when it had already ended. */
  readonly cancel: (tenant: TenantId, id: ExecutionId, reason: string) => Effect.Effect<boolean, SqlError>
  /** Ends it as timed out: from now on none of its batches commits. False when it had already ended. */
  readonly timeOut: (tenant: TenantId, id: ExecutionId, reason: string) => Effect.Effect<boolean, SqlError>
  readonly get: (tenant: TenantId, id: ExecutionId) => Effect.Effect<Option.Option<Execution>, SqlError>
  /** Newest first. */
  readonly list: (
    tenant: TenantId,
    filter: { readonly job?: JobName; readonly integration?: IntegrationName; readonly status?: Status },
    limit: number
  ) => Effect.Effect<ReadonlyArray<Execution>, SqlError>
  /** The records that failed in it, by record id. */
  readonly failures: (
    tenant: TenantId,
    id: ExecutionId,
    limit: number
  ) => Effect.Effect<ReadonlyArray<Failure>, SqlError>
  /** How many records failed by each cause, most first. */
  readonly causes: (
    tenant: TenantId,
    id: ExecutionId
  ) => Effect.Effect<ReadonlyArray<{ readonly cause: string; readonly records: number; readonly example: RecordId; readonly message: string }>, SqlError>
}>()("@syncline/store/Executions") {}
