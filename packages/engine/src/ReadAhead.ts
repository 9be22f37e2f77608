/** Reads a walk step by step: a step is read, and prepared, while the one before is worked on. */
import type { Change, ConnectorError, Http, More, Page, Position, Sql, Walk } from "@syncline/connector"
import type { Fields, RecordId } from "@syncline/core"
import { Effect, Fiber, Semaphore } from "effect"
import * as Find from "./Find.ts"
import type { Side } from "./Pair.ts"
import type { Sighting } from "./Sight.ts"

/** Steps that are read and not worked on: what a crash makes the next run read again. */
const stepsInFlight = 2

/** A step that is prepared, and the one after it, which is read meanwhile. */
interface Ahead<Ending, Prepared, E> {
  readonly next: Page<never, Ending>["next"]
  readonly prepared: Prepared
  readonly further: Fiber.Fiber<Ahead<Ending, Prepared, E>, E> | null
}

/**
 * Works on what was prepared, in order. What shows a record that was worked on since it was prepared, `before` or here, is prepared again.
 * Answers the records that were shown.
 */
export const inOrder = Effect.fnUntraced(function* <
  Prepared extends { readonly sights: ReadonlyMap<RecordId, unknown> },
  E,
  R,
  E2,
  R2
>(
  all: ReadonlyArray<Prepared>,
  before: ReadonlySet<RecordId>,
  again: (prepared: Prepared) => Effect.Effect<Prepared, E, R>,
  work: (prepared: Prepared, isLast: boolean) => Effect.Effect<void, E2, R2>
) {
  const shown = new Set<RecordId>()
  for (const [index, prepared] of all.entries()) {
    const ids = [...prepared.sights.keys()]
    const isStale = ids.some((id) => before.has(id) || shown.has(id))
    yield* work(isStale ? yield* again(prepared) : prepared, index === all.length - 1)
    for (const id of ids) shown.add(id)
  }
  const result: ReadonlySet<RecordId> = shown
  return result
})

/** What is done with a step: nothing before its turn. */
export const unprepared = (sightings: ReadonlyArray<Sighting>) => Effect.succeed(sightings)

/**
 * Hands each step of a walk to `take`, in order, until the walk ends. `take` commits what a step showed together with the position
 * after it, so a crash repeats at most the steps that were not committed. `prepare` sees what the steps before have not left yet.
 */
export const each = Effect.fn("ReadAhead.each")(function* <
  Ending extends { readonly _tag: string },
  Prepared,
  E,
  R,
  E2,
  R2
>(
  side: Side,
  walk: Walk.Walk<Change<Fields>, Ending, Http | Sql>,
  start: Position,
  prepare: (sightings: ReadonlyArray<Sighting>) => Effect.Effect<Prepared, E, R>,
  take: (prepared: Prepared, next: Page<never, Ending>["next"]) => Effect.Effect<void, E2, R2>
) {
  const scope = yield* Effect.scope
  const room = yield* Semaphore.make(stepsInFlight)
  const answered = new Set<RecordId>()
  const ahead = (
    position: Position,
    afterMs: number
  ): Effect.Effect<Ahead<Ending, Prepared, E | ConnectorError>, E | ConnectorError, R> =>
    Effect.gen(function* () {
      yield* Effect.sleep(afterMs)
      yield* room.take(1)
      const { next, sightings } = yield* Find.step(side, walk, position, answered)
      const further = isMore(next) ? yield* fork(next.position, next.afterMs ?? 0) : null
      return { next, further, prepared: yield* prepare(sightings) }
    })
  const fork = (position: Position, afterMs: number) => Effect.forkIn(ahead(position, afterMs), scope)
  let reading: Ahead<Ending, Prepared, E | ConnectorError>["further"] = yield* fork(start, 0)
  while (reading !== null) {
    const { further, next, prepared }: Ahead<Ending, Prepared, E | ConnectorError> = yield* Fiber.join(reading)
    yield* take(prepared, next)
    yield* room.release(1)
    reading = further
  }
}, Effect.scoped)

const isMore = (next: { readonly _tag: string }): next is More => next._tag === "More"
