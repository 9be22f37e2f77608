/** What the configuration declares, as rows: tenant, connections, integrations and jobs, with each job's last and next run. */
import {
  type ConnectionName,
  EntityType,
  ExecutionId,
  IntegrationName,
  JobName,
  type SyncJob,
  type TenantId
} from "@syncline/core"
import { Context, Effect, Layer, Option, Schema } from "effect"
import { Database, type Transaction } from "./Database.ts"
import { reconsider } from "./Drivers.ts"
import { decode, json, msOf } from "./internal/Row.ts"
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
    /** Whose turns run it; without one nobody's do. */
    readonly driver?: string
    /** What fires it by itself; null: nothing does. */
    readonly schedule?: SyncJob.Schedule | null
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
  readonly driver: string
  readonly pausedAtMs: number | null
  /** How often in a row it was started again because an execution had failed. */
  readonly retries: number
}

export class Jobs extends Context.Service<
  Jobs,
  {
    /** Makes the rows be as declared. A job that is no longer declared leaves the list; its executions, links and cursor stay. */
    readonly declare: (tenant: TenantId, declaration: Declaration) => Effect.Effect<void, SqlError>
    /** By name. */
    readonly list: (tenant: TenantId) => Effect.Effect<ReadonlyArray<Job>, SqlError>
    readonly get: (tenant: TenantId, name: JobName) => Effect.Effect<Option.Option<Job>, SqlError>
    /** When the job is due next; null: only by hand. */
    readonly schedule: (tenant: TenantId, name: JobName, nextRunAtMs: number | null) => Effect.Effect<void, SqlError>
    /** Lets a job rest, or go on; a run that has begun ends first. False when there is none of that name. */
    readonly pause: (tenant: TenantId, name: JobName, isPaused: boolean) => Effect.Effect<boolean, SqlError>
  }
>()("@syncline/store/Jobs") {}

const rows = decode(
  Schema.Struct({
    name: JobName,
    integration: IntegrationName,
    entity: EntityType,
    definition: Schema.Json,
    lastExecution: Schema.NullOr(ExecutionId),
    lastStartedAtMs: Schema.NullOr(Schema.Finite),
    nextRunAtMs: Schema.NullOr(Schema.Finite),
    driver: Schema.String,
    pausedAtMs: Schema.NullOr(Schema.Finite),
    retries: Schema.Finite
  })
)

export const layer = Layer.effect(
  Jobs,
  Effect.gen(function* () {
    const database = yield* Database

    const find = Effect.fnUntraced(function* (tenant: TenantId, name: JobName | null) {
      const found = yield* database.transaction(tenant, (transaction) =>
        transaction.query(
          `select name, integration, entity, definition, last_execution as "lastExecution",
             (extract(epoch from last_started_at) * 1000)::float8 as "lastStartedAtMs",
             (extract(epoch from next_run_at) * 1000)::float8 as "nextRunAtMs", driver, ${msOf("paused_at", "pausedAtMs")},
             retries::float8
           from syncline.job where tenant_id = $1 and name = coalesce($2, name) order by name`,
          [tenant, name]
        )
      )
      return yield* rows(found)
    })

    return {
      declare: Effect.fn("Jobs.declare")((tenant, declaration) =>
        database.transaction(tenant, (transaction) => write(transaction, declaration))
      ),
      list: Effect.fn("Jobs.list")((tenant) => find(tenant, null)),
      get: Effect.fn("Jobs.get")(function* (tenant, name) {
        const [job] = yield* find(tenant, name)
        return Option.fromNullishOr(job)
      }),
      schedule: Effect.fn("Jobs.schedule")(function* (tenant, name, nextRunAtMs) {
        yield* database.transaction(tenant, (transaction) =>
          transaction.query(
            "update syncline.job set next_run_at = to_timestamp($3::float8 / 1000) where tenant_id = $1 and name = $2",
            [tenant, name, nextRunAtMs]
          )
        )
      }),
      pause: Effect.fn("Jobs.pause")((tenant, name, isPaused) =>
        database.transaction(tenant, (transaction) =>
          Effect.gen(function* () {
            const { nowMs, query } = transaction
            const found = yield* query(
              `update syncline.job set paused_at = case when $3::boolean then coalesce(paused_at, to_timestamp($4::float8 / 1000)) end
               where tenant_id = $1 and name = $2 returning name`,
              [tenant, name, isPaused, nowMs]
            )
            yield* reconsider(transaction, "select driver from syncline.job where tenant_id = $1 and name = $2", [name])
            return found.length > 0
          })
        )
      )
    }
  })
)

/** Rows that are as declared already are not written, so a start that changes nothing writes nothing. */
const write = Effect.fnUntraced(function* (
  { nowMs, query, tenant }: Transaction,
  { connections, integrations, jobs }: Declaration
) {
  yield* query(
    "insert into syncline.tenant (tenant_id, created_at) values ($1, to_timestamp($2::float8 / 1000)) on conflict do nothing",
    [tenant, nowMs]
  )
  yield* query(
    `insert into syncline.connection as c (tenant_id, name, connector, created_at, updated_at)
     select $1, name, connector, to_timestamp($3::float8 / 1000), to_timestamp($3::float8 / 1000)
     from jsonb_to_recordset($2::text::jsonb) as d (name text, connector text) order by name
     on conflict (tenant_id, name) do update set connector = excluded.connector, updated_at = excluded.updated_at
     where c.connector <> excluded.connector`,
    [tenant, json(connections), nowMs]
  )
  yield* query(
    `insert into syncline.integration as i (tenant_id, name, source, target, created_at, updated_at)
     select $1, name, source, target, to_timestamp($3::float8 / 1000), to_timestamp($3::float8 / 1000)
     from jsonb_to_recordset($2::text::jsonb) as d (name text, source text, target text) order by name
     on conflict (tenant_id, name) do update
     set source = excluded.source, target = excluded.target, updated_at = excluded.updated_at
     where (i.source, i.target) <> (excluded.source, excluded.target)`,
    [tenant, json(integrations), nowMs]
  )
  yield* query(
    `insert into syncline.job as j (tenant_id, name, integration, entity, definition, driver, schedule, created_at, updated_at)
     select $1, name, integration, entity, definition, coalesce(driver, ''), nullif(schedule, 'null'::jsonb),
       to_timestamp($3::float8 / 1000), to_timestamp($3::float8 / 1000)
     from jsonb_to_recordset($2::text::jsonb)
       as d (name text, integration text, entity text, definition jsonb, driver text, schedule jsonb) order by name
     on conflict (tenant_id, name) do update
     set integration = excluded.integration, entity = excluded.entity, definition = excluded.definition, driver = excluded.driver,
       schedule = excluded.schedule, updated_at = excluded.updated_at,
       -- Another schedule has another next time, which whoever fires jobs finds.
       next_run_at = case when j.schedule is not distinct from excluded.schedule then j.next_run_at end
     where (j.integration, j.entity, j.definition, j.driver, j.schedule)
       is distinct from (excluded.integration, excluded.entity, excluded.definition, excluded.driver, excluded.schedule)`,
    [tenant, json(jobs), nowMs]
  )
  yield* query(
    "delete from syncline.job where tenant_id = $1 and name not in (select jsonb_array_elements_text($2::text::jsonb))",
    [tenant, json(jobs.map(({ name }) => name))]
  )
})
