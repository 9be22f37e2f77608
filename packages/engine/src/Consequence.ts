/** What a plan leaves in the store: the link as it shall be, entries, an open or settled conflict, what is waited for, history. Pure. */
import {
  Canon,
  Conflict,
  Counters,
  FieldMapping,
  type Fields,
  type Planner,
  RecordId,
  RecordKey,
  Side
} from "@syncline/core"
import type {
  ConflictWrite,
  EntryWrite,
  HistoryWrite,
  PairImage,
  PairLink,
  PairLinkWrite,
  RecordSituation,
  StoredEntry,
  WaitingWrite
} from "@syncline/store"
import { Result, type Schema } from "effect"
import * as Cause from "./Cause.ts"
import type { Case } from "./Verdict.ts"

const sides = Side.Side.literals

/** A plan that writes nothing and leaves nothing to be written. */
export const noWrites: Planner.Write = {
  _tag: "Write",
  writes: { source: null, target: null },
  settled: [],
  resolves: false
}

/**
 * The link after a reading. `image` is what the reading's side is now seen to be; null: the record is gone there. `isContested`: a
 * person is asked whether the record, which is gone at one side, is made again there.
 */
export const linkAfter = (
  { id, link, side, situation }: Case,
  { writes }: Planner.Write,
  image: PairImage | null,
  isContested: boolean
): PairLinkWrite => {
  // A record that is created again will have another id.
  const idAt = (at: Side.Side): RecordId | null => {
    if (writes[at]?.operation === "create") return null
    return at === side ? id : (link?.[idOf[at]] ?? null)
  }
  const imageAt = (at: Side.Side): PairImage | "keep" | null => {
    if (writes[at]?.operation === "create") return null
    return at === side ? image : "keep"
  }
  const ids = { sourceId: idAt("source"), targetId: idAt("target") }
  return {
    key: situation.key,
    readVersion: situation.version,
    ...ids,
    status: statusOf(link, ids.sourceId !== null && ids.targetId !== null && !isContested),
    isDeleted: false,
    source: imageAt("source"),
    target: imageAt("target")
  }
}

const idOf = { source: "sourceId", target: "targetId" } as const

/** Whether the record itself is contested. */
export const isOfRecord = ({ contested }: Conflict.OpenConflict): boolean =>
  Object.hasOwn(contested, Conflict.theRecord)

/** A pair of which one record is to be made again, or may be, stays stale until it is settled. */
const statusOf = (link: PairLink | null, isWhole: boolean): PairLinkWrite["status"] => {
  if (isWhole) return "mapped"
  if (link === null) return "pending"
  if (link.status === "mapped") return "stale"
  return link.status === "failed" ? "pending" : link.status
}

const unsentOf = (situation: RecordSituation, to: Side.Side): StoredEntry | undefined =>
  situation.entries.findLast(
    ({ side, state }) => side === to && (state === "pending" || state === "failed" || state === "dead")
  )

const isSameDraft = (entry: StoredEntry, draft: Planner.Write["writes"]["source"]): boolean =>
  draft !== null && entry.operation === draft.operation && Canon.isSame(changesOf(entry), changesOf(draft))

/** What is changed, and from what. When it was decided does not count. */
const changesOf = ({ changes }: Pick<StoredEntry, "changes">): Fields =>
  Object.fromEntries(Object.entries(changes).map(([name, { value, was }]) => [name, { value, was }]))

/** What the lanes' never-sent entries become; nothing for a lane that stays as it is. */
export const entriesOf = ({ situation }: Case, { writes }: Planner.Write): ReadonlyArray<EntryWrite> =>
  sides.flatMap((to) => {
    const before = unsentOf(situation, to)
    const draft = writes[to]
    const isKept = before === undefined ? draft === null : before.state === "pending" && isSameDraft(before, draft)
    return isKept ? [] : [{ key: situation.key, side: to, draft }]
  })

/** A write that is decided counts as queued until it is settled; one that a later decision takes back counts as skipped. */
export const queued = (known: Counted, { writes }: Planner.Write): Counters.Counters => {
  const after = sides.filter((to) => writes[to] !== null).length
  const newly = after - unsentOfOurs(known)
  if (newly !== 0) return Counters.of({ queued: newly, skipped: Math.max(0, -newly) })
  return Counters.of({ skipped: after === 0 ? 1 : 0 })
}

/** What of a case its counters depend on. */
export type Counted = Pick<Case, "execution" | "situation">

/** What this execution has decided to write and not sent. What was refused is queued no more: it counts as failed. */
const unsentOfOurs = ({ execution, situation }: Counted): number =>
  sides.filter((to) => {
    const unsent = unsentOf(situation, to)
    return unsent?.execution === execution && unsent.state === "pending"
  }).length

