/** Each record's queue of writes towards a side: what may be sent now, what was sent, and what stopped. */
import type { EntityType, EntryId, IntegrationName, OpKey, RecordKey, Side, TenantId } from "@syncline/core"
import { Context, Effect, Layer, type Schema } from "effect"
import type { Lease, PairKey, PairLink, StoredEntry, WaitOn } from "./Batch.ts"
import type { Fenced } from "./Cursors.ts"
import type { Transaction } from "./Database.ts"
import type { SqlError } from "./SqlError.ts"

/** The first entry of a lane that is ready, and its record's link as it is now. */
export interface Claimed {
  readonly entry: StoredEntry
  readonly link: PairLink
}

/** What is done about a claimed entry. Entries of one `batch` are one request. */
export type Composed =
  | { readonly _tag: "Send"; readonly entry: EntryId; readonly batch: OpKey; readonly request: Schema.Json }
  /** Not now: its lane waits until then, or until those references are known. */
  | { readonly _tag: "Later"; readonly entry: EntryId; readonly why: string; readonly availableAtMs: number }
  | { readonly _tag: "Hold"; readonly entry: EntryId; readonly why: string; readonly on: ReadonlyArray<WaitOn> }
  /** Cannot be written at all: `failed`, with this error. */
  | { readonly _tag: "Refuse"; readonly entry: EntryId; readonly why: string }

/** A write that is about to be sent, or was: durable before the call, and frozen until it is settled. */
export interface Intent extends Claimed {
  readonly batch: OpKey
  readonly request: Schema.Json
  readonly sentAtMs: number
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

/** What is under way towards one side of a pair. */
export interface LaneCounts {
  readonly pending: number
  readonly inFlight: number
  readonly inDoubt: number
  readonly failed: number
  readonly dead: number
  /** When the next lane that only waits for time may be claimed. Null: none does. */
  readonly nextAvailableAtMs: number | null
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
    readonly count: (pair: PairKey, side: Side.Side) => Effect.Effect<LaneCounts, SqlError>
    /** The unsettled entries of one record, both ways, in order. */
    readonly of: (pair: PairKey, key: RecordKey) => Effect.Effect<ReadonlyArray<StoredEntry>, SqlError>
    /** Newest failure first. */
    readonly deadLetters: (
      tenant: TenantId,
      filter: DeadLetterFilter,
      limit: number
    ) => Effect.Effect<ReadonlyArray<DeadLetter>, SqlError>
    /** Sends a stopped entry again as it is. False when there is none of that id any more. */
    readonly retry: (tenant: TenantId, entry: EntryId) => Effect.Effect<boolean, SqlError>
    /** Gives a stopped entry up. Its record's next change is decided anew. False when there is none of that id any more. */
    readonly discard: (tenant: TenantId, entry: EntryId) => Effect.Effect<boolean, SqlError>
  }
>()("@syncline/store/Lanes") {}

export const layer = Layer.succeed(Lanes, {
  send: () => Effect.die("not yet"),
  doubts: () => Effect.die("not yet"),
  retryFailed: () => Effect.die("not yet"),
  count: () => Effect.die("not yet"),
  of: () => Effect.die("not yet"),
  deadLetters: () => Effect.die("not yet"),
  retry: () => Effect.die("not yet"),
  discard: () => Effect.die("not yet")
})
