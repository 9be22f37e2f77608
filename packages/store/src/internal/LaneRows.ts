/** How a batch changes lanes and their entries. Each function is one or two statements for the whole batch, and none when there is nothing. */
import { RecordKey, Side } from "@syncline/core"
import { Effect, Schema } from "effect"
import type { Batch, EntryOutcome, EntryWrite, Lease } from "../Batch.ts"
import type { Transaction } from "../Database.ts"
import { maxAttempts } from "../Ledger.ts"
import * as Id from "./Id.ts"
import { decode, given, ofThePair, json, keyOf } from "./Row.ts"

const lanes = decode(Schema.Struct({ key: RecordKey, side: Side.Side, version: Schema.Finite }))

/** Locks the lanes that the decisions read, in key order. Gives the keys of which a lane is not what was read. */
export const lock = Effect.fnUntraced(function* (transaction: Transaction, lease: Lease, reads: Batch["reads"]) {
  const asked = reads.filter(({ laneVersions }) => laneVersions !== undefined)
  if (asked.length === 0) return new Set<RecordKey>()
  const rows = yield* transaction.query(
    `select lane.* from (select key from json_array_elements_text($4::text::json) as key order by key collate "C") as wanted
     cross join lateral (
       select record_key as key, side, version::float8 from syncline.lane
       where tenant_id = $1 and integration = $2 and entity = $3 and record_key = wanted.key
       order by side offset 0 for no key update
     ) as lane`,
    [...keyOf(lease.pair), json(asked.map(({ key }) => key))]
  )
  const versions = new Map((yield* lanes(rows)).map(({ key, side, version }) => [`${side} ${key}`, version]))
  const versionOf = (side: Side.Side, key: RecordKey) => versions.get(`${side} ${key}`) ?? 0
  return new Set(
    asked
      .filter(
        ({ key, laneVersions }) =>
          laneVersions !== undefined &&
          (versionOf("source", key) !== laneVersions.source || versionOf("target", key) !== laneVersions.target)
      )
      .map(({ key }) => key)
  )
})

const unsent = "o.state in ('pending', 'failed', 'dead') and not o.is_appended"

const thisLane = `${ofThePair("o")} and o.record_key = w.k and o.side = w.s`

// Written so that the planner does not go through all that is sent, by the index of these states, for each entry.
const isSent = "coalesce(o.state in ('in_flight', 'in_doubt'), false)"

const at = "to_timestamp($5::float8 / 1000)"

/**
 * The lane's never-sent entry becomes the draft: replaced where there is one, a refused one included, added where there is none. An
 * unsent create that is edited stays a create.
 */
const put = `
  with old as (
    select w.*, o.ord, o.state, coalesce(lane.next_ord, 0) as next_ord
    from ${given(4, "k text, s text, i text, op text, c json, ms float8, e boolean")}
    left join lateral (select ord, state from syncline.outbox o where ${thisLane} and ${unsent} offset 0) o on true
    left join lateral (select next_ord from syncline.lane o where ${thisLane} offset 0) lane on true
  ), lanes as (
    insert into syncline.lane as l
      (tenant_id, integration, entity, record_key, side, version, next_ord, pending, available_at, updated_at)
    select $1, $2, $3, k, s, 1, (ord is null)::int, (ord is null or state <> 'pending')::int, ${at}, ${at} from old order by k, s
    on conflict (tenant_id, integration, entity, record_key, side) do update
    set version = l.version + 1, next_ord = l.next_ord + excluded.next_ord, pending = l.pending + excluded.pending,
      available_at = case when l.pending > 0 then l.available_at else excluded.available_at end,
      blocked_by = case when l.blocked_by = 'in_doubt' then l.blocked_by end, updated_at = excluded.updated_at
  ), replaced as (
    update syncline.outbox o
    set operation = case when o.operation = 'create' and w.op = 'update' then 'create' else w.op end, changes = w.c,
      changed_at = to_timestamp(w.ms / 1000), is_estimated = w.e, state = 'pending', revision = o.revision + 1, attempts = 0,
      batch = null, request = null, execution_id = $6, last_error = null, updated_at = ${at}
    from old w where ${thisLane} and o.ord = w.ord
  )
  insert into syncline.outbox (tenant_id, integration, entity, record_key, side, ord, entry_id, operation, changes, changed_at,
    is_estimated, state, revision, attempts, execution_id, created_at, updated_at)
  select $1, $2, $3, w.k, w.s, w.next_ord, w.i, w.op, w.c, to_timestamp(w.ms / 1000), w.e, 'pending', 1, 0, $6, ${at}, ${at}
  from old w where w.ord is null`

const dropUnsent = `
  with gone as (
    delete from syncline.outbox o using ${given(4, "k text, s text")}
    where ${thisLane} and ${unsent} returning w.*, o.state
  )
  update syncline.lane o set version = version + 1, pending = pending - (w.state = 'pending')::int,
    blocked_by = case when blocked_by = 'in_doubt' then blocked_by end, updated_at = ${at}
  from gone w where ${thisLane}`

