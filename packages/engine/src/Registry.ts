/** A project, checked: its connections opened, its pairs resolved on both sides, its jobs in dependency order. */
import type { HttpLayer } from "@syncline/connector"
import { Shape } from "@syncline/connector"
import {
  type DependencyGraph,
  ConnectionName,
  CrossType,
  EntityType,
  FieldMapping,
  IntegrationName,
  type JobName,
  references,
  type Side as CoreSide,
  SyncJob,
  type TenantId
} from "@syncline/core"
import type { Credentials, Jobs, Postgres } from "@syncline/store"
import { Effect, Result, type Scope } from "effect"
import * as Connection from "./Connection.ts"
import { InvalidProject } from "./EngineError.ts"
import * as Drivers from "./Drivers.ts"
import type { Pair, Side } from "./Pair.ts"
import * as Overrides from "./Overrides.ts"
import * as PairOrder from "./PairOrder.ts"
import type { EntityPair, IntegrationDefinition, Project } from "./Project.ts"
import * as TwoWay from "./TwoWay.ts"

export interface Registry {
  readonly connections: ReadonlyArray<Connection.Connection>
  /** Of one integration after another; inside each, what others refer to comes first. */
  readonly pairs: ReadonlyArray<Pair>
  /** Which pairs of the same integration must have been synced before a pair. */
  readonly dependencies: ReadonlyMap<Pair, ReadonlyArray<Pair>>
  /** Whose turns run a job. */
  readonly drivers: ReadonlyMap<JobName, string>
}

/** Loads a project for a tenant. Fails with every problem it finds, each a line that names its place in the file. */
export const load = Effect.fn("Registry.load")(function* (
  declared: Project,
  tenant: TenantId,
  store: Postgres.Postgres,
  overrides: ReadonlyArray<Overrides.Override>
): Effect.fn.Return<Registry, InvalidProject, Scope.Scope | HttpLayer.Transport | Credentials.Credentials> {
  const problems: Array<string> = [...Overrides.problemsOf(declared, overrides)]
  const { orders, project } = Overrides.over(declared, overrides)
  const connections = new Map<string, Connection.Connection>()
  for (const [name, definition] of Object.entries(project.connections)) {
    const opened = yield* Effect.result(Connection.open(name, definition, tenant, store))
    if (Result.isSuccess(opened)) connections.set(name, opened.success)
    else problems.push(...opened.failure)
  }
  if (problems.length > 0) return yield* new InvalidProject({ problems })

  const pairs: Array<Pair> = []
  const dependencies = new Map<Pair, ReadonlyArray<Pair>>()
  const unresolved = new Set<string>()
  for (const integration of Object.keys(project.integrations)) {
    const resolved = resolve(project, connections, tenant, integration, orders.get(integration) ?? [])
    if (Result.isFailure(resolved)) {
      problems.push(...resolved.failure)
      unresolved.add(integration)
      continue
    }
    const { order, pairs: ordered } = resolved.success
    pairs.push(...ordered)
    for (const pair of ordered) {
      const required = order.required(pair.key.entity)
      dependencies.set(
        pair,
        ordered.filter(({ key }) => required.has(key.entity))
      )
    }
  }
  problems.push(...jobsOfNothing(project, pairs, unresolved))
  if (problems.length > 0) return yield* new InvalidProject({ problems })
  return { connections: [...connections.values()], pairs, dependencies, drivers: Drivers.of(pairs) }
})

/** The rows that tell of a project. */
export const declaration = (project: Project, { connections, drivers, pairs }: Registry): Jobs.Declaration => ({
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
    definition: { ...job, schedule: { ...job.schedule } },
    driver: drivers.get(job.name) ?? "",
    schedule: job.schedule._tag === "Manual" ? null : { ...job.schedule }
  }))
})

type Problems = ReadonlyArray<string>

const resolve = (
  project: Project,
  connections: ReadonlyMap<string, Connection.Connection>,
  tenant: TenantId,
  integration: string,
  configurations: ReadonlyArray<DependencyGraph.Configuration>
): Result.Result<{ readonly pairs: ReadonlyArray<Pair>; readonly order: PairOrder.PairOrder }, Problems> => {
  const place = `integrations.${integration}`
  const definition = project.integrations[integration]
  const source = connections.get(definition?.source ?? "")
  const target = connections.get(definition?.target ?? "")
  if (definition === undefined || source === undefined || target === undefined) {
    return Result.fail([
      `${place}: source and target must name connections; "${definition?.source}" → "${definition?.target}" does not, known are ${quoted([...connections.keys()])}`
    ])
  }
  const ordered = PairOrder.of(definition.entities, { source, target }, configurations)
  if (Result.isFailure(ordered)) return Result.fail(ordered.failure.map((why) => `${place}.dependencies: ${why}`))
  const order = ordered.success
  const pairs = new Map<string, Pair>()
  const problems: Array<string> = []
  for (const [index, entities] of definition.entities.entries()) {
    const pair = pairOf(
      project,
      { place: `${place}.entities[${index}]`, tenant, integration, definition, order, source, target },
      entities
    )
    if (Result.isSuccess(pair)) pairs.set(entities.source, pair.success)
    else problems.push(...pair.failure)
  }
  return problems.length > 0
    ? Result.fail(problems)
    : Result.succeed({ order, pairs: order.entities.flatMap((entity) => pairs.get(entity) ?? []) })
}

