/** Lets go of what nothing needs any more. */
import type { TenantId } from "@syncline/core"
import { Context, Effect, Layer } from "effect"
import { Database } from "./Database.ts"
import type { SqlError } from "./SqlError.ts"

/** How long a deleted record is remembered, unless said: a reading that shows it as alive must not be older than this. */
export const tombstonesKeptMs = 90 * 86_400_000

/** How long an empty lane, or a row that was awaited and is not any more, stays: longer than any decision takes to be committed. */
export const remainsKeptMs = 86_400_000

/** How long it is known when a record was last read for a claim: longer than a burst of them. */
export const answeredKeptMs = 60_000

/** How long what has happened is remembered, in milliseconds. */
export interface Retention {
  readonly executionsMs: number
  /** Of the inbox: longer than any provider sends a delivery again. */
  readonly deliveriesMs: number
  readonly historyMs: number
}

const dayMs = 86_400_000

export const defaultRetention: Retention = {
  executionsMs: 90 * dayMs,
  deliveriesMs: 30 * dayMs,
  historyMs: 365 * dayMs
}

export interface Tidied {
  readonly tombstones: number
  readonly lanes: number
  readonly awaited: number
  readonly executions: number
  readonly history: number
  readonly givenUp: number
  readonly answered: number
}

export class Maintenance extends Context.Service<
  Maintenance,
  {
    /**
     * Deletes a tenant's tombstones that are older than `tombstonesKeptMs`, and empty lanes and awaited rows that nobody uses: at most
     * `limit` of each, so that it holds nothing up. Claims that were answered go too. Of a record that has a write under way, an open conflict or something that waits,
     * nothing is deleted. To be run again while it answers `limit`. So are executions, history and what was given up that are older than `retention` says,
     * but for a job's last execution and what a ledger or a cursor still names.
     */
    readonly tidy: (
      tenant: TenantId,
      options: { readonly limit: number; readonly tombstonesKeptMs?: number; readonly retention?: Retention }
    ) => Effect.Effect<Tidied, SqlError>
  }
>()("@syncline/store/Maintenance") {}

const ofRecord = (table: string, alias: string) =>
  `select from syncline.${table} x where x.tenant_id = ${alias}.tenant_id and x.integration = ${alias}.integration
     and x.entity = ${alias}.entity and x.record_key = ${alias}.record_key`

const awaitedBy = `select from syncline.waiting x
  where x.tenant_id = l.tenant_id and x.integration = l.integration and x.on_entity = l.entity`

/** Locks in key order what it will delete, passing by what others hold. */
const tombstones = `
  with old as (
    select l.tenant_id, l.integration, l.entity, l.record_key from syncline.link l
    where l.tenant_id = $1 and l.deleted_at < to_timestamp($2::float8 / 1000)
      and not exists (${ofRecord("outbox", "l")}) and not exists (${ofRecord("waiting", "l")})
      and not exists (${ofRecord("conflict", "l")} and x.resolved_at is null) and not exists (${awaitedBy} and x.on_key = l.record_key)
    order by l.tenant_id, l.integration, l.entity, l.record_key limit $3 for update skip locked
  ), gone as (
    delete from syncline.link l using old o
    where l.tenant_id = o.tenant_id and l.integration = o.integration and l.entity = o.entity and l.record_key = o.record_key
    returning 1
  )
  select count(*)::int as n from gone`

const lanes = `
  with old as (
    select l.tenant_id, l.integration, l.entity, l.record_key, l.side from syncline.lane l
    where l.tenant_id = $1 and l.pending = 0 and l.epoch is null and l.blocked_by is null
      and l.updated_at < to_timestamp($2::float8 / 1000) and not exists (${ofRecord("outbox", "l")})
    order by l.tenant_id, l.integration, l.entity, l.record_key, l.side limit $3 for update skip locked
  ), gone as (
    delete from syncline.lane l using old o
    where l.tenant_id = o.tenant_id and l.integration = o.integration and l.entity = o.entity and l.record_key = o.record_key
      and l.side = o.side
    returning 1
  )
  select count(*)::int as n from gone`

