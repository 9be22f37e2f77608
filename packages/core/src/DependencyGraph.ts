/** In which order entities are synced, so that what a record refers to is there before it. Deletions go in reverse. */
import { Result, Schema } from "effect"

/** `entity` refers to `on`. An optional reference never blocks: where it cannot come first it is written in a second step. */
export interface Dependency {
  readonly entity: string
  readonly on: string
  readonly isOptional: boolean
}

/** Entities require each other in a circle. `path` begins and ends with the same entity. */
export class DependencyCycle extends Schema.TaggedError<DependencyCycle>()("DependencyCycle", {
  path: Schema.Array(Schema.String),
  message: Schema.String
}) {}

/**
 * The entities, each after those it requires and, unless they refer to each other in a circle, after those it may refer to; else in
 * the order given. References to entities outside the list are ignored, since they are not synced, and so are an entity's
 * references to itself.
 */
export const order = (
  entities: ReadonlyArray<string>,
  dependencies: ReadonlyArray<Dependency>
): Result.Result<ReadonlyArray<string>, DependencyCycle> => {
  const required = referredTo(
    entities,
    dependencies.filter(({ isOptional }) => !isOptional)
  )
  const wanted = referredTo(entities, dependencies)
  const ordered = new Set<string>()
  const waiting = new Set(entities)
  while (waiting.size > 0) {
    const circles = [...waiting].flatMap((entity) => circleOf(entity, waiting, wanted) ?? [])
    const next = circles.find(({ entity }) => isWithin(ordered, required.get(entity)))?.entity
    if (next === undefined) return Result.fail(cycleIn(circles[0]?.members ?? waiting, required))
    waiting.delete(next)
    ordered.add(next)
  }
  return Result.succeed([...ordered])
}

/** The references that `order` could not put first, so that they are written in two phases: those in circles, and to oneself. */
export const deferred = (
  order: ReadonlyArray<string>,
  dependencies: ReadonlyArray<Dependency>
): ReadonlyArray<Dependency> =>
  dependencies.filter(
    ({ entity, on }) => order.includes(entity) && order.includes(on) && order.indexOf(on) >= order.indexOf(entity)
  )

/** Entities by the entity that refers to them. */
type References = ReadonlyMap<string, ReadonlySet<string>>

const referredTo = (entities: ReadonlyArray<string>, dependencies: ReadonlyArray<Dependency>): References => {
  const known = new Set(entities)
  return new Map(
    [...known].map((entity) => [
      entity,
      new Set(
        dependencies
          .filter((each) => each.entity === entity && each.on !== entity && known.has(each.on))
          .map(({ on }) => on)
      )
    ])
  )
}

const isWithin = (whole: ReadonlySet<string>, part: ReadonlySet<string> | undefined): boolean =>
  part === undefined || [...part].every((entity) => whole.has(entity))

interface Circle {
  readonly entity: string
  readonly members: ReadonlySet<string>
}

/** The waiting entities that this one leads to, if all of them lead back to it; null: some can come before it. */
const circleOf = (entity: string, waiting: ReadonlySet<string>, wanted: References): Circle | null => {
  const members = reached(entity, waiting, wanted)
  return [...members].every((member) => reached(member, waiting, wanted).has(entity)) ? { entity, members } : null
}

/** The waiting entities that can be reached from this one, and itself. */
const reached = (entity: string, waiting: ReadonlySet<string>, wanted: References): ReadonlySet<string> => {
  const found = new Set([entity])
  for (const each of found) for (const on of wanted.get(each) ?? []) if (waiting.has(on)) found.add(on)
  return found
}

/** Each of these requires another of them, so following the requirements must come back to one already met. */
const cycleIn = (waiting: ReadonlySet<string>, required: References): DependencyCycle => {
  const walked: Array<string> = []
  let entity = [...waiting][0] ?? ""
  while (!walked.includes(entity)) {
    walked.push(entity)
    entity = [...(required.get(entity) ?? [])].find((each) => waiting.has(each)) ?? ""
  }
  const path = [...walked.slice(walked.indexOf(entity)), entity]
  return new DependencyCycle({
    path,
    message: `entity "${entity}" depends on itself: ${path.join(" → ")}; make one of these references optional, or leave an entity out`
  })
}

const Edge = Schema.Struct({ entity: Schema.String, on: Schema.String })

/** What an integration, or a tenant for it, says otherwise about the order. */
export const Configuration = Schema.Struct({
  add: Schema.optionalKey(
    Schema.Array(Schema.Struct({ ...Edge.fields, isOptional: Schema.optionalKey(Schema.Boolean) }))
  ),
  remove: Schema.optionalKey(Schema.Array(Edge))
})
export type Configuration = typeof Configuration.Type

/**
 * The dependencies after the configurations, the integration's first and then the tenant's. An added one replaces the one between
 * the same entities; it is required unless it says otherwise. Fails with a line per mistake: entities that are not synced, and the
 * removal of what is not there.
 */
export const configured = (
  entities: ReadonlyArray<string>,
  dependencies: ReadonlyArray<Dependency>,
  configurations: ReadonlyArray<Configuration>
): Result.Result<ReadonlyArray<Dependency>, ReadonlyArray<string>> => {
  const mistakes: Array<string> = []
  let edges = dependencies
  for (const { add = [], remove = [] } of configurations) {
    for (const edge of [...add, ...remove]) {
      const unknown = [edge.entity, edge.on].filter((entity) => !entities.includes(entity))
      if (unknown.length > 0)
        mistakes.push(
          `dependency ${shown(edge)} names ${quoted(unknown)}, which is not synced; known are ${quoted(entities)}`
        )
    }
    for (const edge of remove) {
      if (!edges.some((each) => isSame(each, edge)))
        mistakes.push(`dependency ${shown(edge)} cannot be removed, because there is none; leave it out`)
    }
    edges = [
      ...edges.filter((each) => ![...remove, ...add].some((edge) => isSame(each, edge))),
      ...add.map(({ isOptional = false, ...edge }) => ({ ...edge, isOptional }))
    ]
  }
  return mistakes.length === 0 ? Result.succeed(edges) : Result.fail(mistakes)
}

type Edge = typeof Edge.Type

const isSame = (one: Edge, other: Edge): boolean => one.entity === other.entity && one.on === other.on

const shown = ({ entity, on }: Edge): string => `${entity} → ${on}`

const quoted = (names: ReadonlyArray<string>): string => names.map((name) => `"${name}"`).join(", ")
