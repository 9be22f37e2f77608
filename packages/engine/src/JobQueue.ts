/** The verbs about jobs as workers run them: when they are due, running one now, letting one rest, and what an execution did. */
import { ConnectionName, ExecutionId, type SyncJob, type TenantId } from "@syncline/core"
import { ConnectionStates, Executions, Jobs, type SqlError, Wakes } from "@syncline/store"
import { Effect, Option } from "effect"
import { type EngineError, NotFound } from "./EngineError.ts"
import * as Naming from "./Naming.ts"
import * as Overview from "./Overview.ts"
import type { Registry } from "./Registry.ts"
import type { ExecutionSummary } from "./Report.ts"

/** A job as workers see it. */
export interface JobSummary {
  readonly job: string
  readonly integration: string
  readonly entity: string
  readonly schedule: SyncJob.Schedule
  /** Whose turns run it. */
  readonly driver: string
  readonly isPaused: boolean
  /** Null: not by itself. */
  readonly nextRunAtMs: number | null
  readonly lastStartedAtMs: number | null
  /** How often in a row it was started again because an execution had failed. */
  readonly retries: number
  /** A connection that is out of order or paused, and why. */
  readonly held: ReadonlyArray<{ readonly connection: string; readonly why: string }>
}

/** What an execution did, from what started it to what it wrote. */
export interface ExecutionDetail {
  readonly execution: ExecutionSummary
  readonly integration: string
  readonly entity: string
  readonly mode: Executions.Mode
  readonly apiCalls: number
  readonly written: ReadonlyArray<Executions.Written>
  /** Writes that it decided on and that are still under way, or stopped. */
  readonly unsettled: ReadonlyArray<Executions.Unsettled>
  /** Records that failed in it, by cause, the most frequent first; of each at most `failuresShown`. */
  readonly failures: ReadonlyArray<{
    readonly cause: string
    readonly records: number
    readonly message: string
    readonly examples: ReadonlyArray<{ readonly key: string; readonly side: string; readonly message: string }>
  }>
}

export const failuresShown = 20

/** Records of failures that are looked through for examples. */
const failuresRead = 1000

export interface JobVerbs {
  /** In the order in which they depend on each other. */
  readonly list: Effect.Effect<ReadonlyArray<JobSummary>, EngineError>
  /** Asks the workers to run it, an integration's jobs or one, as soon as they can; answers the jobs. `full`: list every record again. */
  readonly request: (
    name: string,
    options?: { readonly full?: boolean }
  ) => Effect.Effect<ReadonlyArray<string>, EngineError>
  /** Lets jobs rest or go on; answers which. What runs ends first. */
  readonly pause: (name: string, isPaused: boolean) => Effect.Effect<ReadonlyArray<string>, EngineError>
  /** Lets a connection rest or go on: nothing is sent to it by workers. */
  readonly pauseConnection: (name: string, isPaused: boolean) => Effect.Effect<void, EngineError>
  /** Fails with `NotFound`. */
  readonly execution: (id: string) => Effect.Effect<ExecutionDetail, EngineError>
}

export type Services = Jobs.Jobs | Wakes.Wakes | ConnectionStates.ConnectionStates | Executions.Executions

/** The verbs for a registry; `provided` gives them the store. */
export const make = (
  registry: Registry,
  tenant: TenantId,
  provided: <A>(effect: Effect.Effect<A, EngineError | SqlError, Services>) => Effect.Effect<A, EngineError>
): JobVerbs => ({
  list: provided(list(registry, tenant)),
  request: (name, options = {}) => provided(request(registry, tenant, name, options.full ?? false)),
  pause: (name, isPaused) => provided(pause(registry, tenant, name, isPaused)),
  pauseConnection: (name, isPaused) => provided(pauseConnection(registry, tenant, name, isPaused)),
  execution: (id) => provided(detail(tenant, id))
})

const list = Effect.fn("JobQueue.list")(function* (registry: Registry, tenant: TenantId) {
  const rows = new Map((yield* (yield* Jobs.Jobs).list(tenant)).map((row) => [row.name, row]))
  const states = yield* (yield* ConnectionStates.ConnectionStates).list(tenant)
  const heldBy = (connection: string) =>
    states.flatMap(({ name, pausedAtMs, reason, state }) =>
      name !== connection || (pausedAtMs === null && state === "ready")
        ? []
        : [{ connection, why: pausedAtMs === null ? `${state}: ${reason ?? ""}` : "paused" }]
    )
  return registry.pairs.map(({ job, key, source, target }): JobSummary => {
    const row = rows.get(job.name)
    return {
      job: job.name,
      integration: key.integration,
      entity: key.entity,
      schedule: job.schedule,
      driver: row?.driver ?? "",
      isPaused: (row?.pausedAtMs ?? null) !== null,
      nextRunAtMs: row?.nextRunAtMs ?? null,
      lastStartedAtMs: row?.lastStartedAtMs ?? null,
      retries: row?.retries ?? 0,
      held: [source, target].flatMap(({ connection }) => heldBy(connection.name))
    }
  })
})

const request = Effect.fn("JobQueue.request")(function* (
  registry: Registry,
  tenant: TenantId,
  name: string,
  isFull: boolean
) {
  const pairs = yield* Naming.pairsOf(registry, name)
  yield* (yield* Wakes.Wakes).wake(
    tenant,
    pairs.map(({ job }) => ({
      job: job.name,
      class: isFull ? "backfill" : "delta",
      trigger: "manual",
      dueAtMs: null
    }))
  )
  return pairs.map(({ job }) => job.name)
})

const pause = Effect.fn("JobQueue.pause")(function* (
  registry: Registry,
  tenant: TenantId,
  name: string,
  isPaused: boolean
) {
  const pairs = yield* Naming.pairsOf(registry, name)
  const jobs = yield* Jobs.Jobs
  for (const { job } of pairs) yield* jobs.pause(tenant, job.name, isPaused)
  return pairs.map(({ job }) => job.name)
})

const pauseConnection = Effect.fn("JobQueue.pauseConnection")(function* (
  { connections }: Registry,
  tenant: TenantId,
  name: string,
  isPaused: boolean
) {
  const states = yield* ConnectionStates.ConnectionStates
  if (
    connections.some((each) => each.name === name) &&
    (yield* states.pause(tenant, ConnectionName.make(name), isPaused))
  )
    return
  const known = connections.map((each) => `"${each.name}"`).join(", ")
  return yield* new NotFound({ what: "connection", id: name, detail: `known are ${known}` })
})

const detail = Effect.fn("JobQueue.detail")(function* (tenant: TenantId, id: string) {
  const executions = yield* Executions.Executions
  const missing = new NotFound({ what: "execution", id, detail: "see them with: syncline executions" })
  if (id === "") return yield* missing
  const found = yield* executions.get(tenant, ExecutionId.make(id))
  if (Option.isNone(found)) return yield* missing
  const { apiCalls, entity, integration, mode } = found.value
  const { unsettled, written } = yield* executions.writes(tenant, found.value.id)
  const causes = yield* executions.causes(tenant, found.value.id)
  const failures = yield* executions.failures(tenant, found.value.id, failuresRead)
  const told: ExecutionDetail = {
    execution: Overview.summary(found.value),
    integration,
    entity,
    mode,
    apiCalls,
    written,
    unsettled,
    failures: causes.map(({ cause, message, records }) => ({
      cause,
      records,
      message,
      examples: failures
        .filter((failure) => failure.cause === cause)
        .slice(0, failuresShown)
        .map(({ key, message: own, side }) => ({ key, side: side ?? "source", message: own }))
    }))
  }
  return told
})
