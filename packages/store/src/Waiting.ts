/** Records that cannot be decided yet, and what they wait for. `Commit` writes and releases them. */
import type { RecordId, RecordKey, Side } from "@syncline/core"
import { Context, Effect, Layer } from "effect"
import type { PairKey, WaitOn } from "./Batch.ts"
import type { SqlError } from "./SqlError.ts"

export interface WaitingRecord {
  readonly key: RecordKey
  readonly side: Side.Side
  /** Its id at that side, by which it is read again. */
  readonly id: RecordId
  readonly sinceMs: number
}

export class Waiting extends Context.Service<
  Waiting,
  {
    /**
     * Records seen at `side` of which something that they waited for has happened: read them again and decide. They stay listed until a
     * commit says (`Performed.waiting`) what they wait for now. Oldest first.
     */
    readonly ready: (
      pair: PairKey,
      side: Side.Side,
      limit: number
    ) => Effect.Effect<ReadonlyArray<WaitingRecord>, SqlError>
    /** All that wait, with what for. Oldest first. */
    readonly list: (
      pair: PairKey,
      limit: number
    ) => Effect.Effect<ReadonlyArray<WaitingRecord & { readonly on: ReadonlyArray<WaitOn> }>, SqlError>
    /** Releases what should have been released and was not. Each minute. Answers how many records. */
    readonly sweep: (pair: PairKey) => Effect.Effect<number, SqlError>
  }
>()("@syncline/store/Waiting") {}

export const layer = Layer.succeed(Waiting, {
  ready: () => Effect.die("not yet"),
  list: () => Effect.die("not yet"),
  sweep: () => Effect.die("not yet")
})
