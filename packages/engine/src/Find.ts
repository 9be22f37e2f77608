/** Finds what a source shows: one step of a walk, its claims answered by `get`, read ahead while the step before is committed. */
import type { Change, Http, Page, Position, Seen, Sql, Unreadable, Walk } from "@syncline/connector"
import { type Fields, Image, type RecordId } from "@syncline/core"
import { Array as Arrays, Clock, Effect } from "effect"
import type { Sighting } from "./Sight.ts"
import { idOf, provide, type Side } from "./Pair.ts"

/** One step: what it showed and where the walk goes on. */
export interface Step<Ending> {
  readonly sightings: ReadonlyArray<Sighting>
  readonly next: Page<never, Ending>["next"]
}

/** Answers asked for side by side; the connection's budget orders them. */
const readsInFlight = 16

/**
 * Reads one step at `position`. Claims are answered once in a walk, by `answered`: the walk's bound was fixed before the first of
 * its reads, so a record that was read since is as new as any claim of the walk.
 */
export const step = Effect.fn("Find.step")(function* <Ending>(
  side: Side,
  walk: Walk.Walk<Change<Fields>, Ending, Http | Sql>,
  position: Position,
  answered: Set<RecordId>
) {
  const lagMs = side.entity.source.changes?.lagMs ?? 0
  const observedAtMs = Image.observedAtMs({ startedAtMs: yield* Clock.currentTimeMillis, lagMs })
  const page = yield* provide(side, walk.read(position))
  const seen: Array<Sighting["seen"][number]> = []
  const claimed = new Set<RecordId>()
  for (const item of page.items) {
    if (item._tag === "Touched") claimed.add(item.id)
    else if (item._tag === "Merged") {
      seen.push({ _tag: "Gone", id: item.id })
      claimed.add(item.into)
    } else seen.push(item)
  }
  const ids = [...claimed].filter((id) => !answered.has(id))
  const sightings: Array<Sighting> = seen.length === 0 ? [] : [{ seen, observedAtMs }]
  if (ids.length > 0) {
    sightings.push(yield* get(side, ids))
    for (const id of ids) answered.add(id)
  }
  const result: Step<Ending> = { sightings, next: page.next }
  return result
})

/** The records as they are now. Silence is no answer: an id left out is set aside, and asked for again by the next run. */
export const get = Effect.fn("Find.get")(function* (side: Side, ids: ReadonlyArray<RecordId>) {
  const { sighting, silent } = yield* ask(side, ids)
  const whole: Sighting = { ...sighting, seen: [...sighting.seen, ...silent.map(unanswered)] }
  return whole
})

/** The same, with the ids for which there was no answer apart. */
export const ask = Effect.fn("Find.ask")(function* (side: Side, ids: ReadonlyArray<RecordId>) {
  const observedAtMs = Image.observedAtMs({ startedAtMs: yield* Clock.currentTimeMillis, lagMs: 0 })
  const { get: verb } = side.entity.source
  const answers = yield* Effect.forEach(Arrays.chunksOf(ids, verb.max), (some) => provide(side, verb.run(some)), {
    concurrency: readsInFlight
  })
  const seen = answers.flat().map(withoutMerged)
  const told = new Set(seen.map((each) => (each._tag === "Present" ? idOf(side, each.record) : each.id)))
  const sighting: Sighting = { seen, observedAtMs }
  return { sighting, silent: ids.filter((id) => !told.has(id)) }
})

/** A record that lives on under another id is gone under this one; the other one is a change of its own. */
const withoutMerged = (seen: Seen<Fields>): Sighting["seen"][number] =>
  seen._tag === "Merged" ? { _tag: "Gone", id: seen.id } : seen

const unanswered = (id: RecordId): Unreadable => ({
  _tag: "Unreadable",
  id,
  why: "the provider did not answer for this record; the next run asks again",
  payload: null
})