export const writeEntries = Effect.fnUntraced(function* (
  transaction: Transaction,
  lease: Lease,
  entries: ReadonlyArray<EntryWrite>
) {
  if (entries.length === 0) return
  const key = keyOf(lease.pair)
  const ids = yield* Id.make(transaction.nowMs, entries.length)
  const dropped = entries.flatMap(({ draft, key, side }) => (draft === null ? [{ k: key, s: side }] : []))
  const drafts = entries.flatMap(({ draft, key, side }, index) =>
    draft === null
      ? []
      : [
          {
            k: key,
            s: side,
            i: ids[index],
            op: draft.operation,
            c: draft.changes,
            ms: draft.atMs,
            e: draft.isEstimated
          }
        ]
  )
  if (dropped.length > 0) yield* transaction.query(dropUnsent, [...key, json(dropped), transaction.nowMs])
  if (drafts.length > 0) yield* transaction.query(put, [...key, json(drafts), transaction.nowMs, lease.execution])
})

/** Answered writes leave the outbox; what was done is told by history. */
const applied = `
  with gone as (
    delete from syncline.outbox o using ${given(4, "k text, s text, i text")}
    where ${thisLane} and ${isSent} and o.entry_id = w.i returning w.*
  ), lanes as (
    update syncline.lane o set version = version + 1, epoch = null, blocked_by = null, updated_at = ${at}
    from gone w where ${thisLane}
  )
  select count(*)::int as n from gone`

/**
 * A sent entry that was not applied, without what is taken back. Where a later decision waits behind it, both become one: the later's
 * value of a field, and what the earlier had before it. A create that was not made and is to be deleted is nothing, and so is an update
 * that is taken back as a whole. An update in doubt that its record does not show may have been made, and undone by somebody since: under its
 * old key a provider would give the old answer, and do nothing.
 */
const returned = `
  with w as (
    select w.*, o.ord, o.operation, o.attempts, o.changes
    from ${given(4, "k text, s text, i text, st text, er text, av float8, tb jsonb")}
    join syncline.outbox o on ${thisLane} and ${isSent} and o.entry_id = w.i
  ), joined as (
    select w.*, u.ord as later, u.operation as op, u.state as was,
      case when u.operation = 'delete' then u.changes else (w.changes || (
        select coalesce(jsonb_object_agg(f, case when w.changes ? f then v || jsonb_build_object('was', w.changes -> f -> 'was') else v end), '{}')
        from jsonb_each(coalesce(u.changes, '{}')) as x (f, v))) - array(select jsonb_array_elements_text(w.tb)) end as c
    from w
    left join lateral (select ord, operation, changes, state from syncline.outbox o where ${thisLane} and ${unsent}) u
      on w.st <> 'in_doubt'
  ), fate as (
    select *,
      operation = 'create' and coalesce(op = 'delete', false) or operation = 'update' and coalesce(op, 'update') = 'update' and c = '{}' as is_nothing,
      case when later is not null then 'pending'
        when st = 'failed' and attempts + 1 >= ${maxAttempts} then 'dead' else st end as next
    from joined
  ), merged as (
    update syncline.outbox o
    set operation = case when w.operation = 'create' then 'create' when w.operation = 'delete' and w.op = 'create' then 'update'
        else w.op end, state = 'pending', revision = o.revision + 1, changes = w.c,
      attempts = w.attempts + (w.st in ('failed', 'dead'))::int, last_error = w.er, updated_at = ${at}
    from fate w where ${thisLane} and o.ord = w.later and not w.is_nothing
  ), gone as (
    delete from syncline.outbox o using fate w
    where ${thisLane} and (o.ord = w.ord and (w.later is not null or w.is_nothing) or o.ord = w.later and w.is_nothing)
  ), changed as (
    update syncline.outbox o
    set state = w.next, changes = w.c,
      revision = o.revision + (w.c <> o.changes or o.state = 'in_doubt' and w.next = 'pending' and o.operation <> 'create')::int,
      attempts = o.attempts + (w.st in ('failed', 'dead'))::int, last_error = w.er, updated_at = ${at}
    from fate w where ${thisLane} and o.ord = w.ord and w.later is null and not w.is_nothing
  ), lanes as (
    update syncline.lane o
    set version = version + 1, epoch = null, updated_at = ${at},
      pending = pending + case when w.is_nothing then - coalesce(w.was = 'pending', false)::int
        when w.later is null then (w.next = 'pending')::int else (w.was <> 'pending')::int end,
      blocked_by = case when not w.is_nothing and w.next in ('in_doubt', 'failed', 'dead') then w.next end,
      available_at = case when w.av is null then o.available_at else to_timestamp(w.av / 1000) end
    from fate w where ${thisLane}
  )
  select count(*)::int as n from fate`

/** Stores what became of sent entries. An outcome of an entry that is not under way any more changes nothing. */
export const settle = Effect.fnUntraced(function* (
  transaction: Transaction,
  lease: Lease,
  outcomes: ReadonlyArray<EntryOutcome>
) {
  const key = keyOf(lease.pair)
  const rowsOf = (some: ReadonlyArray<EntryOutcome>) =>
    json(
      some.map(({ afterMs, entry, error, key, side, takenBack = [], to }) => ({
        k: key,
        s: side,
        i: entry,
        st: to,
        er: error,
        av: afterMs === undefined ? undefined : transaction.nowMs + afterMs,
        tb: takenBack
      }))
    )
  const done = outcomes.filter(({ to }) => to === "applied")
  const undone = outcomes.filter(({ to }) => to !== "applied")
  if (done.length > 0) yield* transaction.query(applied, [...key, rowsOf(done), transaction.nowMs])
  if (undone.length > 0) yield* transaction.query(returned, [...key, rowsOf(undone), transaction.nowMs])
})
