/** What the configuration declares, as rows: tenant, connections, integrations and jobs, with each job's last and next run. */
import type { ConnectionName, EntityType, ExecutionId, IntegrationName, JobName, TenantId } from "@syncline/core"
import { Context, type Effect, type Option, type Schema } from "effect"
import type { SqlError } from "./SqlError.ts"

/** A tenant's connections, integrations and jobs. Secrets are no part of it: they are not stored. */
export interface Declaration {
  readonly connections: ReadonlyArray<{ readonly name: ConnectionName; readonly connector: string }>
  readonly integrations: ReadonlyArray<{
    readonly name: IntegrationName
    readonly source: ConnectionName
    readonly target: ConnectionName
  }>
  readonly jobs: ReadonlyArray<{
    readonly name: JobName
    readonly integration: IntegrationName
    readonly entity: EntityType
    /** The job's settings as the configuration has them. The store keeps them and never looks inside. */
    readonly definition: Schema.Json
  }>
}

export interface Job {
  readonly name: JobName
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly definition: Schema.Json
  readonly lastExecution: ExecutionId | null
  readonly lastStartedAtMs: number | null
  readonly nextRunAtMs: number | null
}

export class Jobs extends Context.Service<Jobs, {
  /** Makes the rows be as declared. A job that is no longer declared leaves the list; its executions, links and cursor stay. */
  readonly declare: (tenant: TenantId, declaration: Declaration) => Effect.Effect<void, SqlError>
  /** By name. */
  readonly list: (tenant: TenantId) => Effect.Effect<ReadonlyArray<Job>, SqlError>
  readonly get: (tenant: TenantId, name: JobName) => Effect.Effect<Option.Option<Job>, SqlError>
  /** When the job is due next; null: only by hand. */
  readonly schedule: (tenant: TenantId, name: JobName, nextRunAtMs: number | null) => Effect.Effect<void, SqlError>
}>()("@syncline/store/Jobs") {}
