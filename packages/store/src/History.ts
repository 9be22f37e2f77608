/** What changed in a record, when, where and why. */
import { ExecutionId, OutboxEntry, RecordKey, Side } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import type { HistoryWrite, PairKey } from "./Batch.ts"
import { Database } from "./Database.ts"
import { decode, keyOf, msOf } from "./internal/Row.ts"
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

const rows = decode(
  Schema.Struct({
    key: RecordKey,
    version: Schema.Finite,
    side: Side.Side,
    operation: OutboxEntry.Operation,
    fields: Schema.Record(Schema.String, Schema.Struct({ old: Schema.Json, new: Schema.Json })),
    execution: ExecutionId,
    cause: Schema.Json,
    changedAtMs: Schema.Finite
  })
)

export const layer = Layer.effect(
  History,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      of: Effect.fn("History.of")(function* (pair, key, limit) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(
            `select record_key as key, version::float8, side, operation, fields, execution_id as execution, cause,
               ${msOf("changed_at", "changedAtMs")}
             from syncline.history where tenant_id = $1 and integration = $2 and entity = $3 and record_key = $4
             order by version desc, n desc limit $5`,
            [...keyOf(pair), key, limit]
          )
        )
        return yield* rows(found)
      })
    }
  })
)
