/** The first match of a pair: the records of both sides, enumerated into rows, and which of them are the same by the declared keys. */
import type { Fields, RecordId, Side } from "@syncline/core"
import { Context, Effect, Layer } from "effect"
import type { Lease, PairKey } from "./Batch.ts"
import type { Fenced } from "./Cursors.ts"
import type { SqlError } from "./SqlError.ts"

export interface Enumerated {
  readonly id: RecordId
  readonly record: Fields
  readonly observedAtMs: number
}

/** `Pair`: the one hits the other and nothing else, by the key of that place. `Lone`: no key of it is found at the other side. */
export type Match =
  | {
      readonly _tag: "Pair"
      readonly source: Enumerated
      readonly target: Enumerated
      /** Index of the first declared key in which they agree. */
      readonly by: number
    }
  | { readonly _tag: "Lone"; readonly side: Side.Side; readonly record: Enumerated }

/** A record that is not linked and not created before a person said what it is. */
export interface Review {
  readonly side: Side.Side
  readonly record: Enumerated
  /** `ambiguous`: one of its keys is found in several records. `disagree`: its keys hit different records. */
  readonly why: "ambiguous" | "disagree"
  /** Ids at the other side that share a key with it; at most ten. */
  readonly candidates: ReadonlyArray<RecordId>
}

/** Where a paging over matches goes on: opaque, and storable in a cursor. */
export type After = string | null

export class Matches extends Context.Service<
  Matches,
  {
    /**
     * Matches what `Performed.matchRows` has enumerated: sets every row's fate by the first `keys` declared keys. May be run again.
     */
    readonly match: (
      lease: Lease,
      keys: number
    ) => Effect.Effect<
      {
        readonly pairs: number
        readonly lone: { readonly source: number; readonly target: number }
        readonly review: number
      },
      Fenced | SqlError
    >
    /** Pairs and lone records, a page at a time. `after` of the page before; null: the first. Ends with `after` null. */
    readonly page: (
      pair: PairKey,
      after: After,
      limit: number
    ) => Effect.Effect<{ readonly matches: ReadonlyArray<Match>; readonly after: After }, SqlError>
    /** What waits for a person, by side and id. */
    readonly review: (pair: PairKey, limit: number) => Effect.Effect<ReadonlyArray<Review>, SqlError>
    /** Enumerated records, by side. */
    readonly count: (pair: PairKey) => Effect.Effect<{ readonly source: number; readonly target: number }, SqlError>
    /** Forgets the rows that no person has to look at. */
    readonly forget: (lease: Lease) => Effect.Effect<void, Fenced | SqlError>
  }
>()("@syncline/store/Matches") {}

export const layer = Layer.succeed(Matches, {
  match: () => Effect.die("not yet"),
  page: () => Effect.die("not yet"),
  review: () => Effect.die("not yet"),
  count: () => Effect.die("not yet"),
  forget: () => Effect.die("not yet")
})
