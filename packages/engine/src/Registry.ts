/** A project, checked: its connections opened, its pairs resolved on both sides, its jobs in dependency order. */
import type { HttpLayer } from "@syncline/connector"
import { Shape } from "@syncline/connector"
import {
  ConnectionName,
  DependencyGraph,
  EntityType,
  FieldMapping,
  IntegrationName,
  references,
  SyncJob,
  type TenantId
} from "@syncline/core"
import type { Jobs, Postgres } from "@syncline/store"
import { Effect, Result, type Scope } from "effect"
import * as Connection from "./Connection.ts"
import { InvalidProject } from "./EngineError.ts"
import type { Pair, Side } from "./Pair.ts"
import type { EntityPair, Project } from "./Project.ts"

export interface Registry {
  readonly connections: ReadonlyArray<Connection.Connection>
  /** Of one integration after another; inside each, what others refer to comes first. */
  readonly pairs: ReadonlyArray<Pair>
  /** Which pairs of the same integration must have been synced before a pair. */
  readonly dependencies: ReadonlyMap<Pair, ReadonlyArray<Pair>>
}

/** Loads a project for a tenant. Fails with every problem it finds, each a line that names its place in the file. */
export const load = Effect.fn("Registry.load")(function* (
  project: Project,
  tenant: TenantId,
  store: Postgres.Postgres
): Effect.fn.Return<Registry, InvalidProject, Scope.Scope | HttpLayer.Transport> {
  const problems: Array<string> = []
  const connections = new Map<string, Connection.Connection>()
  for (const [name, definition] of Object.entries(project.connections)) {
    const opened = yield* Effect.result(Connection.open(name, definition, store))
    if (Result.isSuccess(opened)) connections.set(name, opened.success)
    else problems.push(...opened.failure)
  }
  if (problems.length > 0) return yield* new InvalidProject({ problems })

  const pairs: Array<Pair> = []
  const dependencies = new Map<Pair, ReadonlyArray<Pair>>()
  for (const integration of Object.keys(project.integrations)) {
    const resolved = resolve(project, connections, tenant, integration)
    if (Result.isFailure(resolved)) {
      problems.push(...resolved.failure)
      continue
    }
    const ordered = inOrder(integration, resolved.success)
    if (Result.isFailure(ordered)) {
      problems.push(ordered.failure)
      continue
    }
    pairs.push(...ordered.success)
    for (const pair of ordered.success)
      dependencies.set(
        pair,
        ordered.success.filter((other) => other !== pair && requires(pair, other))
      )
  }
  problems.push(...jobsOfNothing(project, pairs))
  if (problems.length > 0) return yield* new InvalidProject({ problems })
  return { connections: [...connections.values()], pairs, dependencies }
})

/** The rows that tell of a project. */
export const declaration = (project: Project, { connections, pairs }: Registry): Jobs.Declaration => ({
  connections: connections.map(({ name, connector }) => ({ name: ConnectionName.make(name), connector })),
  integrations: Object.entries(project.integrations).map(([name, { source, target }]) => ({
    name: IntegrationName.make(name),
    source: ConnectionName.make(source),
    target: ConnectionName.make(target)
  })),
  jobs: pairs.map(({ job, key }) => ({
    name: job.name,
    integration: key.integration,
    entity: key.entity,
    definition: { ...job, schedule: { ...job.schedule } }
  }))
})

type Problems = ReadonlyArray<string>

const resolve = (
  project: Project,
  connections: ReadonlyMap<string, Connection.Connection>,
  tenant: TenantId,
  integration: string
): Result.Result<ReadonlyArray<Pair>, Problems> => {
  const place = `integrations.${integration}`
  const definition = project.integrations[integration]
  const source = connections.get(definition?.source ?? "")
  const target = connections.get(definition?.target ?? "")
  if (definition === undefined || source === undefined || target === undefined) {
    return Result.fail([
      `${place}: source and target must name connections; "${definition?.source}" → "${definition?.target}" does not, known are ${quoted([...connections.keys()])}`
    ])
  }
  const pairs: Array<Pair> = []
  const problems: Array<string> = []
  for (const [index, entities] of definition.entities.entries()) {
    const pair = pairOf(project, `${place}.entities[${index}]`, { tenant, integration }, source, target, entities)
    if (Result.isSuccess(pair)) pairs.push(pair.success)
    else problems.push(...pair.failure)
  }
  return problems.length > 0 ? Result.fail(problems) : Result.succeed(pairs)
}

