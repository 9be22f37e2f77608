/** Batched verbs from functions of one, and from answers in order. */
import type { OpKey, RecordId } from "@syncline/core"
import { Effect, Result } from "effect"
import { type ConnectorError, OutcomeUnknown, type Reason, Transient } from "./ConnectorError.ts"
import type { Batched, Gone, Outcomes, Present, Seen, Touched, Verb } from "./Entity.ts"

export type { Verb } from "./Entity.ts"

export const touched = (id: RecordId): Touched => ({ _tag: "Touched", id })
export const present = <A>(record: A): Present<A> => ({ _tag: "Present", record })
export const gone = (id: RecordId): Gone => ({ _tag: "Gone", id })

/** A provider without batches: one call per op. What concerns only the record is its outcome; the rest fails the call. */
export const each = <Op extends { readonly key: OpKey }, Stored, R>(
  run: (op: Op) => Effect.Effect<Stored, ConnectorError, R>
): Verb<Op, Stored, R> => ({
  max: 1,
  run: (ops) =>
    Effect.map(
      Effect.forEach(ops, (op) => Effect.map(settle(run(op)), (result) => [op.key, result] as const)),
      (entries) => new Map(entries)
    )
})

const settle = <Stored, R>(
  effect: Effect.Effect<Stored, ConnectorError, R>
): Effect.Effect<Result.Result<Stored, Reason>, ConnectorError, R> =>
  Effect.matchEffect(effect, {
    onSuccess: (stored) => Effect.succeed(Result.succeed(stored)),
    onFailure: (error) => {
      switch (error.reason._tag) {
        case "Conflicted":
        case "Rejected":
        case "NotFound":
        case "OutcomeUnknown":
          return Effect.succeed(Result.fail(error.reason))
        default:
          return Effect.fail(error)
      }
    }
  })

/** A provider that answers a batch in the order sent (or as the caller has sorted it). A short answer leaves the rest in doubt. */
export const inOrder = <Op extends { readonly key: OpKey }, Stored>(
  ops: ReadonlyArray<Op>,
  answers: ReadonlyArray<Result.Result<Stored, Reason>>
): Outcomes<Stored> =>
  new Map(
    ops.map((op, index) => [
      op.key,
      answers[index] ?? Result.fail(new OutcomeUnknown({ detail: "no answer for this op" }))
    ])
  )

/** An atomic batch in which some ops are guilty, by their index: the others did not happen either, and cost no attempt. */
export const spoiled = <Op extends { readonly key: OpKey }, Stored>(
  ops: ReadonlyArray<Op>,
  guilty: ReadonlyMap<number, Reason>
): Outcomes<Stored> =>
  new Map(
    ops.map((op, index) => [
      op.key,
      Result.fail(guilty.get(index) ?? new Transient({ detail: "another op of its batch failed" }))
    ])
  )

/**
 * A provider that reads one id at a time; 404 is its word that the record is gone.
 *
 * Up to `max` ids are read side by side: the connection's budgets decide how many are really in flight.
 */
export const getEach = <A, R>(
  read: (id: RecordId) => Effect.Effect<Seen<A>, ConnectorError, R>,
  max = 1
): Batched<RecordId, ReadonlyArray<Seen<A>>, R> => ({
  max,
  run: (ids) =>
    Effect.forEach(
      ids,
      (id) => Effect.catchReason(read(id), "ConnectorError", "NotFound", () => Effect.succeed<Seen<A>>(gone(id))),
      { concurrency: max }
    )
})

/** Removing what is already gone is success. */
export const removed = <R>(effect: Effect.Effect<unknown, ConnectorError, R>): Effect.Effect<void, ConnectorError, R> =>
  Effect.asVoid(effect).pipe(Effect.catchReason("ConnectorError", "NotFound", () => Effect.void))
