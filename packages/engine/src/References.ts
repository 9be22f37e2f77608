/** Which record of the integration a provider's id stands for, and back: looked up for a whole batch at once. */
import {
  type EntityType,
  FieldMapping,
  type Fields,
  RecordKey,
  type RecordId,
  ReferenceSite,
  Side
} from "@syncline/core"
import type { Batch, PairLinks, RecordSituation, SqlError } from "@syncline/store"
import { Effect } from "effect"
import type { Pair } from "./Pair.ts"

/** What was looked up. */
export interface References extends FieldMapping.References {
  /** The link of what was wanted; undefined: it has none. */
  readonly linkOf: (wanted: PairLinks.Wanted) => PairLinks.Resolved | undefined
}

type Lookup = (wanted: ReadonlyArray<PairLinks.Wanted>) => Effect.Effect<ReadonlyArray<PairLinks.Resolved>, SqlError>

const placeOf = (side: Side.Side, entity: EntityType, id: RecordId): string => JSON.stringify([side, entity, id])
const nameOf = (entity: EntityType, key: RecordKey): string => JSON.stringify([entity, key])

/** Looks up everything that `wanted` names, once each. */
export const load = Effect.fnUntraced(function* (lookup: Lookup, wanted: ReadonlyArray<PairLinks.Wanted>) {
  const distinct = new Map(wanted.map((each) => [JSON.stringify(each), each]))
  return distinct.size === 0 ? of([]) : of(yield* lookup([...distinct.values()]))
})

const of = (found: ReadonlyArray<PairLinks.Resolved>): References => {
  const byId = new Map<string, PairLinks.Resolved>()
  const byKey = new Map<string, PairLinks.Resolved>()
  for (const link of found) {
    byKey.set(nameOf(link.entity, link.key), link)
    if (link.sourceId !== null) byId.set(placeOf("source", link.entity, link.sourceId), link)
    if (link.targetId !== null) byId.set(placeOf("target", link.entity, link.targetId), link)
  }
  return {
    linkOf: (wanted) =>
      "key" in wanted
        ? byKey.get(nameOf(wanted.entity, wanted.key))
        : byId.get(placeOf(wanted.side, wanted.entity, wanted.id)),
    keyOf: (side, entity, id) => byId.get(placeOf(side, entity, id))?.key ?? null,
    idAt: (side, entity, key) => {
      const link = byKey.get(nameOf(entity, key))
      if (link === undefined || link.goneAt === side || isLeaving(link)) return null
      return link[side === "source" ? "sourceId" : "targetId"]
    },
    isGone: (entity, key) => byKey.get(nameOf(entity, key))?.goneAt === "both"
  }
}

/** Gone at one side, and on its way out at the other: what refers to it there waits until it is out, and then does without it. */
const isLeaving = ({ goneAt, isDeleted }: PairLinks.Resolved): boolean => goneAt !== null && isDeleted

/** What a commit has to find unchanged: each link, and the records whose decision it was used for. */
export const readOf = (
  references: References,
  wantedByKey: ReadonlyMap<RecordKey, ReadonlyArray<PairLinks.Wanted>>
): NonNullable<Batch["references"]> => {
  const used = new Map<PairLinks.Resolved, Set<RecordKey>>()
  for (const [key, wanted] of wantedByKey) {
    for (const each of wanted) {
      const link = references.linkOf(each)
      if (link === undefined) continue
      const users = used.get(link) ?? new Set()
      users.add(key)
      used.set(link, users)
    }
  }
  return [...used].map(([{ entity, goneAt, key, sourceId, targetId }, users]) => ({
    entity,
    key,
    sourceId,
    targetId,
    goneAt,
    usedBy: [...users]
  }))
}

/** The references that a provider's record holds. */
export const inRecord = ({ mapping }: Pair, side: Side.Side, record: Fields): ReadonlyArray<PairLinks.Wanted> =>
  mapping === null
    ? []
    : FieldMapping.referencesIn(mapping, side, record).map(({ entity, id }) => ({ entity, side, id }))

/** The references that canonical values hold: record keys, or ids of records that were not linked. */
export const inFields = ({ mapping }: Pair, fields: Fields): ReadonlyArray<PairLinks.Wanted> =>
  mapping === null
    ? []
    : FieldMapping.keysIn(mapping, fields).map(({ entity, value }) => {
        const unlinked = ReferenceSite.unlinkedIn(value)
        return unlinked === null ? { entity, key: RecordKey.make(value) } : { entity, ...unlinked }
      })

/** The references of both images of a record. */
export const inSituation = (pair: Pair, { link }: RecordSituation): ReadonlyArray<PairLinks.Wanted> =>
  Side.Side.literals.flatMap((side) => {
    const image = link?.[side] ?? null
    return image === null ? [] : inRecord(pair, side, image.record)
  })
