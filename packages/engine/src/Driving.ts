/** One run of a two-way pair: its leases, one a side, and what it knows of itself while it runs. */
import { Counters, type EntryId, type RecordKey, type Side } from "@syncline/core"
import type {
  Agenda,
  Claims,
  Commit,
  Conflicts,
  Cursors,
  Deletions,
  Lanes,
  Lease,
  Ledger,
  LinkCache,
  Matches,
  PairLinks,
  Reconciliations,
  SqlError,
  Waiting
} from "@syncline/store"
import { type Effect, Ref, Schema } from "effect"
import type { ConnectorError } from "@syncline/connector"
import type { TwoWayPair } from "./Pair.ts"
import type { TargetFailed } from "./Place.ts"
import type { Progress } from "./Report.ts"
import type { TwoWay } from "./TwoWay.ts"
import type { Yielded } from "./Yielded.ts"

export interface Driving {
  readonly pair: TwoWayPair
  readonly twoWay: TwoWay
  /** Of the sides that this run drives; another process may have the other one. */
  readonly leases: Readonly<Partial<Record<Side.Side, Lease>>>
  readonly mode: "full" | "incremental"
  readonly counters: Ref.Ref<Counters.Counters>
  readonly notes: Ref.Ref<ReadonlyArray<string>>
  /** Sides towards which a create is in doubt and nobody can tell yet whether it was made. */
  readonly doubted: Set<Side.Side>
  /** How often this run has found a record other than its write believed. */
  readonly conflictedBy: Map<RecordKey, number>
  /** Whether the first match may overwrite however many records differ: somebody has seen the plan. */
  readonly mayOverwrite: boolean
  /** How often this run has sent a write of a record: two sides that answer each write with another change would never end. */
  readonly writesByKey: Map<RecordKey, number>
  /** The largest request that an entry may be sent in, since a larger one was refused as a whole. */
  readonly limits: Map<EntryId, number>
  /** The first match is part of this run: what it has not paired is at one side only. */
  isMatching: boolean
  readonly onCommit: (stage: Progress["stage"], fraction: number | null) => Effect.Effect<void, Yielded>
}

/** The first match found too much that differs. Nothing was written. */
export class OverwritesHeld extends Schema.TaggedError<OverwritesHeld>()("OverwritesHeld", {
  message: Schema.String
}) {}

export type DrivingError = ConnectorError | TargetFailed | Cursors.Fenced | SqlError | OverwritesHeld | Yielded

/** What the store gives to a driver. */
export type DrivingServices =
  | Agenda.Agenda
  | Claims.Claims
  | Commit.Commit
  | Conflicts.Conflicts
  | Deletions.Deletions
  | Lanes.Lanes
  | Ledger.Ledger
  | Matches.Matches
  | LinkCache.LinkCache
  | PairLinks.PairLinks
  | Reconciliations.Reconciliations
  | Waiting.Waiting

export const count = ({ counters }: Driving, more: Counters.Counters): Effect.Effect<void> =>
  Ref.update(counters, (before) => Counters.add(before, more))

/** Finding and writing at a side are done only by who holds it. */
export const leaseOf = ({ leases, pair }: Driving, side: Side.Side): Lease => {
  const lease = leases[side]
  if (lease === undefined) throw new Error(`the ${side} of ${pair.job.name} was touched by a run that does not hold it`)
  return lease
}
