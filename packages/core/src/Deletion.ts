/** Records that are at one side only: new, deleted, deleted at one side and changed at the other, or back after a deletion. */
import { Result, type Schema } from "effect"
import * as Canon from "./Canon.ts"
import { park, write } from "./Conclusion.ts"
import * as Conflict from "./Conflict.ts"
import type { Fields } from "./Fields.ts"
import * as Merge from "./Merge.ts"
import * as OutboxEntry from "./OutboxEntry.ts"
import { type Plan, type Settled, skip, wait } from "./Plan.ts"
import * as Side from "./Side.ts"
import type { Policy } from "./Situation.ts"
import { expectedAtY, ofSides, type Standing, travelsFrom, valueIn } from "./Standing.ts"
import * as Tidying from "./Tidying.ts"

/** Y's record is gone while X's is there. */
export const isGoneAtY = ({ imageY, situation: { link }, towardsX }: Standing): boolean =>
  towardsX?.operation === "delete" || (link !== null && link.isDeleted && imageY === null)

interface At {
  readonly atMs: number | null
  readonly isEstimated: boolean
}

/** Creates at a side the record that the other side has now; `before` is what it had there before its latest edits. */
const createOf = (policy: Policy, living: Side.Side, now: Fields, before: Fields | null, at: At): OutboxEntry.Draft => {
  const changes: { [field: string]: OutboxEntry.Change } = {}
  for (const field of policy.fields)
    if (travelsFrom(living, field) && Object.hasOwn(now, field.name))
      changes[field.name] = { value: valueIn(now, field.name), was: valueIn(before, field.name), ...at }
  return { operation: "create", changes, atMs: at.atMs, isEstimated: at.isEstimated }
}

const mayCreate = (policy: Policy, living: Side.Side): boolean =>
  travelsFrom(living, policy) && policy.verbs[Side.other(living)].create

/** The deletion of what is left of the record; null: it is not to be, or cannot be. */
const deleteOf = (policy: Policy, living: Side.Side, at: At): OutboxEntry.Draft | null =>
  travelsFrom(Side.other(living), policy) && policy.deletes === "propagate" && policy.verbs[living].delete
    ? { operation: "delete", changes: {}, atMs: at.atMs, isEstimated: at.isEstimated }
    : null

const valuesOf = (draft: OutboxEntry.Draft | null, part: "value" | "was"): Fields =>
  Object.fromEntries(Object.entries(draft?.changes ?? {}).map(([name, change]) => [name, change[part]]))

/** What a provider made of a value that was written to it is no edit for which a record is kept. */
const hasEdits = ({ changes }: OutboxEntry.Draft): boolean =>
  Object.values(changes).some(({ value, was }) => !Canon.isSame(value, was) && !Tidying.isOnlyTidied(was, value))

/** The changes that the living side made, out of a create that was to bring the record back. */
export const editsOf = (draft: OutboxEntry.Draft): OutboxEntry.Draft | null => {
  const edits = Object.entries(draft.changes).filter(([, { value, was }]) => !Canon.isSame(value, was))
  return edits.length === 0 ? null : OutboxEntry.draftOf("update", Object.fromEntries(edits))
}

/**
 * What a side changed before it deleted the record goes on where the record is kept for the other side's edits. Whoever deleted it let go
 * of these, so they are none for which it is kept when the other side deletes it too.
 */
const asGone = (draft: OutboxEntry.Draft | null): OutboxEntry.Draft | null =>
  draft === null
    ? null
    : {
        ...draft,
        changes: Object.fromEntries(
          Object.entries(draft.changes).map(([name, change]) => [name, { ...change, was: change.value }])
        )
      }

/** The record as it was read, towards a side that has none. */
export const createTowardsY = (standing: Standing, seen: Fields): Plan => {
  const { situation, x, y } = standing
  if (!travelsFrom(x, situation.policy)) return skip("drift")
  if (!situation.policy.verbs[y].create) return skip("cannot")
  return writeCreate(standing, createOf(situation.policy, x, seen, null, situation.changedAt), null, [])
}

