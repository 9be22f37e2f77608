/** The engine's verbs, for the command line and for programs that embed it. */
import { type ConnectorError, type Http, HttpClient, type HttpLayer, type Sql } from "@syncline/connector"
import { defaultTenant, type ExecutionId, type Side, type TenantId } from "@syncline/core"
import { type Authorizations, Credentials, Executions, Jobs, SqlError, Store, type Tenants } from "@syncline/store"
import { Context, Effect, Layer } from "effect"
import * as Connect from "./Connect.ts"
import type * as Connection from "./Connection.ts"
import {
  ConnectionFailed,
  type EngineError,
  type InvalidProject,
  NotFound,
  Refused,
  StoreUnavailable
} from "./EngineError.ts"
import * as Explain from "./Explain.ts"
import * as JobQueue from "./JobQueue.ts"
import * as Naming from "./Naming.ts"
import * as Overview from "./Overview.ts"
import type { Project } from "./Project.ts"
import * as Reception from "./Reception.ts"
import * as Registry from "./Registry.ts"
import type {
  CheckLine,
  ExecutionReport,
  ExecutionSummary,
  FailureGroup,
  JobStatus,
  PlanReport,
  Progress,
  ReconcileReport,
  RunReport
} from "./Report.ts"
import type * as Run from "./Run.ts"
import * as Runs from "./Runs.ts"
import * as Steered from "./Steered.ts"
import * as Tenancy from "./Tenancy.ts"
import type * as Steering from "./Steering.ts"
import type { SteeringServices } from "./SteeringServices.ts"
import * as Webhooks from "./Webhooks.ts"

export interface RunOptions {
  /** List everything again, though a change feed could go on. */
  readonly full?: boolean
  /** Of two-way pairs, drive only these sides: find there and write there. Another process may drive the other. */
  readonly sides?: ReadonlyArray<Side.Side>
  /** Called after each committed batch. */
  readonly onProgress?: (progress: Progress) => Effect.Effect<void>
  /** Called when an execution has ended, before the next one starts. */
  readonly onEnded?: (report: ExecutionReport) => Effect.Effect<void>
}

/** A plan that a person has seen. */
export type SeenPlan = Pick<PlanReport, "integration" | "fingerprint">

export interface ApplyOptions extends RunOptions {
  /** The first match may overwrite more records than it may unseen: more than 10, and more than 5 % of them. */
  readonly overwrite?: boolean
}

/** What the store gives to the engine. */
type StoreServices =
  | Store.Store
  | Tenants.Tenants
  | Jobs.Jobs
  | Authorizations.Authorizations
  | Credentials.Credentials
  | Run.RunServices
  | SteeringServices
  | Webhooks.Services
  | JobQueue.Services

/**
 * The engine for one project and one tenant.
 *
 * Each verb fails with `EngineError`, whose message names the thing, the value and the way out.
 */
export class Engine extends Context.Service<
  Engine,
  {
    /** Runs an integration's jobs in dependency order, or one job, and waits for them. Interrupting it cancels the running execution; what was committed stays. */
    readonly run: (name: string, options?: RunOptions) => Effect.Effect<RunReport, EngineError>
    /** Cancels a running execution, from any process: nothing it has not committed yet will commit. False when it had ended. */
    readonly cancel: (execution: ExecutionId) => Effect.Effect<boolean, EngineError>
    /** Looks at the store, and at each connection's credentials. Never fails for what it finds. */
    readonly check: Effect.Effect<ReadonlyArray<CheckLine>>
    readonly status: Effect.Effect<ReadonlyArray<JobStatus>, EngineError>
    /** The newest first. */
    readonly executions: (options: {
      readonly job?: string
      readonly limit: number
    }) => Effect.Effect<ReadonlyArray<ExecutionSummary>, EngineError>
    readonly failures: (options: { readonly job?: string }) => Effect.Effect<ReadonlyArray<FailureGroup>, EngineError>
    /** What `run` would do now, before its first write: the engine itself, with the writes told instead of sent. */
    readonly plan: (integration: string) => Effect.Effect<PlanReport, EngineError>
    /** Runs what was planned. With a plan that was seen it fails with `Moved` when now another one would be made, and writes nothing. */
    readonly apply: (
      integration: string,
      plan: SeenPlan | null,
      options?: ApplyOptions
    ) => Effect.Effect<RunReport, EngineError>
    /** Reads a record, or every record of the entity, from both sides, and syncs what differs. */
    readonly resync: (entity: string, id: string | null, options?: RunOptions) => Effect.Effect<RunReport, EngineError>
    /** Lists all ids of both sides, compares them with the links, and syncs what differs. A dry run only tells. */
    readonly reconcile: (
      name: string,
      options?: RunOptions & { readonly isDry?: boolean }
    ) => Effect.Effect<ReadonlyArray<ReconcileReport>, EngineError>
    /** Connects by consent: sends a person to the provider, and keeps what he comes back with. */
    readonly connect: {
      readonly begin: (connection: string, redirectUri: string) => Effect.Effect<Connect.Begun, EngineError>
      /**
       * Fails with `Refused` when the state is unknown, used, or of another browser, and where the consent does not reach the account
       * that the configuration names. What it kept beside the tokens counts from when the engine is built anew.
       */
      readonly finish: (returned: Connect.Returned) => Effect.Effect<Connect.Finished, EngineError>
    }
    /** Does at a connection what its connector offers beside its entities, with what the connector may touch. */
    readonly at: <A>(
      connection: string,
      act: (opened: Pick<Connection.Connection, "connector" | "config">) => Effect.Effect<A, ConnectorError, Http | Sql>
    ) => Effect.Effect<A, EngineError>
    readonly webhooks: Webhooks.Webhooks
    readonly jobs: JobQueue.JobVerbs
  } & Steering.Verbs
