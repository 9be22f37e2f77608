/** In which order the pairs of an integration are synced, by what their records refer to at either side. */
import { DependencyGraph, EntityType, references, Side } from "@syncline/core"
import { Result } from "effect"
import type { Connection } from "./Connection.ts"
import type { EntityPair } from "./Project.ts"

/** Pairs are named by their source's entity. */
export interface PairOrder {
  readonly entities: ReadonlyArray<string>
  /** The other pairs that must have been synced before. */
  readonly required: (entity: string) => ReadonlySet<string>
  /** The pairs that its records may refer to before those are there: these references are written in a second step. */
  readonly deferred: (entity: string) => ReadonlySet<EntityType>
}

/** Fails with a line per mistake: what is configured and cannot be, or the path of pairs that require each other in a circle. */
export const of = (
  pairs: ReadonlyArray<EntityPair>,
  connections: Readonly<Record<Side.Side, Connection>>,
  configurations: ReadonlyArray<DependencyGraph.Configuration>
): Result.Result<PairOrder, ReadonlyArray<string>> =>
  Result.flatMap(
    DependencyGraph.configured(
      pairs.map(({ source }) => source),
      pairs.flatMap((pair) => edgesOf(pairs, connections, pair)),
      configurations
    ),
    (edges) => Result.mapError(ordered(pairs, edges), ({ message }) => [message])
  )

const ordered = (
  pairs: ReadonlyArray<EntityPair>,
  edges: ReadonlyArray<DependencyGraph.Dependency>
): Result.Result<PairOrder, DependencyGraph.DependencyCycle> => {
  const named = (from: ReadonlyArray<DependencyGraph.Dependency>, entity: string) =>
    from.filter((edge) => edge.entity === entity).map(({ on }) => on)
  return Result.map(
    DependencyGraph.order(
      pairs.map(({ source }) => source),
      edges
    ),
    (entities) => {
      const required = edges.filter(({ entity, isOptional, on }) => !isOptional && on !== entity)
      const deferred = DependencyGraph.deferred(entities, edges)
      return {
        entities,
        required: (entity) => new Set(named(required, entity)),
        deferred: (entity) => new Set(named(deferred, entity).map((on) => EntityType.make(on)))
      }
    }
  )
}

const edgesOf = (
  pairs: ReadonlyArray<EntityPair>,
  connections: Readonly<Record<Side.Side, Connection>>,
  pair: EntityPair
): ReadonlyArray<DependencyGraph.Dependency> =>
  Side.Side.literals.flatMap((side) => {
    const entity = connections[side].entities[pair[side]]
    return entity === undefined
      ? []
      : references(entity.schema).flatMap(({ entity: name, isOptional }) =>
          pairs
            .filter((other) => other[side] === name)
            .map((other) => ({ entity: pair.source, on: other.source, isOptional }))
        )
  })