const awaited = `
  with old as (
    select l.tenant_id, l.integration, l.entity, l.record_key from syncline.link l
    where l.tenant_id = $1 and l.kind = 'awaited' and l.updated_at < to_timestamp($2::float8 / 1000)
      and not exists (${awaitedBy} and x.ready_at is null)
    order by l.tenant_id, l.integration, l.entity, l.record_key limit $3 for update skip locked
  ), gone as (
    delete from syncline.link l using old o
    where l.tenant_id = o.tenant_id and l.integration = o.integration and l.entity = o.entity and l.record_key = o.record_key
      and l.kind = 'awaited'
    returning 1
  )
  select count(*)::int as n from gone`

const executions = `
  with old as (
    select e.tenant_id, e.execution_id from syncline.execution e
    where e.tenant_id = $1 and e.ended_at < to_timestamp($2::float8 / 1000)
      and not exists (select from syncline.job x where x.tenant_id = $1 and x.last_execution = e.execution_id)
      and not exists (select from syncline.cursor x where x.tenant_id = $1 and x.execution_id = e.execution_id)
      and not exists (select from syncline.retry_ledger x where x.tenant_id = $1 and x.execution_id = e.execution_id)
    order by e.tenant_id, e.execution_id limit $3 for update skip locked
  ), failures as (
    delete from syncline.execution_failure f using old o where f.tenant_id = o.tenant_id and f.execution_id = o.execution_id
  ), gone as (
    delete from syncline.execution e using old o where e.tenant_id = o.tenant_id and e.execution_id = o.execution_id returning 1
  )
  select count(*)::int as n from gone`

const history = `
  with old as (
    select h.ctid from syncline.history h where h.tenant_id = $1 and h.changed_at < to_timestamp($2::float8 / 1000)
    order by h.record_key, h.version limit $3 for update skip locked
  ), gone as (
    delete from syncline.history h using old o where h.ctid = o.ctid returning 1
  )
  select count(*)::int as n from gone`

const answered = `
  with old as (
    select tenant_id, integration, entity, side, record_id from syncline.claim
    where tenant_id = $1 and not is_pending and read_at < to_timestamp($2::float8 / 1000)
    order by tenant_id, integration, entity, side, record_id limit $3 for update skip locked
  ), gone as (
    delete from syncline.claim k using old o
    where k.tenant_id = o.tenant_id and k.integration = o.integration and k.entity = o.entity and k.side = o.side
      and k.record_id = o.record_id
    returning 1
  )
  select count(*)::int as n from gone`

const givenUp = `
  with old as (
    select g.ctid from syncline.given_up g where g.tenant_id = $1 and g.given_up_at < to_timestamp($2::float8 / 1000)
    order by g.given_up_at, g.integration, g.entity, g.record_key limit $3 for update skip locked
  ), gone as (
    delete from syncline.given_up g using old o where g.ctid = o.ctid returning 1
  )
  select count(*)::int as n from gone`

export const layer = Layer.effect(
  Maintenance,
  Effect.gen(function* () {
    const database = yield* Database

    /** Each kind in a transaction of its own: their order is not that of commits. */
    const remove = Effect.fnUntraced(function* (tenant: TenantId, statement: string, keptMs: number, limit: number) {
      const [row] = yield* database.transaction(tenant, ({ nowMs, query }) =>
        query(statement, [tenant, nowMs - keptMs, limit])
      )
      return Number(row?.["n"] ?? 0)
    })

    return {
      tidy: Effect.fn("Maintenance.tidy")(function* (tenant, options) {
        const { limit, retention = defaultRetention } = options
        return {
          tombstones: yield* remove(tenant, tombstones, options.tombstonesKeptMs ?? tombstonesKeptMs, limit),
          lanes: yield* remove(tenant, lanes, remainsKeptMs, limit),
          awaited: yield* remove(tenant, awaited, remainsKeptMs, limit),
          executions: yield* remove(tenant, executions, retention.executionsMs, limit),
          history: yield* remove(tenant, history, retention.historyMs, limit),
          givenUp: yield* remove(tenant, givenUp, retention.historyMs, limit),
          answered: yield* remove(tenant, answered, answeredKeptMs, limit)
        }
      })
    }
  })
)
