/** Which record of the target is which record of the source, and what the source's was last seen to be. */
import type { RecordId } from "@syncline/core"
import { Context, type Effect } from "effect"
import type { LinkRead, PairKey } from "./Batch.ts"
import type { SqlError } from "./SqlError.ts"

export class Links extends Context.Service<Links, {
  /** The links of these source ids, by source id. An id without a link is absent. */
  readonly read: (
    pair: PairKey,
    sourceIds: ReadonlyArray<RecordId>
  ) => Effect.Effect<ReadonlyMap<RecordId, LinkRead>, SqlError>
  /** How many links the pair has: of live records, and of deleted ones. */
  readonly count: (pair: PairKey) => Effect.Effect<{ readonly live: number; readonly deleted: number }, SqlError>
}>()("@syncline/store/Links") {}
