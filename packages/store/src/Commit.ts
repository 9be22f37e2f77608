/** The one transaction by which a batch's effects and the cursor that says so become durable together. */
import type { RecordId } from "@syncline/core"
import { Context, Effect, Layer } from "effect"
import type { Batch, Performed } from "./Batch.ts"
import { advance, type Fenced, hold } from "./Cursors.ts"
import { Database, type Transaction } from "./Database.ts"
import * as Outcome from "./internal/Outcome.ts"
import { json, keyOf, linksOf } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

export class Commit extends Context.Service<
  Commit,
  {
    /**
     * Checks the lease, locks the batch's links in id order, lets `perform` write the target, then writes links, history, failures,
     * counters and the cursor: all or nothing.
     *
     * `perform` gets the ids whose link is no longer what the decision read; it leaves them out, and the engine decides them again.
     * One that was missing and is there now moved too, unless nothing is written for it. The cursor advances only when nothing
     * moved. A lost race runs `perform` again. Fails with `Fenced` when the lease has passed
     * on or the execution has ended, and then nothing happened.
     */
    readonly commit: <E, R>(
      batch: Batch,
      perform: (transaction: Transaction, moved: ReadonlySet<RecordId>) => Effect.Effect<Performed, E, R>
    ) => Effect.Effect<{ readonly moved: ReadonlySet<RecordId> }, E | Fenced | SqlError, R>
  }
>()("@syncline/store/Commit") {}

export const layer = Layer.effect(
  Commit,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      commit: (batch, perform) =>
        Effect.suspend(() => {
          let isAgain = false
          return database.transaction(batch.lease.pair.tenant, (transaction) => {
            const reads = isAgain ? batch.reads : batch.reads.filter(({ version }) => version !== null)
            isAgain = true
            return inOrder(transaction, batch, reads, perform)
          })
        })
    }
  })
)

/**
 * The lock order of every transaction: the pair's epoch, links by id, target rows, execution, cursor.
 *
 * A link that was missing is not looked for again before it is inserted: where another made it meanwhile the insert loses the
 * race, and only the transaction's second run looks for every link. Of a backfill that saves a look-up per record.
 */
const inOrder = Effect.fnUntraced(function* <E, R>(
  transaction: Transaction,
  batch: Batch,
  reads: Batch["reads"],
  perform: (transaction: Transaction, moved: ReadonlySet<RecordId>) => Effect.Effect<Performed, E, R>
) {
  const { lease } = batch
  // Sent together and answered in this order, so the epoch is locked before the links are.
  const [, moved] = yield* Effect.all([hold(transaction, lease), lockLinks(transaction, lease, reads)], {
    concurrency: "unbounded"
  })
  const performed = yield* perform(transaction, moved)
  const isWhole = batch.advance !== null && moved.size === 0
  yield* Effect.all(
    [
      Outcome.writeLinks(transaction, lease.pair, performed.links),
      Outcome.writeHistory(transaction, lease, performed),
      Outcome.writeFailures(transaction, lease, performed.failures),
      Outcome.resolve(transaction, lease.pair, performed.resolved),
      Outcome.count(transaction, lease, performed.counters),
      ...(isWhole ? [advance(transaction, lease, batch.advance)] : [])
    ],
    { concurrency: "unbounded", discard: true }
  )
  return { moved }
})

/** Locks the links that the decisions read, in id order. Gives the ids whose link is not what was read. */
const lockLinks = Effect.fnUntraced(function* (transaction: Transaction, lease: Batch["lease"], reads: Batch["reads"]) {
  if (reads.length === 0) return new Set<RecordId>()
  const rows = yield* transaction.query(linksOf("source_id as id, version::float8", "for no key update"), [
    ...keyOf(lease.pair),
    json(reads.map(({ sourceId }) => sourceId))
  ])
  const versions = new Map(rows.map(({ id, version }) => [id, version]))
  return new Set(
    reads
      .filter(({ sourceId, version }) => (versions.get(sourceId) ?? null) !== version)
      .map(({ sourceId }) => sourceId)
  )
})
