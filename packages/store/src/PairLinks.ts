/** What is known of the records of a pair whose sides both keep images: link, unsettled writes, open conflict; and references. */
import type { EntityType, IntegrationName, RecordId, RecordKey, Side, TenantId } from "@syncline/core"
import { Context, Effect, Layer } from "effect"
import type { PairKey, RecordSituation } from "./Batch.ts"
import type { Transaction } from "./Database.ts"
import type { SqlError } from "./SqlError.ts"

/** Records by their ids at a side, or by key. */
export type Asked =
  | { readonly side: Side.Side; readonly ids: ReadonlyArray<RecordId> }
  | { readonly keys: ReadonlyArray<RecordKey> }

/** A record of some pair of the integration, by its id at a side or by its key. */
export type Wanted =
  | { readonly entity: EntityType; readonly side: Side.Side; readonly id: RecordId }
  | { readonly entity: EntityType; readonly key: RecordKey }

/** What a link says of a referenced record. An id is null until it is known. */
export interface Resolved {
  readonly entity: EntityType
  readonly key: RecordKey
  readonly version: number
  readonly sourceId: RecordId | null
  readonly targetId: RecordId | null
  readonly isDeleted: boolean
}

export class PairLinks extends Context.Service<
  PairLinks,
  {
    /**
     * One situation for each record asked for, in that order, read in one transaction. An id that no link has yet gets the key that
     * it will have, should it be born there.
     */
    readonly situations: (pair: PairKey, asked: Asked) => Effect.Effect<ReadonlyArray<RecordSituation>, SqlError>
    /** The links of these records, of several pairs and of mirrors too, in one statement. A record without a link is absent. */
    readonly resolveReferences: (
      tenant: TenantId,
      integration: IntegrationName,
      wanted: ReadonlyArray<Wanted>
    ) => Effect.Effect<ReadonlyArray<Resolved>, SqlError>
    /** How many links the pair has by status: of live records, and of deleted ones. */
    readonly count: (pair: PairKey) => Effect.Effect<{ readonly live: number; readonly deleted: number }, SqlError>
  }
>()("@syncline/store/PairLinks") {}

/** `PairLinks.resolveReferences` inside a transaction that is open, such as that of `Lanes.send`. */
export const resolveIn = (
  _transaction: Transaction,
  _integration: IntegrationName,
  _wanted: ReadonlyArray<Wanted>
): Effect.Effect<ReadonlyArray<Resolved>, SqlError> => Effect.die("not yet")

export const layer = Layer.succeed(PairLinks, {
  situations: () => Effect.die("not yet"),
  resolveReferences: () => Effect.die("not yet"),
  count: () => Effect.die("not yet")
})
