/** What a pair needs when both sides change, or when its target is no table: how conflicts settle and how records are paired at first. */
import type { Entity, Http, Sql } from "@syncline/connector"
import type { Conflict, EntityType, FieldMapping, Fields, Planner, SyncJob } from "@syncline/core"
import { Result } from "effect"
import type { Side } from "./Pair.ts"
import type { MatchKey, Policies } from "./Project.ts"

export interface TwoWay {
  readonly policy: Planner.Policy
  readonly match: ReadonlyArray<MatchKey>
  /** Pairs that this one may refer to before their records are there: its own, and those that circles put after it. */
  readonly deferred: ReadonlySet<EntityType>
}

/** Whether decisions of this pair are performed inside the commit: one way, into a table whose ids are the source's. */
export const isMirror = (direction: SyncJob.Direction, { connection, entity }: Side): boolean =>
  direction === "source_to_target" &&
  connection.database._tag !== "None" &&
  entity.target?.create?.repeat._tag === "Unique"

const verbsOf = ({ target }: Entity<Fields, Http | Sql>): Planner.Verbs => ({
  create: target?.create !== undefined,
  update: target?.update !== undefined,
  delete: target?.remove !== undefined
})

/** Where the settings of a pair and of its integration leave something open. */
const defaults = {
  strategy: "last_write_wins",
  mergeFallback: "last_write_wins",
  tie: "source",
  deletes: "propagate"
} as const

export interface Declared {
  readonly place: string
  readonly job: SyncJob.SyncJob
  readonly source: Side
  readonly target: Side
  readonly mapping: FieldMapping.Mapping
  readonly match: ReadonlyArray<MatchKey> | undefined
  readonly policies: Policies
  readonly deferred: ReadonlySet<EntityType>
}

/** The pair's policy, or one line for each thing that cannot work. */
export const load = ({
  deferred,
  job,
  mapping,
  match,
  place,
  policies,
  source,
  target
}: Declared): Result.Result<TwoWay, ReadonlyArray<string>> => {
  const strategy = strategyOf(policies.strategy ?? defaults.strategy)
  const mergeFallback = strategyOf(policies.mergeFallback ?? defaults.mergeFallback)
  const isEstimated = policies.estimated ?? false
  const problems = [
    ...unwritable(place, job.direction, source, target),
    ...timeless(place, strategy, isEstimated, source, target),
    ...(strategy === "merge" ? timeless(place, mergeFallback, isEstimated, source, target) : []),
    ...(mergeFallback === "merge"
      ? [`${place}.mergeFallback: merge cannot settle what merge could not; say another strategy`]
      : []),
    ...(match === undefined
      ? [
          `${place}.match: say which fields tell that two records are one, such as match: [{ source: "email", target: "mail" }], or match: [] when one side is new`
        ]
      : [])
  ]
  if (problems.length > 0 || match === undefined) return Result.fail(problems)
  return Result.succeed({
    match,
    deferred,
    policy: {
      direction: job.direction,
      strategy,
      mergeFallback,
      tie: policies.tie ?? defaults.tie,
      deletes: policies.deletes ?? defaults.deletes,
      granularityMs: Math.max(source.entity.changedAtPrecisionMs ?? 1, target.entity.changedAtPrecisionMs ?? 1),
      fields: mapping.fields,
      verbs: { source: verbsOf(source.entity), target: verbsOf(target.entity) }
    }
  })
}

const strategyOf = (declared: NonNullable<Policies["strategy"]>): Conflict.Strategy =>
  declared === "latest_wins" ? "last_write_wins" : declared

const written = (direction: SyncJob.Direction, source: Side, target: Side): ReadonlyArray<Side> => {
  if (direction === "bidirectional") return [source, target]
  return direction === "source_to_target" ? [target] : [source]
}

const unwritable = (place: string, direction: SyncJob.Direction, source: Side, target: Side): ReadonlyArray<string> =>
  written(direction, source, target)
    .filter(({ entity }) => entity.target?.create === undefined && entity.target?.update === undefined)
    .map(
      ({ connection, name }) =>
        `${place}: "${name}" of connection "${connection.name}" (${connection.connector}) cannot be written; give the job a direction in which it is only read`
    )

const timeless = (
  place: string,
  strategy: Conflict.Strategy,
  isEstimated: boolean,
  ...sides: ReadonlyArray<Side>
): ReadonlyArray<string> =>
  strategy !== "last_write_wins" || isEstimated
    ? []
    : sides
        .filter(({ entity }) => entity.changedAt === undefined)
        .map(
          ({ connection, name }) =>
            `${place}.strategy: "last_write_wins" needs to know when a record changed, which "${name}" of connection "${connection.name}" (${connection.connector}) does not tell; say estimated: true to take the time it was first seen, or another strategy`
        )