const writeCreate = (
  standing: Standing,
  draft: OutboxEntry.Draft,
  towardsX: OutboxEntry.Draft | null,
  settled: ReadonlyArray<Settled>
): Plan => {
  const missing = standing.situation.missing.filter(({ field }) => Object.hasOwn(draft.changes, field))
  const required = missing.filter(({ isOptional }) => !isOptional)
  if (required.length > 0) return wait({ _tag: "References", missing: required })
  const written = Object.entries(draft.changes).filter(([name]) => missing.every(({ field }) => field !== name))
  const towardsY = { ...draft, changes: Object.fromEntries(written) }
  return write(standing, { towardsX, towardsY, settled, leftOut: missing }, "unchanged")
}

/** A record that is there at X while Y's is gone. */
export const planLiving = (standing: Standing, seen: Fields): Plan => {
  const { imageX, situation, towardsX, x, y } = standing
  const { changedAt, conflict, policy } = situation
  const isDeleting = towardsX?.operation === "delete"
  // It was gone here too, and has come back.
  if (imageX === null && !isDeleting && conflict === null) return createTowardsY(standing, seen)
  const isEdited = policy.fields.some(({ authority, merge, name }) => {
    const now = valueIn(seen, name)
    const was = valueIn(imageX, name)
    return authority !== y && !Merge.isSame(merge, now, was) && !Tidying.isOnlyTidied(was, now)
  })
  if (!isEdited) return skip("unchanged")
  if (policy.deletes === "ignore" && !isDeleting && conflict === null) return skip("ignored")
  // What Y changed before its record was deleted.
  const editsFromY = isDeleting ? null : towardsX
  const now = { ...seen, ...valuesOf(editsFromY, "value") }
  const before = { ...imageX, ...valuesOf(editsFromY, "value") }
  const deletedAt = isDeleting
    ? towardsX
    : { atMs: standing.contested[Conflict.theRecord]?.at[y] ?? null, isEstimated: true }
  return settleRecord(standing, {
    living: x,
    now,
    before,
    editedAt: changedAt,
    deletedAt,
    editsFromGone: asGone(editsFromY)
  })
}

/** The record was read and is gone at X. */
export const planGone = (standing: Standing): Plan => {
  const { contested, imageX, imageY, sentToY, situation, towardsX, towardsY, x, y } = standing
  const { changedAt, link, policy } = situation
  const record = contested[Conflict.theRecord]
  const nothing = { towardsX: null, towardsY: null, settled: [], leftOut: [] }
  const isKnown = imageX === null && (link?.isDeleted === true || towardsX?.operation === "create")
  if (record?.[x] === null || (isKnown && (towardsX === null || towardsX.operation === "create")))
    return skip("unchanged")
  if (sentToY?.operation === "create") return wait({ _tag: "Unsettled", side: y })
  if (record !== undefined || isGoneAtY(standing)) return write(standing, nothing, "agreed")
  if (towardsY?.operation === "create" || (imageY === null && link?.has[y] !== true))
    return write(standing, nothing, "never known")
  const kept = { ...nothing, towardsY: towardsY?.operation === "delete" ? null : towardsY }
  if (policy.deletes === "ignore" && travelsFrom(x, policy)) return write(standing, kept, "ignored")
  const atY = expectedAtY(standing)
  const contestedAtY = Object.entries(contested)
  const deletion = {
    living: y,
    now: { ...atY, ...valuesOf(towardsX, "value"), ...valuesOf(kept.towardsY, "value") },
    before: {
      ...atY,
      ...valuesOf(towardsX, "was"),
      ...Object.fromEntries(contestedAtY.map(([name, { base }]) => [name, base[y]])),
      ...valuesOf(kept.towardsY, "value")
    },
    editedAt: {
      atMs: latestOf([towardsX?.atMs ?? null, ...contestedAtY.map(([, { at }]) => at[y])]),
      isEstimated: towardsX?.isEstimated ?? false
    },
    deletedAt: changedAt,
    editsFromGone: asGone(kept.towardsY)
  }
  const isEdited = contestedAtY.length > 0 || (towardsX !== null && hasEdits(towardsX))
  // What X changed and sent may come back unsent, and that it is gone there too may be what comes of it.
  if (isEdited && sentToY !== null) return wait({ _tag: "Unsettled", side: y })
  if (isEdited) return settleRecord(standing, deletion)
  if (travelsFrom(x, policy)) {
    const towards = deleteOf(policy, y, changedAt)
    return towards === null
      ? write(standing, kept, "cannot")
      : write(standing, { ...nothing, towardsY: towards }, "unchanged")
  }
  // One-way: what X deleted is put back where Y wins, else left deleted.
  const isPutBack = policy.strategy === `${y}_wins` && imageY !== null && mayCreate(policy, y)
  return isPutBack ? settleRecord(standing, deletion) : write(standing, kept, "drift")
}

