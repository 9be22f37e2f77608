/**
 * What is done about a record that was read at one side of a two-way pair: pure, and total over everything that can be known of it.
 *
 * The engine keeps its part: a plan of `Write`, `Park` or `Skip` (but a stale read) makes the reading that side's image, or none
 * where the record is gone, which it marks deleted; `Wait` and `Refuse` leave everything as it was.
 */
import { Result } from "effect"
import { park, write } from "./Conclusion.ts"
import * as Conflict from "./Conflict.ts"
import { createTowardsY, editsOf, isGoneAtY, planGone, planLiving } from "./Deletion.ts"
import * as FieldPlan from "./FieldPlan.ts"
import type { Fields } from "./Fields.ts"
import * as Merge from "./Merge.ts"
import * as OutboxEntry from "./OutboxEntry.ts"
import { type Plan, type Settled, skip, wait, type WhySkipped } from "./Plan.ts"
import type { FieldPolicy, Situation } from "./Situation.ts"
import * as Standing from "./Standing.ts"

export type * from "./Situation.ts"
export type { Choice, Plan, Settled, WaitingOn, WhySkipped, Write } from "./Plan.ts"
export { type Choices, resolve } from "./Resolution.ts"

export const plan = (situation: Situation): Plan => {
  const { isDoubted, lanes, link, observedAtMs, seen, side } = situation
  if (link === null) {
    // It may be what a create has made of which no answer came, whether it is still there or not.
    if (isDoubted) return wait({ _tag: "Doubted" })
    return seen._tag === "Gone" ? skip("never known") : createTowardsY(Standing.of(situation), seen.fields)
  }
  if (observedAtMs < (link.observedAtMs[side] ?? observedAtMs)) return skip("stale read")
  if (lanes[side].sent !== null) return wait({ _tag: "Unsettled", side })
  const standing = Standing.of(situation)
  return seen._tag === "Gone" ? planGone(standing) : planPresent(standing, seen.fields)
}

const planPresent = (standing: Standing.Standing, seen: Fields): Plan => {
  const { contested, imageX, imageY, sentToY, situation, towardsX, towardsY, x, y } = standing
  const record = contested[Conflict.theRecord]
  if (record !== undefined)
    return record[x] === null ? planFields(cameBack(standing, record), seen) : planLiving(standing, seen)
  if (sentToY?.operation === "delete") return wait({ _tag: "Unsettled", side: y })
  if (sentToY?.operation === "create")
    // What was sent is what X had, so that is what it has changed from.
    return planFields({ ...standing, imageX: imageX ?? Standing.expectedAtY(standing) }, seen)
  if (towardsY?.operation === "create") return createTowardsY(standing, seen)
  if (isGoneAtY(standing)) return planLiving(standing, seen)
  if (imageY === null && situation.link?.has[y] !== true) {
    const isRefused = situation.link?.status === "failed" && towardsY === null
    return isRefused && !isChanged(standing, seen) ? skip("unchanged") : createTowardsY(standing, seen)
  }
  // Matched by key, and Y is not read yet: its reading compares them.
  const isUnread = imageY === null && (imageX === null || Standing.travelsFrom(y, situation.policy))
  if (isUnread && towardsX === null && towardsY === null) return skip("unchanged")
  return planFields(cameBack(standing, undefined), seen)
}

const isChanged = ({ imageX, situation }: Standing.Standing, seen: Fields): boolean =>
  situation.policy.fields.some(
    ({ merge, name }) => !Merge.isSame(merge, Standing.valueIn(seen, name), Standing.valueIn(imageX, name))
  )

/** It is here, so a create towards X has lost its reason, and a delete towards Y, which carries no fields, too. */
const cameBack = (standing: Standing.Standing, record: Conflict.Contest | undefined): Standing.Standing => {
  const { imageX, towardsX, x } = standing
  const base = record?.base[x]
  return {
    ...standing,
    imageX: imageX ?? (isRecord(base) ? base : null),
    towardsX: towardsX?.operation === "create" ? editsOf(towardsX) : towardsX,
    contested: record === undefined ? standing.contested : {}
  }
}

const isRecord = (json: unknown): json is Fields => typeof json === "object" && json !== null && !Array.isArray(json)

