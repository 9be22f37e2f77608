/** Each record's queue of writes towards a side: what may be sent now, what was sent, and what stopped. */
import {
  EntityType,
  type EntryId,
  IntegrationName,
  type OpKey,
  type RecordKey,
  type Side,
  type TenantId
} from "@syncline/core"
import { Context, Effect, Layer, type Option, Schema } from "effect"
import type { Lease, PairKey, PairLink, StoredEntry, WaitOn } from "./Batch.ts"
import { type Fenced, hold } from "./Cursors.ts"
import { Database, type Transaction } from "./Database.ts"
import { byKey, decode, keyOf } from "./internal/Row.ts"
import * as Sending from "./internal/Sending.ts"
import * as Stopped from "./internal/Stopped.ts"
import { entryColumns, entryOf, EntryRow } from "./internal/Stored.ts"
import type { SqlError } from "./SqlError.ts"

export { arrivesWithinMs } from "./internal/Stopped.ts"

/** The first entry of a lane that is ready, and its record's link as it is now. */
export interface Claimed {
  readonly entry: StoredEntry
  readonly link: PairLink
}

/** What is done about a claimed entry. Entries of one `batch` are one request. */
export type Composed =
  | { readonly _tag: "Send"; readonly entry: EntryId; readonly batch: OpKey; readonly request: Schema.Json }
  /** Not now: its lane waits until then, or until those references are known. */
  | { readonly _tag: "Later"; readonly entry: EntryId; readonly why: string; readonly afterMs: number }
  | { readonly _tag: "Hold"; readonly entry: EntryId; readonly why: string; readonly on: ReadonlyArray<WaitOn> }
  /** Cannot be written at all: `failed`, with this error. */
  | { readonly _tag: "Refuse"; readonly entry: EntryId; readonly why: string }

/** A write that is about to be sent, or was: durable before the call, and frozen until it is settled. */
export interface Intent extends Claimed {
  readonly batch: OpKey
  readonly request: Schema.Json
  readonly sentAtMs: number
}

/** By whose word something is given up, and why. */
export interface GivingUp {
  readonly by: string
  readonly why: string
}

/** A stopped entry, for a person. */
export interface DeadLetter {
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly entry: StoredEntry
  readonly failedAtMs: number
  /** Records that wait for this one. */
  readonly blocks: number
}

export interface DeadLetterFilter {
  readonly integration?: IntegrationName
  readonly entity?: EntityType
  readonly state?: "failed" | "dead"
}

export class Lanes extends Context.Service<
  Lanes,
  {
    /**
     * Claims the first entry of up to `limit` ready lanes of the lease's side, lets `compose` say what is done about each, and
     * stores the requests: what it answers may then be sent. One transaction; a lost race runs `compose` again.
     *
     * An entry that `compose` does not mention stays as it was.
     */
    readonly send: <E, R>(
      lease: Lease,
      limit: number,
      compose: (
        transaction: Transaction,
        claimed: ReadonlyArray<Claimed>
      ) => Effect.Effect<ReadonlyArray<Composed>, E, R>
    ) => Effect.Effect<ReadonlyArray<Intent>, E | Fenced | SqlError, R>
    /** The entries in doubt towards the lease's side, with the very requests that they were sent in, by batch. */
    readonly doubts: (lease: Lease, limit: number) => Effect.Effect<ReadonlyArray<Intent>, SqlError>
    /** Lets the entries that failed in former executions be tried by this one. Answers how many. */
    readonly retryFailed: (lease: Lease) => Effect.Effect<number, Fenced | SqlError>
    /** The unsettled entries of one record, both ways, in order. */
    readonly of: (pair: PairKey, key: RecordKey) => Effect.Effect<ReadonlyArray<StoredEntry>, SqlError>
    /** What waits to be sent to a side, by record key and place in its lane; the entries of records after `after`. */
    readonly pending: (
      pair: PairKey,
      side: Side.Side,
      page: { readonly after: RecordKey | null; readonly limit: number }
    ) => Effect.Effect<ReadonlyArray<StoredEntry>, SqlError>
    /** Newest failure first. */
    readonly deadLetters: (
      tenant: TenantId,
      filter: DeadLetterFilter,
      limit: number
    ) => Effect.Effect<ReadonlyArray<DeadLetter>, SqlError>
    /**
     * Sends a stopped entry again, with other values of some of the fields that it carries. Answers the pair; none when there is no
     * stopped entry of that id any more, or when it does not carry one of the fields.
     */
    readonly retry: (
      tenant: TenantId,
      entry: EntryId,
      values: Readonly<Record<string, Schema.Json>>
    ) => Effect.Effect<Option.Option<Pick<PairKey, "integration" | "entity">>, SqlError>
    /** Sends all dead entries of a pair again that died of a cause. Answers which. */
    readonly retryCause: (pair: PairKey, cause: string) => Effect.Effect<ReadonlyArray<EntryId>, SqlError>
    /**
     * Gives a stopped entry up, which is written down. Its record's next change is decided anew. False when there is none of that id
     * any more.
     */
    readonly discard: (tenant: TenantId, entry: EntryId, givingUp: GivingUp) => Effect.Effect<boolean, SqlError>
  }