>()("@syncline/engine/Engine") {
  /**
   * The engine for a project. Building it checks the project and writes its declarations into the store; no provider is called.
   *
   * Fails with `InvalidProject`, one line per problem, or `StoreUnavailable`.
   */
  static readonly layer = (
    project: Project,
    tenant: TenantId = defaultTenant
  ): Layer.Layer<Engine, InvalidProject | StoreUnavailable, StoreServices | HttpLayer.Transport> =>
    Layer.effect(Engine, make(project, tenant))
}

const make = Effect.fnUntraced(function* (project: Project, tenant: TenantId) {
  const { postgres } = yield* Store.Store
  const jobs = yield* Jobs.Jobs
  const transport = yield* HttpClient.Transport
  const services = yield* Effect.context<StoreServices>()
  const registry = yield* onStore(Tenancy.open(project, tenant))
  yield* onStore(jobs.declare(tenant, Registry.declaration(project, registry)))
  const provided = <A, E>(effect: Effect.Effect<A, E | SqlError, StoreServices>) =>
    Effect.provideContext(onStore(effect), services)
  const reception = Reception.make((of) => Effect.succeed(of === tenant ? registry : null))
  return Engine.of({
    run: (name, options = {}) => provided(Runs.run(registry, name, options)),
    cancel: (execution) =>
      provided(
        Effect.flatMap(Executions.Executions, (executions) =>
          executions.cancel(tenant, execution, "cancelled by a person")
        )
      ),
    check: check(registry, postgres.query("select current_setting('server_version') as version")),
    status: provided(Effect.forEach(registry.pairs, Overview.status)),
    executions: ({ job, limit }) =>
      provided(Effect.andThen(Naming.pairsOf(registry, job), Overview.executions(tenant, job, limit))),
    failures: ({ job }) =>
      provided(
        Effect.flatMap(Naming.pairsOf(registry, job), (pairs) =>
          Effect.map(Effect.forEach(pairs, Overview.failures), (groups) => groups.flat())
        )
      ),
    plan: (integration) => provided(Runs.plan(registry, integration)),
    apply: (integration, plan, options = {}) => provided(Runs.apply(registry, integration, plan, options)),
    resync: (entity, id, options = {}) => provided(Runs.resync(registry, entity, id, options)),
    reconcile: (name, options = {}) => provided(Runs.reconcile(registry, name, options)),
    connect: {
      begin: (name, redirectUri) => provided(unsealable(Connect.begin(registry, tenant, name, redirectUri))),
      finish: (returned) =>
        provided(
          unsealable(Effect.provideService(Connect.finish(registry, tenant, returned), HttpClient.Transport, transport))
        )
    },
    at: (name, act) => at(registry, name, act),
    webhooks: Webhooks.make(registry, tenant, {
      provided,
      receive: (path, request) => Effect.provideContext(reception.receive(path, request), services)
    }),
    jobs: JobQueue.make(registry, tenant, provided),
    ...Steered.make(registry, tenant, provided)
  })
})

const onStore = <A, E, R>(effect: Effect.Effect<A, E | SqlError, R>) =>
  Effect.catchIf(effect, isSqlError, (error) => Effect.fail(new StoreUnavailable({ detail: error.message })))

const unsealable = <A, E, R>(effect: Effect.Effect<A, E | Unsealable, R>) =>
  Effect.catchIf(effect, isUnsealable, ({ message }) => Effect.fail(new Refused({ detail: message })))

const isUnsealable = (error: unknown): error is Unsealable => error instanceof Credentials.Unsealable
type Unsealable = Credentials.Unsealable

const isSqlError = (error: unknown): error is SqlError => error instanceof SqlError

const at = Effect.fn("Engine.at")(function* <A>(
  { connections }: Registry.Registry,
  name: string,
  act: (opened: Connection.Connection) => Effect.Effect<A, ConnectorError, Http | Sql>
) {
  const opened = connections.find((connection) => connection.name === name)
  if (opened === undefined) {
    const known = connections.map(({ name }) => `"${name}"`).join(", ")
    return yield* new NotFound({ what: "connection", id: name, detail: `known are ${known}` })
  }
  return yield* Effect.provideContext(act(opened), opened.services).pipe(
    Effect.mapError((error) => {
      const detail = Explain.ofCheck(name, error)
      return error.reason._tag === "Rejected"
        ? new Refused({ detail })
        : new ConnectionFailed({ connection: name, detail })
    })
  )
})

const check = Effect.fn("Engine.check")(function* (
  { connections }: Registry.Registry,
  version: Effect.Effect<ReadonlyArray<Readonly<Record<string, unknown>>>, SqlError>
) {
  const store = yield* Effect.match(version, {
    onFailure: (error): CheckLine => ({ subject: "store", ok: false, detail: error.message }),
    onSuccess: ([row]): CheckLine => ({ subject: "store", ok: true, detail: `PostgreSQL ${String(row?.["version"])}` })
  })
  const lines = yield* Effect.forEach(connections, ({ check, connector, name }) =>
    Effect.match(check, {
      onFailure: (error): CheckLine => ({
        subject: `connection "${name}" (${connector})`,
        ok: false,
        detail: Explain.ofCheck(name, error)
      }),
      onSuccess: (detail): CheckLine => ({ subject: `connection "${name}" (${connector})`, ok: true, detail })
    })
  )
  return [store, ...lines]
})
