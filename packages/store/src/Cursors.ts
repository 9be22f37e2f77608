/** Where each pair's reading is, and who may move it. The row's epoch fences whoever held it before. */
import type { Cursor, ExecutionId } from "@syncline/core"
import { Context, type Effect, type Option, Schema } from "effect"
import type { Lease, PairKey } from "./Batch.ts"
import type { SqlError } from "./SqlError.ts"

/** A process that runs a pair, as a person would look for it. */
export interface Owner {
  readonly host: string
  readonly pid: number
  readonly label: string
}

/** Another process runs this pair and was alive `heartbeatAgoMs` ago. Wait for it, or take over. */
export class Busy extends Schema.TaggedError<Busy>()("Busy", {
  execution: Schema.String,
  host: Schema.String,
  pid: Schema.Int,
  label: Schema.String,
  heartbeatAgoMs: Schema.Finite,
  message: Schema.String
}) {}

/** The right to write has passed on, or the execution was ended; nothing of this transaction happened. Stop. */
export class Fenced extends Schema.TaggedError<Fenced>()("Fenced", {
  /** `epoch`: another owner took the pair; else the status that the execution has by now. */
  why: Schema.Literals(["epoch", "completed", "completed_with_errors", "failed", "timed_out", "cancelled"]),
  message: Schema.String
}) {}

/** An owner whose heartbeat is older is taken for dead. Heartbeats are due every 5 s. */
export const deadAfterMs = 15_000

export class Cursors extends Context.Service<Cursors, {
  /**
   * Takes the pair for `execution` and raises its epoch, which fences the former owner.
   * The former execution, if it is still running, ends as failed: interrupted.
   * Fails with `Busy` while the owner is alive, unless `takeOver`.
   */
  readonly acquire: (
    pair: PairKey,
    execution: ExecutionId,
    owner: Owner,
    options?: { readonly takeOver?: boolean }
  ) => Effect.Effect<{ readonly lease: Lease; readonly cursor: Option.Option<Cursor.Cursor> }, Busy | SqlError>
  /** Says that the owner lives. Every 5 s. */
  readonly heartbeat: (lease: Lease) => Effect.Effect<void, Fenced | SqlError>
  /** Gives the pair back. Nothing happens when it already has another owner. */
  readonly release: (lease: Lease) => Effect.Effect<void, SqlError>
  readonly read: (pair: PairKey) => Effect.Effect<Option.Option<Cursor.Cursor>, SqlError>
}>()("@syncline/store/Cursors") {}