/** The record is at both sides, or on its way there: field by field. */
const planFields = (standing: Standing.Standing, seen: Fields): Plan => {
  const { policy } = standing.situation
  const plans = policy.fields.map((field) => ({ field, plan: FieldPlan.of(standing, seen, field) }))
  const settlements = settle(standing, seen, plans)
  if (Result.isFailure(settlements)) return { _tag: "Refuse", why: settlements.failure }
  const { contested: settled, rewritten } = settlements.success
  const contested: { [field: string]: Conflict.Contest } = {}
  const towards: Record<"x" | "y", { [field: string]: OutboxEntry.Change }> = { x: {}, y: {} }
  const records: Array<Settled> = []
  for (const { field, plan } of plans) {
    const { name } = field
    const settlement = settled.get(name)
    let lanes: Pick<FieldPlan.FieldPlan, "towardsX" | "towardsY"> = plan
    if (settlement?._tag === "Settled") {
      lanes = FieldPlan.given(standing, seen, field, settlement.value, settlement.winner)
      if (plan.contest !== null) records.push(recordOf(name, plan.contest.contest, settlement))
    } else if (plan.contest !== null) {
      contested[name] = plan.contest.contest
    } else if (Object.hasOwn(rewritten, name)) {
      lanes = FieldPlan.given(standing, seen, field, Standing.valueIn(rewritten, name), "merged")
    }
    if (plan.settled !== null) records.push(plan.settled)
    if (lanes.towardsX !== null) towards.x[name] = lanes.towardsX
    if (lanes.towardsY !== null) towards.y[name] = lanes.towardsY
  }
  return conclude(standing, { contested, towards, settled: records, news: newsOf(plans) })
}

interface Planned {
  readonly field: FieldPolicy
  readonly plan: FieldPlan.FieldPlan
}

const settle = (standing: Standing.Standing, seen: Fields, plans: ReadonlyArray<Planned>) => {
  const { before, imageX, imageY, situation } = standing
  const contested: { [field: string]: Conflict.Contest } = {}
  for (const { field, plan } of plans) if (plan.contest?.isNew === true) contested[field.name] = plan.contest.contest
  if (Object.keys(contested).length === 0) return Result.succeed(Conflict.nothingSettled)
  const rules = new Map(situation.policy.fields.map((field) => [field.name, field]))
  return Conflict.settle(
    {
      contested,
      ...Standing.ofSides<Fields | null>(standing, seen, imageY),
      base: Standing.ofSides(standing, imageX, imageY),
      pending: before,
      failure: situation.failure ?? null
    },
    situation.policy,
    (name) => rules.get(name) ?? { authority: null, merge: "value" }
  )
}

const recordOf = (
  field: string,
  { base, source, target }: Conflict.Contest,
  { strategy, winner }: Extract<Conflict.Settlement, { readonly _tag: "Settled" }>
): Settled => ({ field, base, source, target, strategy, winner })

/** What is said when nothing is to be written: the news that matters most. */
const newsOf = (plans: ReadonlyArray<Planned>): WhySkipped =>
  (["cannot", "drift", "agreed"] as const).find((news) => plans.some(({ plan }) => plan.news === news)) ?? "unchanged"

interface Conclusion {
  readonly contested: Conflict.OpenConflict["contested"]
  readonly towards: Record<"x" | "y", { readonly [field: string]: OutboxEntry.Change }>
  readonly settled: ReadonlyArray<Settled>
  readonly news: WhySkipped
}

const conclude = (standing: Standing.Standing, { contested, news, settled, towards }: Conclusion): Plan => {
  // What was decided before may stay: it was written with its reference known, or is held.
  const missing = standing.situation.missing.filter(
    ({ field }) => towards.y[field] !== undefined && towards.y[field] !== Standing.changeIn(standing.towardsY, field)
  )
  const draftOf = (changes: OutboxEntry.Changes) =>
    Object.keys(changes).length === 0 ? null : OutboxEntry.draftOf("update", changes)
  const towardsX = draftOf(towards.x)
  if (Object.keys(contested).length > 0) {
    // A withheld reference is held as it was read: which link its record will have is open.
    return park(standing, contested, { towardsX, towardsY: draftOf(towards.y), settled, leftOut: [] })
  }
  const required = missing.filter(({ isOptional }) => !isOptional)
  if (required.length > 0) return wait({ _tag: "References", missing: required })
  const written = Object.entries(towards.y).filter(([name]) => missing.every(({ field }) => field !== name))
  return write(standing, { towardsX, towardsY: draftOf(Object.fromEntries(written)), settled, leftOut: missing }, news)
}