const latestOf = (times: ReadonlyArray<number | null>): number | null =>
  times.reduce((latest, time) => (latest === null || (time !== null && time > latest) ? time : latest), null)

/** One side deleted the record and the other changed it. */
interface UpdateAgainstDelete {
  readonly living: Side.Side
  /** The living record, and as it was before its latest edits. */
  readonly now: Fields
  readonly before: Fields
  readonly editedAt: At
  readonly deletedAt: At
  /** What the other side had changed before it deleted the record. */
  readonly editsFromGone: OutboxEntry.Draft | null
}

const settleRecord = (standing: Standing, each: UpdateAgainstDelete): Plan => {
  const { situation, x } = standing
  const { policy } = situation
  const { living, editsFromGone } = each
  const isXLiving = living === x
  const contest: Conflict.Contest = {
    base: ofSides<Schema.Json | null>(standing, standing.imageX, standing.imageY),
    ...ofSides<Schema.Json | null>(standing, isXLiving ? each.now : null, isXLiving ? null : each.now),
    at: isXLiving
      ? ofSides(standing, each.editedAt.atMs, each.deletedAt.atMs)
      : ofSides(standing, each.deletedAt.atMs, each.editedAt.atMs)
  }
  const contested = { [Conflict.theRecord]: contest }
  const settlements = Conflict.settle(
    {
      contested,
      ...ofSides<Fields | null>(standing, isXLiving ? each.now : null, isXLiving ? null : each.now),
      base: ofSides(standing, standing.imageX, standing.imageY),
      pending: standing.before,
      failure: situation.failure ?? null
    },
    policy,
    () => ({ authority: null, merge: "value" })
  )
  if (Result.isFailure(settlements)) return { _tag: "Refuse", why: settlements.failure }
  const settlement = settlements.success.contested.get(Conflict.theRecord)
  const create = mayCreate(policy, living) ? createOf(policy, living, each.now, each.before, each.editedAt) : null
  const decided = (towardsGone: OutboxEntry.Draft | null, towardsLiving: OutboxEntry.Draft | null) =>
    isXLiving
      ? { towardsX: towardsLiving, towardsY: towardsGone, leftOut: [] }
      : { towardsX: towardsGone, towardsY: towardsLiving, leftOut: [] }
  if (settlement?._tag !== "Settled")
    return park(standing, contested, { ...decided(create, editsFromGone), settled: [] })
  const settled: ReadonlyArray<Settled> = [
    {
      field: Conflict.theRecord,
      base: contest.base,
      source: contest.source,
      target: contest.target,
      strategy: settlement.strategy,
      winner: settlement.winner
    }
  ]
  if (settlement.winner !== living)
    return write(
      standing,
      { ...decided(null, deleteOf(policy, living, each.deletedAt) ?? editsFromGone), settled },
      "unchanged"
    )
  return isXLiving && create !== null
    ? writeCreate(standing, create, editsFromGone, settled)
    : write(standing, { ...decided(create, editsFromGone), settled }, "unchanged")
}
