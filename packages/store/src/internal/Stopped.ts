/** Entries that were refused: how they are listed, tried again and given up. */
import { EntryId, EntityType, IntegrationName } from "@syncline/core"
import { Effect, Option, Schema } from "effect"
import type { Lease, PairKey } from "../Batch.ts"
import type { Transaction } from "../Database.ts"
import type { GivingUp } from "../Lanes.ts"
import { decode, json, keyOf, msOf, plain } from "./Row.ts"
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

/** What died because of these writes is tried again with them, and not told as dead meanwhile. */
const ledgers = `update syncline.retry_ledger r set state = 'waiting', attempts = 1
  from w where r.tenant_id = w.tenant_id and r.integration = w.integration and r.entity = w.entity and r.record_key = w.record_key
    and r.side = w.side and r.state = 'dead'`

/** What is sent may arrive so much later. */
export const arrivesWithinMs = 60_000

/**
 * A provider may remember a refusal under the write's key, and give it again whatever was mended since. Nothing came of what was refused,
 * so it is another write, with a key of its own; but only once what was sent under the old one cannot arrive and be made any more.
 */
const revisionAt = (now: string) =>
  `revision + coalesce(sent_at <= ${now} - interval '${arrivesWithinMs} ms', false)::int`

/** `which` is about the outbox as `o`. */
const again = (which: string, attempts: string, now: string) => `
  with w as (
    update syncline.outbox o set state = 'pending', attempts = ${attempts}, revision = ${revisionAt(now)}, last_error = null,
      updated_at = ${now} where ${which}
    returning tenant_id, integration, entity, record_key, side, entry_id
  ), lanes as (
    update syncline.lane l set version = version + 1, pending = pending + 1, blocked_by = null, available_at = ${now}, updated_at = ${now}
    from w where ${lane}
  ), ledgers as (${ledgers})
  select entry_id as id from w order by entry_id`

const stopped = "tenant_id = $1 and entry_id = $2 and state in ('failed', 'dead')"

/** Of which pair a stopped entry was. */
const pairs = decode(Schema.Struct({ integration: IntegrationName, entity: EntityType }))

/** Parameters: tenant, entry, now, values by field. Only of fields that the entry carries; another payload is another revision. */
const retrying = `
  with w as (
    update syncline.outbox o set state = 'pending', attempts = 0, last_error = null, updated_at = to_timestamp($3::float8 / 1000),
      revision = case when $4::text::jsonb = '{}' then ${revisionAt("to_timestamp($3::float8 / 1000)")} else revision + 1 end, changes = case when $4::text::jsonb = '{}' then changes else (
        select jsonb_object_agg(c.key, case when $4::text::jsonb ? c.key
          then jsonb_set(c.value, '{value}', $4::text::jsonb -> c.key) else c.value end)
        from jsonb_each(o.changes) as c) end
    where ${stopped} and not exists (select from jsonb_object_keys($4::text::jsonb) as k where not o.changes ? k)
    returning tenant_id, integration, entity, record_key, side
  ), lanes as (
    update syncline.lane l set version = version + 1, pending = pending + 1, blocked_by = null,
      available_at = to_timestamp($3::float8 / 1000), updated_at = to_timestamp($3::float8 / 1000)
    from w where ${lane}
  ), ledgers as (${ledgers})
  select integration, entity from w`

/** A person says so, so its attempts begin anew. */
export const retry = Effect.fnUntraced(function* (
  { nowMs, query, tenant }: Transaction,
  entry: EntryId,
  values: Readonly<Record<string, Schema.Json>>
) {
  const [pair] = yield* pairs(yield* query(retrying, [tenant, entry, nowMs, json(values)]))
  return Option.fromNullishOr(pair)
})

/** Its attempts stay counted: the third execution that tries it in vain makes it dead. */
export const retryFailed = Effect.fnUntraced(function* ({ nowMs, query }: Transaction, lease: Lease) {
  const which = `tenant_id = $1 and integration = $2 and entity = $3 and side = $4 and state = 'failed'
    and updated_at < to_timestamp($5::float8 / 1000)`
  const statement = again(which, "attempts", "to_timestamp($6::float8 / 1000)")
  const retried = yield* query(statement, [...keyOf(lease.pair), lease.side, lease.acquiredAtMs, nowMs])
  return retried.length
})

/** What died of a cause, which the ledger tells without the record's own values. Parameters: tenant, integration, entity, cause. */
const ofCause = `o.tenant_id = $1 and o.integration = $2 and o.entity = $3 and o.state = 'dead' and coalesce((
  select r.cause from syncline.retry_ledger r where r.tenant_id = o.tenant_id and r.integration = o.integration
    and r.entity = o.entity and r.record_key = o.record_key and r.side = o.side and r.state = 'dead'), o.last_error, '') = $4`

const ids = decode(Schema.Struct({ id: EntryId }))

/** A person has mended the cause, so attempts begin anew. */
export const retryCause = Effect.fnUntraced(function* ({ nowMs, query }: Transaction, pair: PairKey, cause: string) {
  const params = [...keyOf(pair), cause]
  // Locked first and in their order, as whoever commits locks them.
  yield* query(
    `select from syncline.lane l where exists (
       select from syncline.outbox o where ${ofCause} and l.tenant_id = o.tenant_id and l.integration = o.integration
         and l.entity = o.entity and l.record_key = o.record_key and l.side = o.side)
     order by l.record_key, l.side for no key update`,
    params
  )
  const retried = yield* ids(yield* query(again(ofCause, "0", "to_timestamp($5::float8 / 1000)"), [...params, nowMs]))
  return retried.map(({ id }) => id)
})

/** The link's version rises, so that whoever decides on the record just now decides again. */
export const discard = Effect.fnUntraced(function* (
  { nowMs, query, tenant }: Transaction,
  entry: EntryId,
  { by, why }: GivingUp
) {
  const [row] = yield* query(
    `with w as (
       delete from syncline.outbox where ${stopped}
       returning tenant_id, integration, entity, record_key, side, operation, changes, last_error
     ), given_up as (
       insert into syncline.given_up
         (tenant_id, integration, entity, record_key, side, operation, payload, cause, given_up_by, why, given_up_at)
       select tenant_id, integration, entity, record_key, side, operation, (
         select jsonb_object_agg(c.key, c.value -> 'value') from jsonb_each(changes) as c), coalesce(last_error, ''), $4, $5,
         to_timestamp($3::float8 / 1000)
       from w
     ), lanes as (
       update syncline.lane l set version = version + 1, blocked_by = null, updated_at = to_timestamp($3::float8 / 1000)
       from w where ${lane}
     ), links as (
       update syncline.link l set version = version + 1, updated_at = to_timestamp($3::float8 / 1000)
       from w where l.tenant_id = w.tenant_id and l.integration = w.integration and l.entity = w.entity
         and l.record_key = w.record_key
     )
     select count(*)::int as n from w`,
    [tenant, entry, nowMs, plain(by), plain(why)]
  )
  return row?.["n"] === 1
})
