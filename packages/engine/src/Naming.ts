/** Which pairs and records a person means by a name. */
import { type EntityType, type IntegrationName, JobName, Link, RecordId, RecordKey } from "@syncline/core"
import { PairLinks } from "@syncline/store"
import { Effect } from "effect"
import { NotFound, UnknownName } from "./EngineError.ts"
import type { Pair } from "./Pair.ts"
import type { Registry } from "./Registry.ts"
import type { Named } from "./Steering.ts"

const unique = (names: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(names)]

/** The pairs that a name means: an integration's, a job's, or all where there is none. */
export const pairsOf = (
  { pairs }: Registry,
  name: string | undefined
): Effect.Effect<ReadonlyArray<Pair>, UnknownName> => {
  if (name === undefined) return Effect.succeed(pairs)
  const named = pairs.filter(({ key }) => key.integration === name)
  const found = named.length > 0 ? named : pairs.filter(({ job }) => job.name === name)
  const known = [...unique(pairs.map(({ key }) => key.integration)), ...pairs.map(({ job }) => job.name)]
  return found.length > 0 ? Effect.succeed(found) : Effect.fail(new UnknownName({ name, known }))
}

/** The pairs that sync an entity: of that job, or with an entity of that name at either side. */
export const pairsWith = ({ pairs }: Registry, entity: string): Effect.Effect<ReadonlyArray<Pair>, NotFound> => {
  const ofJob = pairs.filter(({ job }) => job.name === entity)
  const found =
    ofJob.length > 0 ? ofJob : pairs.filter(({ source, target }) => [source.name, target.name].includes(entity))
  const known = unique(pairs.flatMap(({ job, source, target }) => [job.name, source.name, target.name]))
  return found.length > 0
    ? Effect.succeed(found)
    : Effect.fail(
        new NotFound({
          what: "entity or job",
          id: entity,
          detail: `known are ${known.map((name) => `"${name}"`).join(", ")}`
        })
      )
}

/** The one pair that is meant; fails where several sync the entity. */
export const pairWith = Effect.fn("Naming.pairWith")(function* (registry: Registry, entity: string) {
  const [first, ...others] = yield* pairsWith(registry, entity)
  if (first !== undefined && others.length === 0) return first
  const jobs = [first, ...others].map((pair) => `"${pair?.job.name}"`).join(", ")
  return yield* new NotFound({
    what: "single job with the entity",
    id: entity,
    detail: `there are ${jobs}; name one of these instead`
  })
})

export interface Found {
  readonly pair: Pair
  readonly link: PairLinks.Resolved
}

/** Every link that a name means, each once. An id may be of either side where the entity's name does not say which. */
export const linksOf = Effect.fn("Naming.linksOf")(function* (registry: Registry, { entity, id }: Named) {
  const pairs = yield* pairsWith(registry, entity)
  if (id === "") return []
  const links = yield* PairLinks.PairLinks
  const found = yield* Effect.forEach(pairs, (pair) =>
    Effect.map(
      links.resolveReferences(
        pair.key.tenant,
        pair.key.integration,
        wanted(pair.key.entity, sidesOf(pair, entity), id)
      ),
      (resolved) =>
        [...new Map(resolved.map((link) => [link.key, link])).values()].map((link): Found => ({ pair, link }))
    )
  )
  return found.flat()
})

const sidesOf = ({ source, target }: Pair, entity: string): ReadonlyArray<"source" | "target"> => {
  if (source.name === target.name) return ["source", "target"]
  return entity === source.name ? ["source"] : entity === target.name ? ["target"] : ["source", "target"]
}

const wanted = (
  entity: EntityType,
  sides: ReadonlyArray<"source" | "target">,
  id: string
): ReadonlyArray<PairLinks.Wanted> => [
  ...sides.map((side) => ({ entity, side, id: RecordId.make(id) })),
  { entity, key: RecordKey.make(id) },
  // Born at the target, and its id not yet known to the link's row.
  ...(sides.includes("target") ? [{ entity, key: Link.keyOf("target", RecordId.make(id)) }] : [])
]

/** The same; fails where there is none. */
export const someLinksOf = Effect.fn("Naming.someLinksOf")(function* (registry: Registry, named: Named) {
  const found = yield* linksOf(registry, named)
  if (found.length > 0) return found
  return yield* new NotFound({
    what: named.entity,
    id: named.id,
    detail: "it was never seen, or its job has not run yet; an id is written as its provider writes it"
  })
})

/** The pair of a row of the store; undefined where the configuration no longer has it. */
export const pairOfKey = ({ pairs }: Registry, integration: IntegrationName, entity: EntityType): Pair | undefined =>
  pairs.find(({ key }) => key.integration === integration && key.entity === entity)

/** The job of a row of the store. One that the configuration no longer has is called as it was by default. */
export const jobOf = (registry: Registry, integration: IntegrationName, entity: EntityType): JobName =>
  pairOfKey(registry, integration, entity)?.job.name ?? JobName.make(`${integration}/${entity}`)

/** A filter of the store's rows for each pair that a name means; one without bounds for all. */
export const filtersOf = (registry: Registry, name: string | undefined) =>
  name === undefined
    ? Effect.succeed([{}])
    : Effect.map(pairsOf(registry, name), (pairs) =>
        pairs.map(({ key: { entity, integration } }) => ({ entity, integration }))
      )
