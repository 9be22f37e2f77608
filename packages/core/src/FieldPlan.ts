/** What is done about one field of a record that is there at both sides. */
import type { Schema } from "effect"
import type { Contest } from "./Conflict.ts"
import type { Fields } from "./Fields.ts"
import * as Merge from "./Merge.ts"
import type * as OutboxEntry from "./OutboxEntry.ts"
import type { Settled } from "./Plan.ts"
import type { FieldPolicy } from "./Situation.ts"
import * as Tidying from "./Tidying.ts"
import { changeIn, isKnownAtY, ofSides, type Standing, travelsFrom, valueAtY, valueIn } from "./Standing.ts"

/** What the field's part of each lane shall be, while it is contested too. `news` is what the reading told of it. */
export interface FieldPlan {
  readonly towardsX: OutboxEntry.Change | null
  readonly towardsY: OutboxEntry.Change | null
  readonly contest: { readonly contest: Contest; readonly isNew: boolean } | null
  readonly settled: Settled | null
  readonly news: "unchanged" | "agreed" | "drift" | "cannot" | "changed"
}

/** A field as all below looks at it. */
interface Field extends Standing {
  readonly policy: FieldPolicy
  readonly seen: Schema.Json | null
  /** What X had before; null also where nothing was. */
  readonly was: Schema.Json | null
  readonly isSame: (one: Schema.Json | null, other: Schema.Json | null) => boolean
  readonly pendingX: OutboxEntry.Change | null
  readonly pendingY: OutboxEntry.Change | null
  /** What Y will have when what was sent has arrived. */
  readonly atY: Schema.Json | null
}

export const of = (standing: Standing, record: Fields, policy: FieldPolicy): FieldPlan => {
  const { contested, imageX, towardsX, towardsY } = standing
  const { merge, name } = policy
  const seen = valueIn(record, name)
  const was = valueIn(imageX, name)
  const pendingX = changeIn(towardsX, name)
  const pendingY = changeIn(towardsY, name)
  const contest = Object.hasOwn(contested, name) ? contested[name] : undefined
  // Most fields of most records: everything below is made for the others.
  if (contest === undefined && imageX !== null && Merge.isSame(merge, seen, was))
    return pendingX === null && pendingY === null ? idle : { ...kept({ pendingX, pendingY }), news: "unchanged" }
  const field: Field = {
    ...standing,
    policy,
    seen,
    was,
    isSame: (one, other) => Merge.isSame(merge, one, other),
    pendingX,
    pendingY,
    atY: valueAtY(standing, name)
  }
  if (contest !== undefined) return contestedAgain(field, contest)
  if (imageX === null) return matched(field)
  return pendingX === null ? changedHere(field) : changedAtBoth(field, pendingX)
}

const idle: FieldPlan = { towardsX: null, towardsY: null, contest: null, settled: null, news: "unchanged" }

const kept = ({ pendingX, pendingY }: Pick<Field, "pendingX" | "pendingY">) => ({
  towardsX: pendingX,
  towardsY: pendingY,
  contest: null,
  settled: null
})

const changeTo = ({ situation: { changedAt } }: Field, value: Schema.Json | null, was: Schema.Json | null) => ({
  value,
  was,
  atMs: changedAt.atMs,
  isEstimated: changedAt.isEstimated
})

const contestOf = (
  field: Field,
  base: readonly [ofX: Schema.Json | null, ofY: Schema.Json | null],
  valueAtY: Schema.Json | null,
  atMsAtY: number | null
): FieldPlan => ({
  towardsX: null,
  // A value that is on its way to both sides: Y has not what it wants either.
  towardsY: field.pendingX === null ? null : field.pendingY,
  settled: null,
  contest: {
    contest: {
      base: ofSides(field, base[0], base[1]),
      ...ofSides(field, field.seen, valueAtY),
      at: ofSides(field, field.situation.changedAt.atMs, atMsAtY)
    },
    isNew: true
  },
  news: "changed"
})

const canUpdate = (field: Field, side: "x" | "y"): boolean => field.situation.policy.verbs[field[side]].update

/** X and Y are there and X's image is not: they were matched by key, or X's record has come back. An empty side is filled. */
const matched = (field: Field): FieldPlan => {
  const { atY, pendingX, policy, seen, situation, x, y } = field
  const valueAtY = pendingX === null ? atY : pendingX.value
  const none = { ...kept(field), towardsX: null, towardsY: null }
  if (field.isSame(seen, valueAtY) || (isEmpty(seen) && isEmpty(valueAtY))) return { ...none, news: "agreed" }
  if (!isEmpty(seen) && !isEmpty(valueAtY))
    return contestOf(field, [null, null], valueAtY, pendingX?.atMs ?? situation.link?.changedAtMs?.[y] ?? null)
  const filled = isEmpty(seen) ? "x" : "y"
  if (!travelsFrom(filled === "x" ? y : x, policy)) return { ...none, news: "drift" }
  if (!canUpdate(field, filled)) return { ...none, news: "cannot" }
  return filled === "x"
    ? { ...none, towardsX: pendingX ?? { value: valueAtY, was: null, atMs: null, isEstimated: false }, news: "changed" }
    : { ...none, towardsY: changeTo(field, seen, null), news: "changed" }
}

