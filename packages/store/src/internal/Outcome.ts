/** What a batch leaves in the store's tables. Each function is one statement for the whole batch, and none when there is nothing. */
import { type Counters, Execution, type RecordKey } from "@syncline/core"
import { Effect, Schema } from "effect"
import type { HistoryWrite, Lease, RecordFailure } from "../Batch.ts"
import { Fenced } from "../Cursors.ts"
import type { Transaction } from "../Database.ts"
import { maxAttempts } from "../Ledger.ts"
import type { Locked } from "./LinkRows.ts"
import { decode, json, keyOf } from "./Row.ts"

/** Each change has the version that its link gets by this batch. */
export const writeHistory = Effect.fnUntraced(function* (
  transaction: Transaction,
  lease: Lease,
  history: ReadonlyArray<HistoryWrite>,
  locked: Locked
) {
  if (history.length === 0) return
  const told = new Map<RecordKey, number>()
  const rows = history.map(({ cause, fields, key, operation, side }) => {
    const n = told.get(key) ?? 0
    told.set(key, n + 1)
    return {
      k: key,
      v: (locked.get(key)?.version ?? 0) + 1,
      n,
      s: side ?? "target",
      op: operation,
      f: fields,
      c: cause
    }
  })
  yield* transaction.query(
    `insert into syncline.history (tenant_id, integration, entity, record_key, version, n, side, execution_id, operation, fields,
       cause, changed_at)
     select $1, $2, $3, k, v, n, s, $5, op, f, c, to_timestamp($6::float8 / 1000)
     from json_to_recordset($4::text::json) as w (k text, v bigint, n int, s text, op text, f json, c json)`,
    [...keyOf(lease.pair), json(rows), lease.execution, transaction.nowMs]
  )
})

/** An attempt is an execution that tried the record, so a second failure in one execution is not a second attempt. */
const upsertLedger = `
  insert into syncline.retry_ledger as l (tenant_id, integration, entity, record_key, side, state, attempts, execution_id, class, cause,
    message, payload, first_failed_at, last_failed_at)
  select $1, $2, $3, id, side, 'waiting', 1, $5, class, cause, message, payload, to_timestamp($6::float8 / 1000),
    to_timestamp($6::float8 / 1000)
  from jsonb_to_recordset($4::text::jsonb) as f (id text, side text, class text, cause text, message text, payload jsonb)
  order by id, side
  on conflict (tenant_id, integration, entity, record_key, side) do update
  set attempts = l.attempts + (l.execution_id <> excluded.execution_id)::int,
    state = case when l.state = 'dead' or l.attempts + (l.execution_id <> excluded.execution_id)::int >= $7
      then 'dead' else 'waiting' end,
    execution_id = excluded.execution_id, class = excluded.class, cause = excluded.cause, message = excluded.message,
    payload = excluded.payload, last_failed_at = excluded.last_failed_at`

const upsertFailures = `
  insert into syncline.execution_failure (tenant_id, execution_id, record_key, side, class, cause, message, failed_at)
  select $1, $2, id, side, class, cause, message, to_timestamp($4::float8 / 1000)
  from jsonb_to_recordset($3::text::jsonb) as f (id text, side text, class text, cause text, message text)
  order by id, side
  on conflict (tenant_id, execution_id, record_key, side) do update
  set class = excluded.class, cause = excluded.cause, message = excluded.message, failed_at = excluded.failed_at`

export const writeFailures = Effect.fnUntraced(function* (
  transaction: Transaction,
  { execution, pair }: Lease,
  failures: ReadonlyArray<RecordFailure>
) {
  if (failures.length === 0) return
  // One statement may not touch a row twice, and a page may show a record twice: the last word counts.
  const latest = new Map(failures.map((failure) => [`${failure.side ?? "source"} ${failure.key}`, failure]))
  const rows = json(
    [...latest.values()].map(({ key, side, ...rest }) => ({ id: key, side: side ?? "source", ...rest }))
  )
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
  { pair, side }: Lease,
  resolved: ReadonlyArray<RecordKey>
) {
  if (resolved.length === 0) return
  yield* transaction.query(
    `delete from syncline.retry_ledger
     where tenant_id = $1 and integration = $2 and entity = $3 and side = $5
       and record_key = any(array(select json_array_elements_text($4::text::json)))`,
    [...keyOf(pair), json(resolved), side]
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
