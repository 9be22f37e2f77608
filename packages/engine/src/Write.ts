/** Performs decisions on a target: its verbs in batches, guilty records alone, and what each came to. */
import {
  type ConnectorError,
  type Http,
  OutcomeUnknown,
  type Outcomes,
  type Reason,
  type Sql,
  type Target,
  type Verb
} from "@syncline/connector"
import { type Fields, Fingerprint, OpKey, type RecordId, type RecordKey } from "@syncline/core"
import type { HistoryWrite, LinkRead, RecordFailure } from "@syncline/store"
import { Array as Arrays, Effect, Result } from "effect"
import { idOf, type Side } from "./Pair.ts"
import * as Quarantine from "./Quarantine.ts"

/** What shall happen to one record of the target. */
export interface Decided {
  readonly operation: "create" | "update" | "delete"
  readonly key: RecordKey
  readonly sourceId: RecordId
  readonly link: LinkRead | null
  /** As the target shall hold it; empty for a delete. */
  readonly record: Fields
  readonly fingerprint: Fingerprint.Fingerprint
  readonly sourceVersion: string | null
  readonly observedAtMs: number
}

/** What became of one decision. */
export type Written =
  | { readonly _tag: "Applied"; readonly decided: Decided; readonly fields: HistoryWrite["fields"] }
  /** The target held these values already, or has no way to let go of a record. */
  | { readonly _tag: "Unchanged"; readonly decided: Decided }
  | { readonly _tag: "Failed"; readonly decided: Decided; readonly failure: RecordFailure }

/** Runs a call so that its failure undoes only itself: a savepoint. */
export type Isolate = <A>(
  call: Effect.Effect<A, ConnectorError, Http | Sql>
) => Effect.Effect<A, ConnectorError, Http | Sql>

/** Where decisions are written, and how. */
export interface Place {
  readonly side: Side
  readonly target: Target<Fields, Http | Sql>
  /** A mirror's creates are the first sight of a record: they leave no history. */
  readonly isMirror: boolean
  readonly isolate: Isolate
  /** Names this batch of writes. */
  readonly batch: OpKey
}

/** An op with what is needed to tell of it. */
interface Sent<Op> {
  readonly op: Op
  readonly decided: Decided
  readonly fields: HistoryWrite["fields"]
}

/**
 * Performs the decisions, of which no two are of one record.
 *
 * Updates and deletes read the target's records first, so only differing fields are written and the history knows both values.
 * A record that is not there any more is created again.
 */
export const perform = Effect.fn("Write.perform")(function* (place: Place, decisions: ReadonlyArray<Decided>) {
  const bases = yield* readBases(
    place,
    decisions.filter(({ operation }) => operation !== "create")
  )
  const creates: Array<Sent<ReturnType<typeof createOp>>> = []
  const updates: Array<Sent<ReturnType<typeof updateOp>>> = []
  const removes: Array<Sent<ReturnType<typeof removeOp>>> = []
  const written: Array<Written> = []
  for (const decided of decisions) {
    const base = bases.get(decided.sourceId)
    if (decided.operation === "create" || (decided.operation === "update" && base === undefined)) {
      creates.push({
        op: createOp(place, decided),
        decided,
        fields: place.isMirror ? {} : difference({}, decided.record, false)
      })
    } else if (base === undefined) {
      written.push({ _tag: "Applied", decided, fields: {} })
    } else if (decided.operation === "delete") {
      if (place.target.remove === undefined) written.push({ _tag: "Unchanged", decided })
      else removes.push({ op: removeOp(decided, base), decided, fields: {} })
    } else {
      const fields = difference(base, decided.record, place.isMirror)
      if (Object.keys(fields).length === 0) written.push({ _tag: "Unchanged", decided })
      else updates.push({ op: updateOp(decided, base, fields), decided, fields })
    }
  }
  written.push(...(yield* send(place, place.target.create, creates)))
  written.push(...(yield* send(place, place.target.update, updates)))
  written.push(...(yield* send(place, place.target.remove, removes)))
  return written
})

