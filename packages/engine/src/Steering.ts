/** The engine's verbs for looking at records and steering them, by hand or from a program. */
import type { Planner } from "@syncline/core"
import type { Lanes } from "@syncline/store"
import type { Effect, Schema } from "effect"
import type { RunOptions } from "./Engine.ts"
import type { DeadLetterGroup } from "./DeadLetterGroup.ts"
import type { DiscardedLetter } from "./DeadLetterQueue.ts"
import type { EngineError } from "./EngineError.ts"
import type {
  ConflictReport,
  ConflictSummary,
  DeadLetter,
  HeldDeletion,
  MappingSummary,
  MatchReview,
  RecordExplanation,
  RunReport
} from "./Report.ts"

/** Where to look: an integration, a job, or everywhere. `limit` is how many at most, the newest first. */
export interface Scope {
  readonly name?: string
  readonly limit: number
}

/**
 * A record as a person names it. `entity` is a job, or an entity of either side; `id` is the record's id at either side, or its
 * record key.
 */
export interface Named {
  readonly entity: string
  readonly id: string
}

export interface Conflicts {
  /** The open ones; with `resolved` those that were settled, by a strategy or a person. */
  readonly list: (
    scope: Scope & { readonly resolved?: boolean }
  ) => Effect.Effect<ReadonlyArray<ConflictSummary>, EngineError>
  /** Fails with `NotFound`. */
  readonly get: (id: string) => Effect.Effect<ConflictReport, EngineError>
  /**
   * Decides every contested field; the next run writes what follows. `version` is of the report that the person saw.
   *
   * Fails with `Moved` when either side or the conflict has changed since, with `Refused` where a field is not decided or not
   * contested.
   */
  readonly resolve: (
    id: string,
    resolution: {
      readonly version: string
      readonly choices: Readonly<Record<string, Planner.Choice>>
      readonly by: string
    }
  ) => Effect.Effect<ConflictReport, EngineError>
}

export interface Mappings {
  /** Every link that the name means: a source's id may also be a target's. Empty where there is none. */
  readonly find: (record: Named) => Effect.Effect<ReadonlyArray<MappingSummary>, EngineError>
  /** Pairs two records that both exist and are not linked. The next run compares them. Fails with `Refused` and why. */
  readonly link: (pair: {
    readonly entity: string
    readonly sourceId: string
    readonly targetId: string
  }) => Effect.Effect<MappingSummary, EngineError>
  /** Forgets that two records are the same; neither is touched. Answers what the link was. */
  readonly unlink: (record: Named) => Effect.Effect<MappingSummary, EngineError>
  /** What the first match left to a person. */
  readonly review: (scope: Scope) => Effect.Effect<ReadonlyArray<MatchReview>, EngineError>
}

export interface DeadLetters {
  /** By what they died of: what mends one of a group mends all. */
  readonly groups: (scope: Scope) => Effect.Effect<ReadonlyArray<DeadLetterGroup>, EngineError>
  readonly list: (scope: Scope) => Effect.Effect<ReadonlyArray<DeadLetter>, EngineError>
  /**
   * Tries it again, as soon as a worker can or with the next run. `values`: other values of fields that the write carries, by shared
   * field. Fails with `NotFound`, and with `Refused` where it is no write or does not carry such a field.
   */
  readonly retry: (
    id: string,
    options?: { readonly values?: Readonly<Record<string, Schema.Json>> }
  ) => Effect.Effect<void, EngineError>
  /** Tries again all that died of the same in the same job. Answers their ids. Fails with `NotFound`. */
  readonly retryCause: (id: string) => Effect.Effect<ReadonlyArray<string>, EngineError>
  /**
   * Gives the write or the record up, which is written down; a later change of the record is synced as any other. Fails with
   * `NotFound`.
   */
  readonly discard: (id: string, givingUp: Lanes.GivingUp) => Effect.Effect<void, EngineError>
  /** What was given up, the latest first. */
  readonly discarded: (scope: Scope) => Effect.Effect<ReadonlyArray<DiscardedLetter>, EngineError>
}

/** Deletions that reconciliation found and did not carry out, because they were too many at once. */
export interface Deletes {
  readonly list: (scope: Scope) => Effect.Effect<ReadonlyArray<HeldDeletion>, EngineError>
  /** Carries out what is held of an integration or a job, or only these ids: what is gone still. Answers how many were approved. */
  readonly approve: (name: string, decision: DeletesDecision & RunOptions) => Effect.Effect<DeletesDecided, EngineError>
  /** Leaves both records as they are, and does not tell of these deletions again. */
  readonly reject: (name: string, decision: DeletesDecision) => Effect.Effect<DeletesDecided, EngineError>
}

export interface DeletesDecision {
  /** Ids at the side where the records are gone; absent: all. */
  readonly ids?: ReadonlyArray<string>
  readonly by: string
}

export interface DeletesDecided extends RunReport {
  readonly decided: number
}

/** What every pair that has the record knows of it, of one field or of all. Fails with `NotFound`. */
export type Explain = (
  record: Named & { readonly field?: string }
) => Effect.Effect<ReadonlyArray<RecordExplanation>, EngineError>

export interface Verbs {
  readonly conflicts: Conflicts
  readonly mappings: Mappings
  readonly deadLetters: DeadLetters
  readonly deletes: Deletes
  readonly explain: Explain
}
