/** The one transaction by which a batch's effects and the cursor that says so become durable together. */
import type { RecordKey } from "@syncline/core"
import { Context, Effect, Layer } from "effect"
import type { Batch, Lease, Performed } from "./Batch.ts"
import { advance, type Fenced, hold } from "./Cursors.ts"
import { Database, forRecords, type Transaction } from "./Database.ts"
import { IdTaken } from "./IdTaken.ts"
import * as ConflictRows from "./internal/ConflictRows.ts"
import * as LaneRows from "./internal/LaneRows.ts"
import * as LinkRows from "./internal/LinkRows.ts"
import * as MatchRows from "./internal/MatchRows.ts"
import * as Outcome from "./internal/Outcome.ts"
import * as References from "./internal/References.ts"
import { byKey } from "./internal/Row.ts"
import * as WaitRows from "./internal/WaitRows.ts"
import type { SqlError } from "./SqlError.ts"

export { IdTaken }

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
          return forRecords(database, batch.reads.length)(batch.lease.pair.tenant, (transaction) => {
            const reads = isAgain ? batch.reads : batch.reads.filter(({ version }) => version !== null)
            isAgain = true
            return inOrder(transaction, batch, reads, perform)
          })
        })
    }
  })
)

/**
 * The lock order of every transaction: the side's epoch, links by key, lanes by key, target rows, waiting, execution, cursor.
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
  // Sent together and answered in this order, so the epoch is locked before the links are, and those before the lanes.
  const [, locked, lanes, references] = yield* Effect.all(
    [
      hold(transaction, lease),
      LinkRows.lock(transaction, lease, reads),
      LaneRows.lock(transaction, lease, reads),
      References.moved(transaction, lease, batch.references ?? [])
    ],
    { concurrency: "unbounded" }
  )
  const moved = new Set([...locked.moved, ...lanes, ...references])
  const performed = yield* perform(transaction, moved)
  const isWhole = batch.advance !== null && moved.size === 0
  yield* writePair(transaction, lease, performed, locked)
  yield* Effect.all(
    [
      LinkRows.writeMirrors(transaction, lease.pair, performed.links, locked.awaited),
      Outcome.writeHistory(transaction, lease, performed.history, locked.links),
      Outcome.writeFailures(transaction, lease, performed.failures),
      Outcome.resolve(transaction, lease, performed.resolved),
      Outcome.count(transaction, lease, performed.counters),
      ...(isWhole ? [advance(transaction, lease, batch.advance)] : [])
    ],
    { concurrency: "unbounded", discard: true }
  )
  return { moved }
})

/** What only pairs have whose sides both keep images; and the wake-up of those who waited for a mirror's record. */
const writePair = Effect.fnUntraced(function* (
  transaction: Transaction,
  lease: Lease,
  performed: Performed,
  { awaited, links }: { readonly awaited: LinkRows.Awaited; readonly links: LinkRows.Locked }
) {
  const { conflicts = [], entries = [], matchRows = [], outcomes = [], pairLinks = [] } = performed
  const { formerIds = [], reviewed = [], waiting = [] } = performed
  const isNothing = [conflicts, entries, formerIds, matchRows, outcomes, pairLinks, reviewed, waiting].every(
    ({ length }) => length === 0
  )
  const mirrors = performed.links.filter(({ key }) => awaited.has(key))
  if (isNothing && mirrors.length === 0) return
  // Each step asks several statements one after the other, so the steps do not run side by side.
  yield* Effect.all(
    [
      transaction.query(byKey),
      LinkRows.refuseTaken(transaction, lease.pair, pairLinks, links),
      LinkRows.writePairs(transaction, lease.pair, pairLinks, awaited),
      LinkRows.touch(transaction, lease.pair, performed)
    ],
    { concurrency: "unbounded", discard: true }
  )
  yield* LinkRows.leaveFormer(transaction, lease.pair, formerIds)
  yield* LaneRows.writeEntries(transaction, lease, entries)
  yield* LaneRows.settle(transaction, lease, outcomes)
  yield* ConflictRows.write(transaction, lease.pair, conflicts)
  yield* WaitRows.write(transaction, lease.pair, "record", waiting)
  const names = [...pairLinks.flatMap(LinkRows.namesOf), ...mirrors.flatMap(({ key }) => LinkRows.namesOfMirror(key))]
  yield* WaitRows.release(transaction, lease.pair, names)
  yield* WaitRows.releaseSettled(transaction, lease, outcomes)
  yield* MatchRows.write(transaction, lease.pair, matchRows)
  yield* MatchRows.forget(transaction, lease.pair, reviewed)
})
