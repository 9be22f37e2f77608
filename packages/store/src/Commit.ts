/** The one transaction by which a batch's effects and the cursor that says so become durable together. */
import type { RecordId } from "@syncline/core"
import { Context, type Effect } from "effect"
import type { Batch, Performed } from "./Batch.ts"
import type { Fenced } from "./Cursors.ts"
import type { Transaction } from "./Database.ts"
import type { SqlError } from "./SqlError.ts"

export class Commit extends Context.Service<Commit, {
  /**
   * Checks the lease, locks the batch's links in id order, lets `perform` write the target, then writes links, history, failures,
   * counters and the cursor: all or nothing.
   *
   * `perform` gets the ids whose link is no longer what the decision read; it leaves them out, and the engine decides them again.
   * The cursor advances only when nothing moved. A lost race runs `perform` again. Fails with `Fenced` when the lease has passed
   * on or the execution has ended, and then nothing happened.
   */
  readonly commit: <E, R>(
    batch: Batch,
    perform: (transaction: Transaction, moved: ReadonlySet<RecordId>) => Effect.Effect<Performed, E, R>
  ) => Effect.Effect<{ readonly moved: ReadonlySet<RecordId> }, E | Fenced | SqlError, R>
}>()("@syncline/store/Commit") {}
