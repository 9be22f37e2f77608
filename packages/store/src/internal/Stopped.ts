/** Entries that were refused: how they are listed, tried again and given up. */
import type { EntryId } from "@syncline/core"
import { Effect } from "effect"
import type { Lease } from "../Batch.ts"
import type { Transaction } from "../Database.ts"
import { keyOf, msOf } from "./Row.ts"
import { entryColumns } from "./Stored.ts"

/** Parameters: tenant, integration, entity, state (each null for any), limit. */
export const list = `
  select o.integration, o.entity, ${entryColumns}, ${msOf("o.updated_at", "failedAtMs")}, (
    select count(distinct (w.entity, w.record_key)) from syncline.waiting w
    where w.tenant_id = o.tenant_id and w.integration = o.integration and w.on_entity = o.entity and w.on_key = o.record_key
      and w.ready_at is null)::float8 as blocks
  from syncline.outbox o
  where o.tenant_id = $1 and o.integration = coalesce($2, o.integration) and o.entity = coalesce($3, o.entity)
    and o.state in ('failed', 'dead') and o.state = coalesce($4, o.state)
  order by o.updated_at desc, o.entry_id limit $5`

const lane = `l.tenant_id = w.tenant_id and l.integration = w.integration and l.entity = w.entity and l.record_key = w.record_key
  and l.side = w.side`

const again = (which: string, attempts: string, now: string) => `
  with w as (
    update syncline.outbox set state = 'pending', attempts = ${attempts}, last_error = null, updated_at = ${now} where ${which}
    returning tenant_id, integration, entity, record_key, side
  ), lanes as (
    update syncline.lane l set version = version + 1, pending = pending + 1, blocked_by = null, available_at = ${now}, updated_at = ${now}
    from w where ${lane}
  )
  select count(*)::int as n from w`

const stopped = "tenant_id = $1 and entry_id = $2 and state in ('failed', 'dead')"

/** A person says so, so its attempts begin anew. */
export const retry = Effect.fnUntraced(function* ({ nowMs, query, tenant }: Transaction, entry: EntryId) {
  const [row] = yield* query(again(stopped, "0", "to_timestamp($3::float8 / 1000)"), [tenant, entry, nowMs])
  return row?.["n"] === 1
})

/** Its attempts stay counted: the third execution that tries it in vain makes it dead. */
export const retryFailed = Effect.fnUntraced(function* ({ nowMs, query }: Transaction, lease: Lease) {
  const which = `tenant_id = $1 and integration = $2 and entity = $3 and side = $4 and state = 'failed'
    and updated_at < to_timestamp($5::float8 / 1000)`
  const statement = again(which, "attempts", "to_timestamp($6::float8 / 1000)")
  const [row] = yield* query(statement, [...keyOf(lease.pair), lease.side, lease.acquiredAtMs, nowMs])
  return Number(row?.["n"] ?? 0)
})

/** The link's version rises, so that whoever decides on the record just now decides again. */
export const discard = Effect.fnUntraced(function* ({ nowMs, query, tenant }: Transaction, entry: EntryId) {
  const [row] = yield* query(
    `with w as (
       delete from syncline.outbox where ${stopped} returning tenant_id, integration, entity, record_key, side
     ), lanes as (
       update syncline.lane l set version = version + 1, blocked_by = null, updated_at = to_timestamp($3::float8 / 1000)
       from w where ${lane}
     ), links as (
       update syncline.link l set version = version + 1, updated_at = to_timestamp($3::float8 / 1000)
       from w where l.tenant_id = w.tenant_id and l.integration = w.integration and l.entity = w.entity
         and l.record_key = w.record_key
     )
     select count(*)::int as n from w`,
    [tenant, entry, nowMs]
  )
  return row?.["n"] === 1
})