>()("@syncline/store/Lanes") {}

const letters = decode(
  Schema.Struct({
    ...EntryRow.fields,
    integration: IntegrationName,
    entity: EntityType,
    failedAtMs: Schema.Finite,
    blocks: Schema.Finite
  })
)

const entries = decode(EntryRow)

export const layer = Layer.effect(
  Lanes,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      send: (lease, limit, compose) =>
        database.transaction(lease.pair.tenant, (transaction) =>
          Effect.gen(function* () {
            // Sent together: the side is held before its lanes are looked at.
            const [, , claimed] = yield* Effect.all(
              [hold(transaction, lease), transaction.query(byKey), Sending.claim(transaction, lease, limit)],
              { concurrency: "unbounded" }
            )
            if (claimed.length === 0) return []
            const composed = yield* compose(transaction, claimed)
            return yield* Sending.store(transaction, lease, claimed, composed)
          })
        ),
      doubts: Effect.fn("Lanes.doubts")((lease, limit) =>
        database.transaction(lease.pair.tenant, (transaction) => Sending.doubts(transaction, lease, limit))
      ),
      retryFailed: Effect.fn("Lanes.retryFailed")((lease) =>
        database.transaction(lease.pair.tenant, (transaction) =>
          Effect.map(
            Effect.all([hold(transaction, lease), Stopped.retryFailed(transaction, lease)], {
              concurrency: "unbounded"
            }),
            ([, count]) => count
          )
        )
      ),
      of: Effect.fn("Lanes.of")(function* (pair, key) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(
            `select ${entryColumns} from syncline.outbox o
             where o.tenant_id = $1 and o.integration = $2 and o.entity = $3 and o.record_key = $4 order by o.side, o.ord`,
            [...keyOf(pair), key]
          )
        )
        return (yield* entries(found)).map(entryOf)
      }),
      pending: Effect.fn("Lanes.pending")(function* (pair, side, { after, limit }) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(
            `select ${entryColumns} from syncline.outbox o
             where o.tenant_id = $1 and o.integration = $2 and o.entity = $3 and o.side = $4 and o.state = 'pending'
               and o.record_key > coalesce($5, '')
             order by o.record_key, o.ord limit $6`,
            [...keyOf(pair), side, after, limit]
          )
        )
        return (yield* entries(found)).map(entryOf)
      }),
      deadLetters: Effect.fn("Lanes.deadLetters")(function* (tenant, { entity, integration, state }, limit) {
        const found = yield* database.transaction(tenant, ({ query }) =>
          query(Stopped.list, [tenant, integration ?? null, entity ?? null, state ?? null, limit])
        )
        return (yield* letters(found)).map((row) => ({
          integration: row.integration,
          entity: row.entity,
          entry: entryOf(row),
          failedAtMs: row.failedAtMs,
          blocks: row.blocks
        }))
      }),
      retry: Effect.fn("Lanes.retry")((tenant, entry, values) =>
        database.transaction(tenant, (transaction) => Stopped.retry(transaction, entry, values))
      ),
      retryCause: Effect.fn("Lanes.retryCause")((pair, cause) =>
        database.transaction(pair.tenant, (transaction) => Stopped.retryCause(transaction, pair, cause))
      ),
      discard: Effect.fn("Lanes.discard")((tenant, entry, givingUp) =>
        database.transaction(tenant, (transaction) => Stopped.discard(transaction, entry, givingUp))
      )
    }
  })
)