const pairOf = (
  project: Project,
  place: string,
  { tenant, integration }: { readonly tenant: TenantId; readonly integration: string },
  source: Connection.Connection,
  target: Connection.Connection,
  entities: EntityPair
): Result.Result<Pair, Problems> => {
  const sourceSide = sideOf(`${place}.source`, source, entities.source)
  const targetSide = sideOf(`${place}.target`, target, entities.target)
  const mapping =
    entities.mapping === undefined ? Result.succeed(null) : FieldMapping.load(entities.mapping, "source_to_target")
  const job = jobOf(project, integration, entities.source)
  const problems = [
    ...(Result.isFailure(sourceSide) ? [sourceSide.failure] : []),
    ...(Result.isFailure(targetSide) ? [targetSide.failure] : []),
    ...(Result.isFailure(mapping) ? [`${place}.mapping: ${mapping.failure.message}`] : []),
    ...(Result.isFailure(job) ? [job.failure.message] : [])
  ]
  if (
    Result.isFailure(sourceSide) ||
    Result.isFailure(targetSide) ||
    Result.isFailure(mapping) ||
    Result.isFailure(job)
  ) {
    return Result.fail(problems)
  }
  const unable = cannot(targetSide.success, job.success)
  if (unable !== null) return Result.fail([`${place}: ${unable}`])
  const columns = Shape.columnsOf(sourceSide.success.entity.schema)
  return Result.succeed({
    key: { tenant, integration: IntegrationName.make(integration), entity: EntityType.make(entities.source) },
    job: job.success,
    source: sourceSide.success,
    target: targetSide.success,
    mapping: mapping.success,
    columns: mapping.success === null ? columns : FieldMapping.columns(mapping.success, columns)
  })
}

const sideOf = (place: string, connection: Connection.Connection, name: string): Result.Result<Side, string> => {
  const entity = connection.entities[name]
  return entity === undefined
    ? Result.fail(
        `${place}: connection "${connection.name}" (${connection.connector}) has no entity "${name}"; it has ${quoted(Object.keys(connection.entities))}`
      )
    : Result.succeed({ connection, name, entity })
}

/** Why this pair cannot run yet, or null. */
const cannot = ({ connection, entity, name }: Side, job: SyncJob.SyncJob): string | null => {
  if (job.direction !== "source_to_target")
    return `job "${job.name}" has direction "${job.direction}"; only "source_to_target" is supported so far`
  if (entity.target?.create === undefined)
    return `"${name}" of connection "${connection.name}" (${connection.connector}) cannot be written`
  return entity.target.create.repeat._tag === "Unique" && connection.database._tag !== "None"
    ? null
    : `"${name}" of connection "${connection.name}" (${connection.connector}) cannot be a target yet: only tables of a database can`
}

/** The job that is declared for the pair, or the one that each pair has. */
const jobOf = (
  project: Project,
  integration: string,
  entity: string
): Result.Result<SyncJob.SyncJob, SyncJob.InvalidSyncJob> => {
  const declared = Object.entries(project.jobs ?? {}).find(
    ([, job]) => job.integration === integration && job.entity === entity
  )
  const [name, definition] = declared ?? [`${integration}/${entity}`, { integration, entity }]
  return SyncJob.decode({ ...definition, name }, null)
}

const jobsOfNothing = (project: Project, pairs: ReadonlyArray<Pair>): Problems =>
  Object.entries(project.jobs ?? {}).flatMap(([name, { entity, integration }]) =>
    pairs.some(({ key }) => key.integration === integration && key.entity === entity)
      ? []
      : [
          `jobs.${name}: no integration "${integration}" has an entity "${entity}"; known are ${quoted(pairs.map(({ key }) => `${key.integration}/${key.entity}`))}`
        ]
  )

const requires = (pair: Pair, other: Pair): boolean =>
  references(pair.source.entity.schema).some(({ entity, isOptional }) => !isOptional && entity === other.key.entity)

const inOrder = (integration: string, pairs: ReadonlyArray<Pair>): Result.Result<ReadonlyArray<Pair>, string> => {
  const byEntity = new Map<string, Pair>(pairs.map((pair) => [pair.key.entity, pair]))
  const edges = pairs.flatMap((pair) =>
    references(pair.source.entity.schema)
      .filter(({ entity }) => byEntity.has(entity))
      .map(({ entity, isOptional }) => ({ entity: pair.key.entity, on: entity, isOptional }))
  )
  return DependencyGraph.order([...byEntity.keys()], edges).pipe(
    Result.map((names) => names.flatMap((name) => byEntity.get(name) ?? [])),
    Result.mapError((cycle) => `integrations.${integration}: ${cycle.message}`)
  )
}

const quoted = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ")
