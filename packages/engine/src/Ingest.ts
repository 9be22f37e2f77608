/** Answers what webhooks claim: each claimed record is read once, however often it is claimed, and what is seen is taken as a page is. */
import type { ConnectorError, Unreadable } from "@syncline/connector"
import type { RecordId, Side } from "@syncline/core"
import { Claims, type SqlError } from "@syncline/store"
import { Clock, Effect } from "effect"
import * as Find from "./Find.ts"
import type { Pair } from "./Pair.ts"
import { atSide, type TargetFailed } from "./Place.ts"
import type { Sighting } from "./Sight.ts"

/** Records that are read and decided on together: few, so that the first of a crowd does not wait for the last. */
const atOnce = 100

/** What a pair does with what is seen, and after each time that it has. */
export interface Taker<E, E2, R> {
  readonly take: (side: Side.Side, sighting: Sighting) => Effect.Effect<unknown, E, R>
  readonly onTaken: Effect.Effect<void, E2, R>
}

/**
 * Answers what is due of a pair at these sides, until nothing is. A claim is forgotten once what was read is committed: a crash before
 * that reads the record again, which is harmless.
 */
export const answer = Effect.fn("Ingest.answer")(function* <E, E2, R>(
  pair: Pair,
  sides: ReadonlyArray<Side.Side>,
  { onTaken, take }: Taker<E, E2, R>
): Effect.fn.Return<void, E | E2 | ConnectorError | TargetFailed | SqlError, R | Claims.Claims> {
  const claims = yield* Claims.Claims
  let isLast = false
  while (!isLast) {
    const due = yield* claims.due(pair.key, atOnce)
    // What is claimed meanwhile wakes the job.
    isLast = due.length < atOnce || !due.some(({ side }) => sides.includes(side))
    for (const side of sides) {
      const claimed = due.filter((each) => each.side === side)
      if (claimed.length === 0) continue
      const ids = claimed.map(({ id }) => id)
      for (const sighting of yield* atSide(side, read(pair, side, ids))) yield* take(side, sighting)
      yield* claims.answered(pair.key, pair.job.name, claimed)
      yield* onTaken
    }
  }
})

/** A record that the provider will not be asked for is set aside alone: a claim names whatever its sender liked to name. */
const read = (
  pair: Pair,
  side: Side.Side,
  ids: ReadonlyArray<RecordId>
): Effect.Effect<ReadonlyArray<Sighting>, ConnectorError> =>
  Find.get(pair[side], ids).pipe(
    Effect.map((sighting): ReadonlyArray<Sighting> => [sighting]),
    Effect.catchReason("ConnectorError", "Rejected", ({ fields }) =>
      Effect.gen(function* () {
        const [id, ...others] = ids
        if (id !== undefined && others.length > 0) {
          return (yield* Effect.forEach(ids, (each) => read(pair, side, [each]))).flat()
        }
        const why = `the provider does not take its id: ${Object.values(fields).join("; ")}`
        const seen: ReadonlyArray<Unreadable> = id === undefined ? [] : [{ _tag: "Unreadable", id, why, payload: null }]
        return [{ seen, observedAtMs: yield* Clock.currentTimeMillis }]
      })
    )
  )
