/** What a batch leaves in the store's tables. Each function is one statement for the whole batch, and none when there is nothing. */
import { type Counters, Execution, Link, type RecordKey } from "@syncline/core"
import { Effect, Schema } from "effect"
import type { Lease, LinkWrite, PairKey, Performed, RecordFailure } from "../Batch.ts"
import { Fenced } from "../Cursors.ts"
import type { Transaction } from "../Database.ts"
import { maxAttempts } from "../Ledger.ts"
import { SqlError } from "../SqlError.ts"
import { decode, json, keyOf } from "./Row.ts"

/** A link changed between its lock and its write: another created it. The transaction runs again and finds it. */
const raced = new SqlError({
  operation: "write links",
  kind: "serialization",
  sqlState: null,
  message: "a link appeared while its record was being written",
  column: null,
  constraint: null
})

// Neither `on conflict` nor a count of what was inserted: together they cost a third of the insert, and this is the hottest statement.
const insertLinks = `
  insert into syncline.link (tenant_id, integration, entity, source_id, target_id, version, status, is_deleted, observed_at,
    created_at, updated_at, source_fingerprint, source_version)
  select $1, $2, $3, s, t, 1, case when d then 'stale' else 'mapped' end, d, to_timestamp(o / 1000),
    to_timestamp($5::float8 / 1000), to_timestamp($5::float8 / 1000), f, v
  from json_to_recordset($4::text::json) as w (s text, t text, d boolean, o float8, f text, v text)
  order by s`

const linkKey = "link_tenant_id_integration_entity_source_id_pk"

// An upsert whose rows are all there, because it finds each by the key whatever the planner believes of the table.
const updateLinks = `
  with updated as (
    insert into syncline.link as l (tenant_id, integration, entity, source_id, target_id, version, status, is_deleted, observed_at,
      created_at, updated_at, source_fingerprint, source_version)
    select $1, $2, $3, s, t, r, case when d then 'stale' else 'mapped' end, d, to_timestamp(o / 1000),
      to_timestamp($5::float8 / 1000), to_timestamp($5::float8 / 1000), f, v
    from json_to_recordset($4::text::json) as w (s text, t text, d boolean, o float8, f text, v text, r bigint)
    order by s
    on conflict (tenant_id, integration, entity, source_id) do update
    set target_id = excluded.target_id, version = l.version + 1, status = excluded.status, is_deleted = excluded.is_deleted,
      observed_at = excluded.observed_at, updated_at = excluded.updated_at, source_fingerprint = excluded.source_fingerprint,
      source_version = excluded.source_version
    where l.version = excluded.version returning 1
  )
  select count(*)::int as n from updated`

const rowOf = (link: LinkWrite) => ({
  s: link.key,
  t: Link.parseKey(link.key).id,
  d: link.isDeleted,
  o: link.observedAtMs,
  f: link.sourceFingerprint,
  v: link.sourceVersion,
  ...(link.readVersion === null ? {} : { r: link.readVersion })
})

export const writeLinks = Effect.fnUntraced(function* (
  transaction: Transaction,
  pair: PairKey,
  links: ReadonlyArray<LinkWrite>
) {
  const send = (statement: string, some: ReadonlyArray<LinkWrite>) =>
    transaction.query(statement, [...keyOf(pair), json(some.map(rowOf)), transaction.nowMs])
  const fresh = links.filter(({ readVersion }) => readVersion === null)
  const known = links.filter(({ readVersion }) => readVersion !== null)
  const insert =
    fresh.length === 0
      ? Effect.void
      : Effect.mapError(send(insertLinks, fresh), (error) => (error.constraint === linkKey ? raced : error))
  const update =
    known.length === 0
      ? Effect.void
      : Effect.flatMap(send(updateLinks, known), ([row]) =>
          row?.["n"] === known.length ? Effect.void : Effect.fail(raced)
        )
  yield* Effect.all([insert, update], { concurrency: "unbounded", discard: true })
})

export const writeHistory = Effect.fnUntraced(function* (
  transaction: Transaction,
  lease: Lease,
  { history, links }: Performed
) {
  if (history.length === 0) return
  const versions = new Map(links.map((link) => [link.key, (link.readVersion ?? 0) + 1]))
  const rows = history.map(({ key, operation, fields }) => ({
    id: key,
    version: versions.get(key),
    operation,
    fields
  }))
  yield* transaction.query(
    `insert into syncline.history (tenant_id, integration, entity, record_id, version, execution_id, operation, fields, changed_at)
     select $1, $2, $3, id, version, $5, operation, fields, to_timestamp($6::float8 / 1000)
     from jsonb_to_recordset($4::text::jsonb) as h (id text, version bigint, operation text, fields jsonb)`,
    [...keyOf(lease.pair), json(rows), lease.execution, transaction.nowMs]
  )
})