const isEmpty = (value: Schema.Json | null): boolean =>
  value === null || value === "" || (Array.isArray(value) && value.length === 0)

/** Only X changed it. */
const changedHere = (field: Field): FieldPlan => {
  const { atY, imageY, pendingY, policy, seen, situation, was, y } = field
  // An absent field is left alone, so a side that has none has no say.
  const hasSayAtY = imageY !== null && Object.hasOwn(imageY, policy.name)
  if (policy.authority === y && hasSayAtY) return overruled(field, "authority")
  if (!travelsFrom(field.x, policy))
    return situation.policy.strategy === `${y}_wins` && hasSayAtY
      ? overruled(field, situation.policy.strategy)
      : { ...kept(field), news: "drift" }
  if (!canUpdate(field, "y")) return { ...kept(field), news: "cannot" }
  return isKnownAtY(field, policy.name) && field.isSame(seen, atY)
    ? { ...kept(field), towardsY: null, news: "agreed" }
    : { ...kept(field), towardsY: changeTo(field, seen, pendingY === null ? was : pendingY.was), news: "changed" }
}

/** Y's value is put back over what X changed. */
const overruled = (field: Field, strategy: string): FieldPlan => {
  const { atY, policy, seen, was } = field
  if (field.isSame(seen, atY)) return { ...kept(field), towardsY: null, news: "agreed" }
  if (!travelsFrom(field.y, policy) || !canUpdate(field, "x")) return { ...kept(field), towardsY: null, news: "drift" }
  return {
    towardsX: changeTo(field, atY, atY),
    towardsY: null,
    contest: null,
    settled: {
      field: policy.name,
      base: ofSides(field, was, atY),
      ...ofSides(field, seen, atY),
      strategy,
      winner: field.y
    },
    news: "changed"
  }
}

/** What a provider made of a value that was written to it says nothing new, so what the other side changed since goes on over it. */
const changedAtBoth = (field: Field, pendingX: OutboxEntry.Change): FieldPlan => {
  const { seen, was } = field
  if (field.isSame(seen, pendingX.value)) return { ...kept(field), towardsX: null, news: "agreed" }
  if (Tidying.isOnlyTidied(was, seen)) return { ...kept(field), news: "changed" }
  if (Tidying.isOnlyTidied(pendingX.was, pendingX.value)) return changedHere({ ...field, pendingX: null })
  return contestOf(field, [was, pendingX.was], pendingX.value, pendingX.atMs)
}

/** A person is asked about it already. It is no longer contested when the sides agree, or when X took its change back. */
const contestedAgain = (field: Field, open: Contest): FieldPlan => {
  const { imageX, pendingX, pendingY, policy, seen, situation, was, x, y } = field
  const isUnchanged = field.isSame(seen, imageX === null ? open[x] : was)
  if (isUnchanged) return { ...kept(field), contest: { contest: open, isNew: false }, news: "unchanged" }
  const left = { towardsX: null, towardsY: pendingY, contest: null, settled: null }
  if (field.isSame(seen, open[y])) return { ...left, news: "agreed" }
  if (pendingX !== null || !field.isSame(seen, open.base[x])) {
    const contest: Contest = { ...open, [x]: seen, at: ofSides(field, situation.changedAt.atMs, open.at[y]) }
    return { ...left, contest: { contest, isNew: false }, news: "changed" }
  }
  if (!travelsFrom(y, policy) || !canUpdate(field, "x")) return { ...left, news: "drift" }
  return {
    ...left,
    towardsX: { value: open[y], was: open.base[y], atMs: open.at[y], isEstimated: false },
    news: "changed"
  }
}

/** What becomes of the lanes when a contested or pending field is given a value. */
export const given = (
  standing: Standing,
  seen: Fields,
  policy: FieldPolicy,
  value: Schema.Json | null,
  winner: Settled["winner"]
): Pick<FieldPlan, "towardsX" | "towardsY"> => {
  const { situation, x, y } = standing
  const isSame = (other: Schema.Json | null) => Merge.isSame(policy.merge, value, other)
  const atX = valueIn(seen, policy.name)
  const atY = valueAtY(standing, policy.name)
  const pendingX = changeIn(standing.towardsX, policy.name)
  const pendingY = changeIn(standing.towardsY, policy.name)
  const { changedAt, policy: pair } = situation
  const at = { atMs: latest(changedAt.atMs, pendingX?.atMs ?? null), isEstimated: changedAt.isEstimated }
  const goesToX = !isSame(atX) && travelsFrom(y, policy) && pair.verbs[x].update
  const goesToY = !(isKnownAtY(standing, policy.name) && isSame(atY)) && travelsFrom(x, policy) && pair.verbs[y].update
  const wasAtX = pendingY === null ? valueIn(standing.imageX, policy.name) : pendingY.was
  return {
    towardsX: goesToX ? (winner === y && pendingX !== null ? pendingX : { value, was: atX, ...at }) : null,
    towardsY: goesToY
      ? winner === x
        ? { value, was: wasAtX, atMs: changedAt.atMs, isEstimated: changedAt.isEstimated }
        : { value, was: atY, ...at }
      : null
  }
}

const latest = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other)
