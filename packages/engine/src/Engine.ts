/** The engine's verbs, for the command line and for programs that embed it. */
import type { ExecutionId } from "@syncline/core"
import { Context, type Effect } from "effect"
import type { EngineError } from "./EngineError.ts"
import type { CheckLine, ExecutionSummary, FailureGroup, JobStatus, Progress, RunReport } from "./Report.ts"

export interface RunOptions {
  /** List everything again, though a change feed could go on. */
  readonly full?: boolean
  /** Called after each committed batch. */
  readonly onProgress?: (progress: Progress) => Effect.Effect<void>
}

/**
 * The engine for one project and one tenant.
 *
 * Each verb fails with `EngineError`, whose message names the thing, the value and the way out.
 */
export class Engine extends Context.Service<Engine, {
  /** Runs an integration's jobs in dependency order, or one job, and waits for them. Interrupting it cancels the running execution; what was committed stays. */
  readonly run: (name: string, options?: RunOptions) => Effect.Effect<RunReport, EngineError>
  /** Cancels a running execution, from any process: nothing it has not committed yet will commit. */
  readonly cancel: (execution: ExecutionId) => Effect.Effect<void, EngineError>
  /** Looks at the store, at each connection's credentials, and at each target. Never fails for what it finds. */
  readonly check: Effect.Effect<ReadonlyArray<CheckLine>>
  readonly status: Effect.Effect<ReadonlyArray<JobStatus>, EngineError>
  /** The newest first. */
  readonly executions: (options: { readonly job?: string; readonly limit: number }) => Effect.Effect<ReadonlyArray<ExecutionSummary>, EngineError>
  readonly failures: (options: { readonly job?: string }) => Effect.Effect<ReadonlyArray<FailureGroup>, EngineError>
}>()("@syncline/engine/Engine") {}
