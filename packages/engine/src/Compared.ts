/**
 * Carries out what comparing ids has shown. A deletion is only what the provider confirms by the record's id, and only when no more
 * records are gone than a run may let go of unasked; everything else is read and decided on like any other change.
 */
import type { ConnectorError } from "@syncline/connector"
import { Reconciliation, type RecordId, Side } from "@syncline/core"
import { type Cursors, Deletions, type Lease, Reconciliations, type SqlError } from "@syncline/store"
import { Effect, Schema } from "effect"
import * as Find from "./Find.ts"
import type { Pair } from "./Pair.ts"
import { atSide, type TargetFailed } from "./Place.ts"
import type { Sight, Sighting } from "./Sight.ts"

/** What was found at one side. */
export const FoundAtSide = Schema.Struct({
  /** Linked and not listed. */
  unlisted: Schema.Finite,
  /** Of those, what the provider confirmed to be gone, and what it showed to be there. */
  deleted: Schema.Finite,
  present: Schema.Finite,
  /** Deletions that wait for a person. */
  held: Schema.Finite,
  /** Listed and not linked; changed since; deleted before and there again. */
  missed: Schema.Finite,
  drifted: Schema.Finite,
  back: Schema.Finite
})
export type FoundAtSide = typeof FoundAtSide.Type

/** What a reconciliation found. `mapped`: the pair's live links. */
export const Found = Schema.Struct({ mapped: Schema.Finite, source: FoundAtSide, target: FoundAtSide })
export type Found = typeof Found.Type

/** How the pair takes what is read at a side. */
export interface Taking<E, R> {
  readonly pair: Pair
  readonly lease: (side: Side.Side) => Lease
  readonly take: (side: Side.Side, sighting: Sighting) => Effect.Effect<void, E, R>
  /** A mirror's rows that are not there any more; absent: what is gone at the target is a deletion there. */
  readonly mend?: (ids: ReadonlyArray<RecordId>) => Effect.Effect<void, E, R>
  readonly note: (text: string) => Effect.Effect<void>
}

type Failed = ConnectorError | TargetFailed | Cursors.Fenced | SqlError

const pageSize = 500

const nothing: FoundAtSide = { unlisted: 0, deleted: 0, present: 0, held: 0, missed: 0, drifted: 0, back: 0 }

/** Both sides, after `Reconciliations.compare`. Answers what was found, and whether the listings can be
 * believed; an interrupted one is compared anew and finds the rest. */
export const carryOut = Effect.fn("Compared.carryOut")(function* <E, R>(
  taking: Taking<E, R>,
  compared: Reconciliations.Compared
): Effect.fn.Return<
  { readonly found: Found; readonly isTrusted: boolean },
  E | Failed,
  R | Deletions.Deletions | Reconciliations.Reconciliations
> {
  const found: Record<Side.Side, FoundAtSide> = { source: nothing, target: nothing }
  for (const side of Side.Side.literals) {
    const deletions =
      side === "target" && taking.mend !== undefined
        ? yield* mendAll(taking, taking.mend)
        : yield* confirmAll(taking, side, compared[side].unlisted, compared.mapped)
    for (const kind of ["back", "missed", "drifted"] as const) {
      yield* eachPage(taking, side, kind, (ids) =>
        Effect.flatMap(asked(taking, side, ids), ({ sighting }) => taking.take(side, sighting))
      )
    }
    found[side] = { ...nothing, ...compared[side], ...deletions }
  }
  const told: Found = { mapped: compared.mapped, source: found.source, target: found.target }
  const most = Reconciliation.mostDeletions(compared.mapped)
  return { found: told, isTrusted: Side.Side.literals.every((side) => found[side].present <= most) }
})

/** Deletions that a person has approved: what is still gone is let go of, and nothing else. */
export const carryOutApproved = Effect.fn("Compared.carryOutApproved")(function* <E, R>(
  taking: Taking<E, R>
): Effect.fn.Return<void, E | Failed, R | Deletions.Deletions> {
  const deletions = yield* Deletions.Deletions
  for (const side of Side.Side.literals) {
    let after: RecordId | null = null
    while (true) {
      const ids: ReadonlyArray<RecordId> = yield* deletions.approved(taking.pair.key, side, { after, limit: pageSize })
      const last = ids.at(-1)
      if (last === undefined) break
      const { sighting, silent } = yield* asked(taking, side, ids)
      yield* taking.take(side, sighting)
      const unanswered = new Set(silent)
      yield* deletions.settle(
        taking.lease(side),
        side,
        ids.filter((id) => !unanswered.has(id))
      )
      after = last
    }
  }
})

