/** The one transaction by which a batch's effects and the cursor that says so become durable together. */
import { RecordId, RecordKey, Side } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import type { Batch, Performed } from "./Batch.ts"
import { advance, type Fenced, hold } from "./Cursors.ts"
import { Database, type Transaction } from "./Database.ts"
import * as Outcome from "./internal/Outcome.ts"
import { json, keyOf, linksOf } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

/**
 * Ids at a side that belong to another record of the pair already. Nothing of this commit happened: decide these records in another
 * way (they are one record seen twice, or a person has linked them), and commit the rest again.
 */
export class IdTaken extends Schema.TaggedError<IdTaken>()("IdTaken", {
  taken: Schema.Array(
    Schema.Struct({ key: RecordKey, side: Side.Side, id: RecordId, holder: RecordKey, isHolderDeleted: Schema.Boolean })
  ),
  message: Schema.String
}) {}

export class Commit extends Context.Service<
  Commit,
  {
    /**
     * Checks the lease, locks the batch's links in id order, lets `perform` write the target, then writes links, history, failures,
     * counters and the cursor: all or nothing.
     *
     * `perform` gets the keys whose link is no longer what the decision read; it leaves them out, and the engine decides them again.
     * One that was missing and is there now moved too, unless nothing is written for it. The cursor advances only when nothing
     * moved. A lost race runs `perform` again. Fails with `Fenced` when the lease has passed
     * on or the execution has ended, with `IdTaken` when a pair's link would get an id that another has; then nothing happened.
     *
     * Whatever is written of a record raises its link's version, so a link that `performed` writes has to be in `reads`.
     */
    readonly commit: <E, R>(
      batch: Batch,
      perform: (transaction: Transaction, moved: ReadonlySet<RecordKey>) => Effect.Effect<Performed, E, R>
    ) => Effect.Effect<{ readonly moved: ReadonlySet<RecordKey> }, E | Fenced | IdTaken | SqlError, R>
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
  perform: (transaction: Transaction, moved: ReadonlySet<RecordKey>) => Effect.Effect<Performed, E, R>
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
  if (reads.length === 0) return new Set<RecordKey>()
  const rows = yield* transaction.query(linksOf("source_id as id, version::float8", "for no key update"), [
    ...keyOf(lease.pair),
    json(reads.map(({ key }) => key))
  ])
  const versions = new Map(rows.map(({ id, version }) => [id, version]))
  return new Set(reads.filter(({ key, version }) => (versions.get(key) ?? null) !== version).map(({ key }) => key))
})