/** A conflict takes back what this execution had decided of the record. */
export const contested = (known: Counted): Counters.Counters => {
  const taken = unsentOfOurs(known)
  const isNew = known.situation.conflict === null
  return Counters.of({ conflicted: isNew ? 1 : 0, skipped: taken + (isNew ? 0 : 1), queued: -taken })
}

/** The records that a conflict shows: the one just read, and the other as it was last seen. */
const recordsOf = ({ link, side }: Case, record: Fields | null) => {
  const other = link?.[Side.other(side)]?.record ?? null
  return side === "source" ? { source: record, target: other } : { source: other, target: record }
}

export const parked = (known: Case, conflict: Conflict.OpenConflict, record: Fields | null): ConflictWrite => ({
  _tag: "Open",
  key: known.situation.key,
  conflict,
  records: recordsOf(known, record),
  strategy: Conflict.nameOf(known.twoWay.policy.strategy)
})

/** A conflict that a strategy settled is kept too; an open one that settled itself ends. */
export const conflictAfter = (known: Case, plan: Planner.Write, record: Fields | null): ConflictWrite | null => {
  const { key } = known.situation
  const resolution = Object.fromEntries(
    plan.settled.map(({ field, strategy, winner }) => [field, { strategy, winner }])
  )
  if (plan.resolves) return { _tag: "Resolve", key, resolution, by: "system" }
  if (plan.settled.length === 0) return null
  const contested = Object.fromEntries(
    plan.settled.map(({ base, field, source, target }) => [
      field,
      { base, source, target, at: { source: null, target: null } }
    ])
  )
  return {
    _tag: "Settled",
    key,
    conflict: { contested, withheld: { source: null, target: null } },
    records: recordsOf(known, record),
    strategy: plan.settled[0]?.strategy ?? "",
    resolution
  }
}

export const waitingOn = (
  { id, side, situation }: Case,
  missing: ReadonlyArray<Planner.MissingReference>
): WaitingWrite => ({
  key: situation.key,
  side,
  id,
  // Which link will have what no link has is open: it may be known by its other side, and only not by this id yet.
  on: missing.map(({ entity, key, unlinkedId }) =>
    unlinkedId === undefined
      ? { _tag: "Reference", entity, key: RecordKey.make(key) }
      : { _tag: "Unlinked", entity, side, id: RecordId.make(unlinkedId) }
  )
})

/** What the reading's side changed, and what became of the fields that were in conflict; null when it changed nothing. */
export const found = (
  { link, side, situation }: Case,
  before: Fields | null,
  after: Fields | null,
  changedAt: Planner.Situation["changedAt"],
  settled: Planner.Write["settled"]
): HistoryWrite | null => {
  const fields = differences(before ?? {}, after ?? {})
  if (after !== null && Object.keys(fields).length === 0) return null
  return {
    key: situation.key,
    side,
    operation: after === null ? "delete" : link === null ? "create" : "update",
    fields: after === null ? {} : fields,
    cause: Cause.encode({
      _tag: "Found",
      ...changedAt,
      settled: Object.fromEntries(settled.map(({ field, strategy, winner }) => [field, { strategy, winner }]))
    })
  }
}

/** Each field that differs, old and new; absent counts as null here. */
export const differences = (before: Fields, after: Fields): HistoryWrite["fields"] => {
  const changed: Record<string, { readonly old: Schema.Json; readonly new: Schema.Json }> = {}
  const compare = (name: string) => {
    const old = before[name] ?? null
    const current = after[name] ?? null
    if (!Canon.isSame(old, current)) changed[name] = { old, new: current }
  }
  for (const name of Object.keys(after)) compare(name)
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) compare(name)
  return changed
}

/**
 * The record with the fields that these references are as the other side has them: as they were before, not at all where it is made
 * there without them, or the value that lost there. So what they are when they can be written, or when they are taken back, is found
 * changed.
 */
export const withFormer = (
  { link, pair: { mapping }, references, side }: Case,
  { settled, writes }: Planner.Write,
  record: Fields,
  missing: ReadonlyArray<Planner.MissingReference>
): Fields => {
  if (mapping === null) return record
  const y = Side.other(side)
  const names = new Set(missing.map(({ field }) => field))
  const left = new Set(
    mapping.fields.filter(({ name }) => names.has(name)).flatMap((field) => field[side].paths.map(([first]) => first))
  )
  const before = writes[y]?.operation === "create" ? {} : (link?.[side]?.record ?? {})
  const lost = Object.fromEntries(
    settled.flatMap((each) => (names.has(each.field) && each.winner === side ? [[each.field, each[y]]] : []))
  )
  const lostHere = Result.getOrElse(FieldMapping.lower(mapping, side, lost, record, references), () => ({}))
  const former = Object.entries({ ...before, ...lostHere }).filter(([name]) => left.has(name))
  return Object.fromEntries([...Object.entries(record).filter(([name]) => !left.has(name)), ...former])
}