/**
 * Asks for each unlisted record by its id. None is let go of before all were asked for: too many that are gone are held, and too many
 * that are there show that the listing said less than there is, so it proves nothing.
 */
const confirmAll = Effect.fnUntraced(function* <E, R>(
  taking: Taking<E, R>,
  side: Side.Side,
  unlisted: number,
  mapped: number
) {
  const most = Reconciliation.mostDeletions(mapped)
  const gone: Array<Sighting> = []
  let deleted = 0
  let present = 0
  yield* eachPage(taking, side, "unlisted", (ids) =>
    Effect.gen(function* () {
      if (deleted > most || present > most) return
      const { sighting } = yield* asked(taking, side, ids)
      const isGone = ({ _tag }: Sight) => _tag === "Gone"
      const lost = sighting.seen.filter(isGone)
      const there = sighting.seen.filter((sight) => !isGone(sight))
      deleted += lost.length
      present += there.length
      if (lost.length > 0) gone.push({ ...sighting, seen: lost })
      if (there.length > 0) yield* taking.take(side, { ...sighting, seen: there })
    })
  )
  if (present > most) {
    yield* taking.note(
      `the ${side}'s listing left out more than ${most} records that are there, so it proves no deletion; the next reconciliation lists again`
    )
    return { deleted: 0, present, held: 0 }
  }
  // Where the asking stopped, those not asked for are taken for gone: a person decides on all of them together.
  const verdict = Reconciliation.brake(deleted > most ? unlisted - present : deleted, mapped, false)
  if (verdict._tag === "Held") {
    const deletions = yield* Deletions.Deletions
    const held = yield* deletions.hold(taking.lease(side), side)
    yield* taking.note(`at the ${side} ${verdict.reason} with: syncline deletes approve ${taking.pair.job.name}`)
    return { deleted: 0, present, held }
  }
  for (const sighting of gone) yield* taking.take(side, sighting)
  const deletions = yield* Deletions.Deletions
  yield* deletions.settle(
    taking.lease(side),
    side,
    gone.flatMap(({ seen }) => seen.flatMap((sight) => (sight._tag === "Gone" ? [sight.id] : [])))
  )
  return { deleted, present, held: 0 }
})

/** A mirror's table belongs to the source: what somebody deleted there is written again. */
const mendAll = Effect.fnUntraced(function* <E, R>(
  taking: Taking<E, R>,
  mend: (ids: ReadonlyArray<RecordId>) => Effect.Effect<void, E, R>
) {
  yield* eachPage(taking, "target", "unlisted", mend)
  return {}
})

const eachPage = Effect.fnUntraced(function* <E, R>(
  { pair }: Pick<Taking<E, R>, "pair">,
  side: Side.Side,
  kind: Reconciliations.Kind,
  use: (
    ids: ReadonlyArray<RecordId>
  ) => Effect.Effect<void, E | ConnectorError | TargetFailed | SqlError, R | Deletions.Deletions>
) {
  const store = yield* Reconciliations.Reconciliations
  let after: RecordId | null = null
  while (true) {
    const page: ReadonlyArray<Reconciliations.Difference> = yield* store.differences(pair.key, {
      side,
      kind,
      after,
      limit: pageSize
    })
    const last = page.at(-1)
    if (last === undefined) return
    yield* use(page.map(({ id }) => id))
    after = last.id
  }
})

/** Silence is no answer: a record that was not answered for stays as it is known. */
const asked = <E, R>(
  { pair }: Pick<Taking<E, R>, "pair">,
  side: Side.Side,
  ids: ReadonlyArray<RecordId>
): Effect.Effect<Effect.Success<ReturnType<typeof Find.ask>>, ConnectorError | TargetFailed> =>
  atSide(side, Find.ask(pair[side], ids))
