/** What changed in a record, when, where and why. */
import type { ExecutionId, OutboxEntry, RecordKey, Side } from "@syncline/core"
import { Context, Effect, Layer, type Schema } from "effect"
import type { HistoryWrite, PairKey } from "./Batch.ts"
import type { SqlError } from "./SqlError.ts"

export interface HistoryRow {
  readonly key: RecordKey
  /** The link's after the change. */
  readonly version: number
  readonly side: Side.Side
  readonly operation: OutboxEntry.Operation
  readonly fields: HistoryWrite["fields"]
  readonly execution: ExecutionId
  readonly cause: Schema.Json
  readonly changedAtMs: number
}

export class History extends Context.Service<
  History,
  {
    /** The changes of a record, newest first. */
    readonly of: (pair: PairKey, key: RecordKey, limit: number) => Effect.Effect<ReadonlyArray<HistoryRow>, SqlError>
  }
>()("@syncline/store/History") {}

export const layer = Layer.succeed(History, { of: () => Effect.die("not yet") })
