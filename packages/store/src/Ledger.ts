/** Records that failed by their own fault and wait to be tried again. The third execution that tries one in vain makes it dead. */
import type { EntityType, ExecutionId, IntegrationName, RecordId, TenantId } from "@syncline/core"
import { Context, type Effect, type Schema } from "effect"
import type { PairKey, RecordFailure } from "./Batch.ts"
import type { SqlError } from "./SqlError.ts"

/** Executions that may try a record in vain before it is dead. */
export const maxAttempts = 3

export type State = "waiting" | "dead"

export interface Entry extends RecordFailure {
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly state: State
  /** Executions that tried it and failed by its own fault. */
  readonly attempts: number
  readonly lastExecution: ExecutionId
  readonly firstFailedAtMs: number
  readonly lastFailedAtMs: number
}

export interface CauseGroup {
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly class: RecordFailure["class"]
  readonly cause: string
  readonly waiting: number
  readonly dead: number
  /** One of the group, to show. */
  readonly example: { readonly recordId: RecordId; readonly message: string; readonly payload: Schema.Json }
}

export interface Filter {
  readonly integration?: IntegrationName
  readonly entity?: EntityType
  readonly state?: State
  readonly cause?: string
}

export class Ledger extends Context.Service<Ledger, {
  /** Waiting ids that `execution` has not tried yet, in id order, after `after`. */
  readonly waiting: (
    pair: PairKey,
    execution: ExecutionId,
    page: { readonly after: RecordId | null; readonly limit: number }
  ) => Effect.Effect<ReadonlyArray<RecordId>, SqlError>
  /** Newest failure first. */
  readonly list: (tenant: TenantId, filter: Filter, limit: number) => Effect.Effect<ReadonlyArray<Entry>, SqlError>
  /** One line per cause, largest first. */
  readonly causes: (tenant: TenantId, filter: Filter) => Effect.Effect<ReadonlyArray<CauseGroup>, SqlError>
}>()("@syncline/store/Ledger") {}
