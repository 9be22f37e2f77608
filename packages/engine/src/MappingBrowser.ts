/** Which record is which: looked up, said by a person, and what the first match left to one. */
import { Link, RecordId, Side } from "@syncline/core"
import { Links, Matches, PairLinks, type SqlError } from "@syncline/store"
import { Effect } from "effect"
import * as ByHand from "./ByHand.ts"
import { type EngineError, Moved, Refused } from "./EngineError.ts"
import * as Naming from "./Naming.ts"
import type { Pair } from "./Pair.ts"
import type { Registry } from "./Registry.ts"
import type { MappingSummary, MatchReview } from "./Report.ts"
import type * as Steering from "./Steering.ts"
import type { SteeringServices } from "./SteeringServices.ts"

/** A link as the browser shows it. */
export const summary = Effect.fn("MappingBrowser.summary")(function* ({ link, pair }: Naming.Found) {
  const { isDeleted, key, sourceId, targetId, version } = link
  const [situation] = yield* Effect.flatMap(PairLinks.PairLinks, (links) => links.situations(pair.key, { keys: [key] }))
  const mirrored =
    pair.twoWay === null ? yield* Effect.flatMap(Links.Links, (links) => links.read(pair.key, [key])) : null
  const told: MappingSummary = {
    job: pair.job.name,
    integration: pair.key.integration,
    key,
    source: { entity: pair.source.name, id: sourceId },
    target: { entity: pair.target.name, id: targetId },
    status: situation?.link?.status ?? "mapped",
    isDeleted,
    version,
    updatedAtMs: mirrored?.get(key)?.updatedAtMs ?? null
  }
  return told
})

export const find = Effect.fn("MappingBrowser.find")(function* (registry: Registry, named: Steering.Named) {
  return yield* Effect.forEach(yield* Naming.linksOf(registry, named), summary)
})

/** The one link that is meant; refused where several are. */
const one = Effect.fnUntraced(function* (registry: Registry, named: Steering.Named) {
  const [first, ...others] = yield* Naming.someLinksOf(registry, named)
  if (first !== undefined && others.length === 0) return first
  const jobs = [first, ...others].map((found) => `"${found?.pair.job.name}:${found?.link.key}"`).join(", ")
  return yield* new Refused({ detail: `${named.entity} "${named.id}" is linked more than once; say which: ${jobs}` })
})

const situationOf = Effect.fnUntraced(function* (pair: Pair, { key }: PairLinks.Resolved) {
  const [situation] = yield* Effect.flatMap(PairLinks.PairLinks, (links) => links.situations(pair.key, { keys: [key] }))
  if (situation === undefined || situation.link === null) {
    return yield* new Refused({
      detail: `job "${pair.job.name}" mirrors the source: both records have the same id, and there is nothing to link`
    })
  }
  return { ...situation, link: situation.link }
})

/** The record keeps its key and the side at which it was born; the other side's record is from now on a stranger. */
export const unlink = Effect.fn("MappingBrowser.unlink")(function* (
  registry: Registry,
  named: Steering.Named
): Effect.fn.Return<MappingSummary, EngineError | SqlError, SteeringServices> {
  const found = yield* one(registry, named)
  const { entries, key, laneVersions, link, version } = yield* situationOf(found.pair, found.link)
  if (entries.length > 0) {
    return yield* new Refused({
      detail: `${named.entity} "${named.id}" has a write under way; unlink it when that is settled: syncline run ${found.pair.key.integration}`
    })
  }
  const before = yield* summary(found)
  const { side } = Link.parseKey(key)
  yield* ByHand.commit(found.pair, [{ key, version, laneVersions }], {
    pairLinks: [
      {
        key,
        readVersion: version,
        sourceId: side === "source" ? link.sourceId : null,
        targetId: side === "target" ? link.targetId : null,
        status: "pending",
        isDeleted: link.isDeleted,
        source: side === "source" ? "keep" : null,
        target: side === "target" ? "keep" : null
      }
    ]
  })
  return before
})

/** Both are matched without a base: what differs is a conflict like any other. */
export const link = Effect.fn("MappingBrowser.link")(function* (
  registry: Registry,
  { entity, sourceId, targetId }: Parameters<Steering.Mappings["link"]>[0]
): Effect.fn.Return<MappingSummary, EngineError | SqlError, SteeringServices> {
  const pair = yield* Naming.pairWith(registry, entity)
  if (sourceId === "" || targetId === "") return yield* new Refused({ detail: "an id must not be empty" })
  const ids = { source: RecordId.make(sourceId), target: RecordId.make(targetId) }
  const links = yield* PairLinks.PairLinks
  const [atSource] = yield* links.situations(pair.key, { side: "source", ids: [ids.source] })
  const [atTarget] = yield* links.situations(pair.key, { side: "target", ids: [ids.target] })
  if (atSource === undefined || atTarget === undefined)
    return yield* new Moved({ detail: "the links have moved; try again" })
  if (atTarget.link !== null) return yield* taken(pair.target.name, ids.target, atTarget.link)
  if (atSource.link !== null && atSource.link.targetId !== null) {
    return yield* taken(pair.source.name, ids.source, atSource.link)
  }
  const { key, laneVersions, version } = atSource
  yield* ByHand.commit(
    pair,
    [
      { key, version, laneVersions },
      { key: atTarget.key, version: atTarget.version }
    ],
    {
      pairLinks: [
        {
          key,
          readVersion: version,
          sourceId: ids.source,
          targetId: ids.target,
          status: "mapped",
          isDeleted: false,
          source: null,
          target: null
        }
      ],
      reviewed: Side.Side.literals.map((side) => ({ side, id: ids[side] }))
    }
  )
  const [found] = yield* Naming.linksOf(registry, { entity: pair.job.name, id: key })
  return found === undefined ? yield* new Moved({ detail: "the link has moved; look again" }) : yield* summary(found)
})

const taken = (
  entity: string,
  id: string,
  link: { readonly sourceId: string | null; readonly targetId: string | null }
) =>
  new Refused({
    detail: `${entity} "${id}" is linked already: ${link.sourceId ?? "nothing"} ↔ ${link.targetId ?? "nothing"}; unlink it first with: syncline mappings unlink ${entity}:${id}`
  })

const reasons = {
  ambiguous: "a key of it is found in several records",
  disagree: "its keys are found in different records"
} as const

export const review = Effect.fn("MappingBrowser.review")(function* (
  registry: Registry,
  { limit, name }: Parameters<Steering.Mappings["review"]>[0]
) {
  const matches = yield* Matches.Matches
  const pairs = yield* Naming.pairsOf(registry, name)
  const found = yield* Effect.forEach(pairs, (pair) =>
    Effect.map(matches.review(pair.key, limit), (reviews) =>
      reviews.map(({ candidates, record, side, why }): MatchReview => ({
        job: pair.job.name,
        side,
        id: record.id,
        record: record.record,
        candidates,
        why: reasons[why]
      }))
    )
  )
  return found.flat().slice(0, limit)
})
