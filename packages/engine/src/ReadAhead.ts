/** Reads a walk step by step, the next step while the one before is worked on. */
import type { Change, Http, More, Position, Sql, Walk } from "@syncline/connector"
import type { Fields, RecordId } from "@syncline/core"
import { Effect, Fiber } from "effect"
import * as Find from "./Find.ts"
import type { Side } from "./Pair.ts"

/**
 * Hands each step of a walk to `take`, in order, until the walk ends. `take` commits what a step showed together with the position
 * after it, so a crash repeats at most the steps that were not committed.
 */
export const each = Effect.fn("ReadAhead.each")(function* <Ending extends { readonly _tag: string }, E, R>(
  side: Side,
  walk: Walk.Walk<Change<Fields>, Ending, Http | Sql>,
  start: Position,
  take: (step: Find.Step<Ending>) => Effect.Effect<void, E, R>
) {
  const scope = yield* Effect.scope
  const answered = new Set<RecordId>()
  const read = (position: Position, afterMs: number) =>
    Effect.forkIn(Effect.delay(Find.step(side, walk, position, answered), afterMs), scope)
  let reading = yield* read(start, 0)
  while (true) {
    const step: Find.Step<Ending> = yield* Fiber.join(reading)
    const { next } = step
    if (isMore(next)) reading = yield* read(next.position, next.afterMs ?? 0)
    yield* take(step)
    if (!isMore(next)) return
  }
}, Effect.scoped)

const isMore = (next: { readonly _tag: string }): next is More => next._tag === "More"
