/** In which order entities are synced, so that what a record refers to is there before it. */
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
 * The entities, each after those it requires and, where that is possible, after those it may refer to; else in the order given.
 * References to entities outside the list are ignored, since they are not synced, and so are an entity's references to itself.
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
    const ready = [...waiting].filter((entity) => isWithin(ordered, required.get(entity)))
    const next = ready.find((entity) => isWithin(ordered, wanted.get(entity))) ?? ready[0]
    if (next === undefined) return Result.fail(cycleIn(waiting, required))
    waiting.delete(next)
    ordered.add(next)
  }
  return Result.succeed([...ordered])
}

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

/** Every entity that waits requires another that waits, so following the requirements must come back to one already met. */
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