interface Around {
  readonly place: string
  readonly tenant: TenantId
  readonly integration: string
  readonly definition: IntegrationDefinition
  readonly order: PairOrder.PairOrder
  readonly source: Connection.Connection
  readonly target: Connection.Connection
}

const pairOf = (project: Project, around: Around, entities: EntityPair): Result.Result<Pair, Problems> => {
  const { integration, place, tenant } = around
  const source = sideOf(`${place}.source`, around.source, entities.source)
  const target = sideOf(`${place}.target`, around.target, entities.target)
  const job = jobOf(project, integration, entities.source)
  if (Result.isFailure(source) || Result.isFailure(target) || Result.isFailure(job)) {
    return Result.fail([
      ...(Result.isFailure(source) ? [source.failure] : []),
      ...(Result.isFailure(target) ? [target.failure] : []),
      ...(Result.isFailure(job) ? [job.failure.message] : [])
    ])
  }
  const sides = { source: source.success, target: target.success }
  const columns = Shape.columnsOf(sides.source.entity.schema)
  const base = {
    key: { tenant, integration: IntegrationName.make(integration), entity: EntityType.make(entities.source) },
    job: job.success,
    ...sides
  }
  const mapping = mappingOf(around, entities, sides, job.success.direction)
  if (Result.isFailure(mapping)) return Result.fail(mapping.failure.map((why) => `${place}.mapping: ${why}`))
  if (TwoWay.isMirror(job.success.direction, sides.target)) {
    return Result.succeed({
      ...base,
      mapping: mapping.success,
      twoWay: null,
      columns: mapping.success === null ? columns : FieldMapping.columns(mapping.success, columns)
    })
  }
  const loaded = mapping.success
  if (loaded === null)
    return Result.fail([
      `${place}.mapping: both sides change, so say which field is which: mapping: [{ source: "email", target: "email" }]`
    ])
  const twoWay = TwoWay.load({
    place,
    ...base,
    mapping: loaded,
    match: entities.match,
    policies: { ...around.definition, ...entities },
    deferred: around.order.deferred(entities.source)
  })
  return Result.map(twoWay, (twoWay) => ({
    ...base,
    mapping: loaded,
    twoWay,
    columns: FieldMapping.columns(loaded, columns)
  }))
}

type Sides = Readonly<Record<CoreSide.Side, Side>>

/** Null where neither rules nor a vocabulary that both connectors share say which field is which. */
const mappingOf = (
  around: Around,
  { mapping }: EntityPair,
  { source, target }: Sides,
  direction: SyncJob.SyncJob["direction"]
): Result.Result<FieldMapping.Mapping | null, Problems> => {
  const rules = rulesOf(mapping, source, target)
  if (rules === null) return Result.succeed(null)
  return FieldMapping.load(rules, direction, {
    references: { source: references(source.entity.schema), target: references(target.entity.schema) },
    pairOf: (side, entity) => {
      const pair = around.definition.entities.find((each) => each[side] === entity)
      return pair === undefined ? null : EntityType.make(pair.source)
    },
    known: { source: Shape.fieldsOf(source.entity.schema), target: Shape.fieldsOf(target.entity.schema) }
  }).pipe(Result.mapError(({ message }) => [message]))
}

/** An integration's own rules extend those that follow from what both entities are in the built-in vocabulary. */
const rulesOf = (
  mapping: EntityPair["mapping"],
  { entity: { canonical: ours } }: Side,
  { entity: { canonical: theirs } }: Side
): ReadonlyArray<FieldMapping.Rule> | null => {
  if (ours === undefined || theirs === undefined) return mapping ?? null
  const shared = ours.type === theirs.type ? ours : CrossType.as(ours, theirs.type)
  return shared === null ? (mapping ?? null) : FieldMapping.join(shared, theirs, mapping)
}

const sideOf = (place: string, connection: Connection.Connection, name: string): Result.Result<Side, string> => {
  const entity = connection.entities[name]
  return entity === undefined
    ? Result.fail(
        `${place}: connection "${connection.name}" (${connection.connector}) has no entity "${name}"; it has ${quoted(Object.keys(connection.entities))}`
      )
    : Result.succeed({ connection, name, entity })
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

/** Of an integration that has problems of its own it is not known which pairs it would have. */
const jobsOfNothing = (project: Project, pairs: ReadonlyArray<Pair>, unresolved: ReadonlySet<string>): Problems =>
  Object.entries(project.jobs ?? {}).flatMap(([name, { entity, integration }]) =>
    unresolved.has(integration) || pairs.some(({ key }) => key.integration === integration && key.entity === entity)
      ? []
      : [
          `jobs.${name}: no integration "${integration}" has an entity "${entity}"; known are ${quoted(pairs.map(({ key }) => `${key.integration}/${key.entity}`))}`
        ]
  )

const quoted = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "none" : names.map((name) => `"${name}"`).join(", ")