const createOp = ({ side }: Place, { record, sourceId }: Decided) => {
  const { id } = side.entity
  return { key: OpKey.make(sourceId), patch: record[id] === sourceId ? record : { ...record, [id]: sourceId } }
}

const updateOp = ({ sourceId }: Decided, base: Fields, fields: HistoryWrite["fields"]) => ({
  key: OpKey.make(sourceId),
  id: sourceId,
  base,
  patch: Object.fromEntries(Object.entries(fields).map(([name, change]) => [name, change.new]))
})

const removeOp = ({ sourceId }: Decided, base: Fields) => ({ key: OpKey.make(sourceId), id: sourceId, base })

/**
 * Each field whose value differs, old and new. Absent and null are one here, since a column always has a value.
 * A mirror loses the fields that the record lost; elsewhere what the record does not name is not ours.
 */
const difference = (base: Fields, record: Fields, isMirror: boolean): HistoryWrite["fields"] => {
  const fields: Record<string, HistoryWrite["fields"][string]> = {}
  const names = Object.keys(record)
  for (const name of isMirror ? new Set([...names, ...Object.keys(base)]) : names) {
    const before = base[name] ?? null
    const after = record[name] ?? null
    if (before !== after && Fingerprint.canonical(before) !== Fingerprint.canonical(after))
      fields[name] = { old: before, new: after }
  }
  return fields
}

const readBases = Effect.fnUntraced(function* ({ side }: Place, decisions: ReadonlyArray<Decided>) {
  const bases = new Map<RecordId, Fields>()
  const { get } = side.entity.source
  for (const some of Arrays.chunksOf(decisions, get.max)) {
    for (const seen of yield* get.run(some.map(({ sourceId }) => sourceId))) {
      const id = seen._tag === "Present" ? idOf(side, seen.record) : null
      if (seen._tag === "Present" && id !== null) bases.set(id, seen.record)
    }
  }
  return bases
})

const send = Effect.fnUntraced(function* <Op extends { readonly key: OpKey }, Stored>(
  place: Place,
  verb: Verb.Verb<Op, Stored, Http | Sql> | undefined,
  sent: ReadonlyArray<Sent<Op>>
) {
  const written: Array<Written> = []
  if (verb === undefined) return written
  for (const some of Arrays.chunksOf(sent, verb.max)) {
    const outcomes = yield* halving(
      place,
      verb,
      some.map(({ op }) => op)
    )
    for (const { op, decided, fields } of some) {
      const outcome =
        outcomes.get(op.key) ?? Result.fail(new OutcomeUnknown({ detail: "the target did not answer for it" }))
      written.push(
        Result.isSuccess(outcome)
          ? { _tag: "Applied", decided, fields }
          : { _tag: "Failed", decided, failure: Quarantine.refused(decided.key, outcome.failure, decided.record) }
      )
    }
  }
  return written
})

/** A batch that is refused as a whole is halved until the guilty op stands alone. */
const halving = <Op extends { readonly key: OpKey }, Stored>(
  place: Place,
  verb: Verb.Verb<Op, Stored, Http | Sql>,
  ops: ReadonlyArray<Op>
): Effect.Effect<Outcomes<Stored>, ConnectorError, Http | Sql> =>
  place.isolate(verb.run(ops, place.batch)).pipe(
    Effect.catchTag("ConnectorError", (error) => {
      const [first] = ops
      if (first === undefined || !isOfRecord(error.reason)) return Effect.fail(error)
      if (ops.length === 1) return Effect.succeed(new Map([[first.key, Result.fail(error.reason)]]))
      const middle = Math.ceil(ops.length / 2)
      return Effect.map(
        Effect.all([halving(place, verb, ops.slice(0, middle)), halving(place, verb, ops.slice(middle))]),
        ([left, right]) => new Map([...left, ...right])
      )
    })
  )

const isOfRecord = (reason: Reason): boolean => reason._tag === "Rejected" || reason._tag === "Conflicted"