/** An attempt is an execution that tried the record, so a second failure in one execution is not a second attempt. */
const upsertLedger = `
  insert into syncline.retry_ledger as l (tenant_id, integration, entity, record_id, state, attempts, execution_id, class, cause,
    message, payload, first_failed_at, last_failed_at)
  select $1, $2, $3, id, 'waiting', 1, $5, class, cause, message, payload, to_timestamp($6::float8 / 1000),
    to_timestamp($6::float8 / 1000)
  from jsonb_to_recordset($4::text::jsonb) as f (id text, class text, cause text, message text, payload jsonb)
  order by id
  on conflict (tenant_id, integration, entity, record_id) do update
  set attempts = l.attempts + (l.execution_id <> excluded.execution_id)::int,
    state = case when l.state = 'dead' or l.attempts + (l.execution_id <> excluded.execution_id)::int >= $7
      then 'dead' else 'waiting' end,
    execution_id = excluded.execution_id, class = excluded.class, cause = excluded.cause, message = excluded.message,
    payload = excluded.payload, last_failed_at = excluded.last_failed_at`

const upsertFailures = `
  insert into syncline.execution_failure (tenant_id, execution_id, record_id, class, cause, message, failed_at)
  select $1, $2, id, class, cause, message, to_timestamp($4::float8 / 1000)
  from jsonb_to_recordset($3::text::jsonb) as f (id text, class text, cause text, message text)
  order by id
  on conflict (tenant_id, execution_id, record_id) do update
  set class = excluded.class, cause = excluded.cause, message = excluded.message, failed_at = excluded.failed_at`

export const writeFailures = Effect.fnUntraced(function* (
  transaction: Transaction,
  { execution, pair }: Lease,
  failures: ReadonlyArray<RecordFailure>
) {
  if (failures.length === 0) return
  // One statement may not touch a row twice, and a page may show a record twice: the last word counts.
  const latest = new Map(failures.map((failure) => [failure.key, failure]))
  const rows = json([...latest.values()].map(({ key, ...rest }) => ({ id: key, ...rest })))
  yield* Effect.all(
    [
      transaction.query(upsertFailures, [pair.tenant, execution, rows, transaction.nowMs]),
      transaction.query(upsertLedger, [...keyOf(pair), rows, execution, transaction.nowMs, maxAttempts])
    ],
    { concurrency: "unbounded", discard: true }
  )
})

/** A record that came through leaves the ledger, a dead one too. */
export const resolve = Effect.fnUntraced(function* (
  transaction: Transaction,
  pair: PairKey,
  resolved: ReadonlyArray<RecordKey>
) {
  if (resolved.length === 0) return
  yield* transaction.query(
    `delete from syncline.retry_ledger
     where tenant_id = $1 and integration = $2 and entity = $3
       and record_id = any(array(select json_array_elements_text($4::text::json)))`,
    [...keyOf(pair), json(resolved)]
  )
})

const statuses = decode(Schema.Struct({ status: Execution.Status }))

/** Adds to the execution's counters, unless it has ended meanwhile: then everything of this batch is undone. */
export const count = Effect.fnUntraced(function* (transaction: Transaction, lease: Lease, counters: Counters.Counters) {
  const key = [lease.pair.tenant, lease.execution]
  const { processed, created, updated, deleted, skipped, conflicted, failed, queued } = counters
  const counted = yield* transaction.query(
    `update syncline.execution
     set processed = processed + $3, created = created + $4, updated = updated + $5, deleted = deleted + $6,
       skipped = skipped + $7, conflicted = conflicted + $8, failed = failed + $9, queued = queued + $10
     where tenant_id = $1 and execution_id = $2 and status = 'running' returning 1`,
    [...key, processed, created, updated, deleted, skipped, conflicted, failed, queued]
  )
  if (counted.length > 0) return
  const rows = yield* transaction.query(
    "select status from syncline.execution where tenant_id = $1 and execution_id = $2",
    key
  )
  const [row] = yield* statuses(rows)
  return yield* Fenced.of(lease, row === undefined || row.status === "running" ? null : row.status)
})
