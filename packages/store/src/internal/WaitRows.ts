/** How a batch says what records wait for, and releases those whose waiting is over. */
import { Link, type RecordKey, type Side } from "@syncline/core"
import { Effect } from "effect"
import type { EntryOutcome, Lease, PairKey, WaitingWrite, WaitOn } from "../Batch.ts"
import type { Transaction } from "../Database.ts"
import { given, goneAt, ofThePair, json, keyOf } from "./Row.ts"

interface On {
  readonly reason: "reference" | "unlinked" | "unsettled" | "doubted"
  readonly entity: string
  readonly on: string
  readonly at: string
}

const onOf = (pair: PairKey, key: RecordKey, on: WaitOn): On => {
  switch (on._tag) {
    case "Reference":
      return { reason: "reference", entity: on.entity, on: on.key, at: "" }
    case "Unlinked":
      return { reason: "unlinked", entity: on.entity, on: on.id, at: on.side }
    case "Unsettled":
      return { reason: "unsettled", entity: pair.entity, on: key, at: on.side }
    case "Doubted":
      return { reason: "doubted", entity: pair.entity, on: "", at: on.side }
  }
}

/** The links that a wake-up comes from: of a record that is not linked, the one that it gets if it is born there. */
const parentOf = (on: WaitOn) =>
  on._tag === "Reference"
    ? [{ entity: on.entity, key: on.key }]
    : on._tag === "Unlinked"
      ? [{ entity: on.entity, key: Link.keyOf(on.side, on.id) }]
      : []

const makeParents = `
  insert into syncline.link (tenant_id, integration, entity, record_key, kind, version, status, is_deleted, created_at, updated_at)
  select distinct $1, $2, entity collate "C", key collate "C", 'awaited', 1, 'pending', false, to_timestamp($4::float8 / 1000),
    to_timestamp($4::float8 / 1000)
  from json_to_recordset($3::text::json) as w (entity text, key text) order by 3, 4
  on conflict (tenant_id, integration, entity, record_key) do nothing`

const lockParents = `
  select from (select distinct entity collate "C" as entity, key collate "C" as key
    from json_to_recordset($3::text::json) as w (entity text, key text) order by 1, 2) as wanted
  cross join lateral (
    select from syncline.link
    where tenant_id = $1 and integration = $2 and entity = wanted.entity and record_key = wanted.key offset 0 for share
  ) as link`

/** Whether what a waiting row `w` waits for has happened already. */
export const hasHappened = `case w.reason
  when 'reference' then exists (
    select from syncline.link l
    where l.tenant_id = $1 and l.integration = $2 and l.entity = w.on_entity and l.record_key = w.on_key and l.kind <> 'awaited'
      and (l.kind = 'mirror' or ${goneAt} = 'both' or l.source_id is not null and l.target_id is not null and ${goneAt} is null))
  when 'unlinked' then exists (
    select from syncline.link l
    where l.tenant_id = $1 and l.integration = $2 and l.entity = w.on_entity and l.source_id = w.on_key and w.on_side = 'source')
    or exists (
    select from syncline.link l
    where l.tenant_id = $1 and l.integration = $2 and l.entity = w.on_entity and l.target_id = w.on_key and w.on_side = 'target')
    or exists (
    select from syncline.link l
    where l.tenant_id = $1 and l.integration = $2 and l.entity = w.on_entity and l.kind = 'mirror'
      and l.record_key = case when w.on_key like '~%' then '~s' || w.on_key else w.on_key end)
  when 'unsettled' then not exists (
    select from syncline.outbox o
    where o.tenant_id = $1 and o.integration = $2 and o.entity = w.on_entity and o.record_key = w.on_key and o.side = w.on_side
      and o.state in ('in_flight', 'in_doubt'))
  else not exists (
    select from syncline.outbox o
    where o.tenant_id = $1 and o.integration = $2 and o.entity = w.on_entity and o.side = w.on_side and o.state = 'in_doubt')
  end`

const forget = `
  delete from syncline.waiting o using ${given(4, "k text, s text")}
  where ${ofThePair("o")} and o.record_key = w.k and o.side = w.s and o.waiter = $5
    and not exists (
      select from json_to_recordset($6::text::json) as n (k text, s text, reason text, entity text, "on" text, at text)
      where n.k = o.record_key and n.s = o.side and n.reason = o.reason and n.entity = o.on_entity and n."on" = o.on_key
        and n.at = o.on_side)`

const put = `
  insert into syncline.waiting as o (tenant_id, integration, entity, record_key, side, waiter, reason, on_entity, on_key, on_side,
    record_id, since, ready_at)
  select $1, $2, $3, w.k, w.s, $5, w.reason, w.on_entity, w.on_key, w.on_side, w.id, to_timestamp($6::float8 / 1000),
    case when ${hasHappened} then to_timestamp($6::float8 / 1000) end
  from (
    select distinct k, s, id, reason, entity collate "C" as on_entity, "on" collate "C" as on_key, at collate "C" as on_side
    from json_to_recordset($4::text::json) as n (k text, s text, id text, reason text, entity text, "on" text, at text)
  ) as w
  order by w.k, w.s
  on conflict (tenant_id, integration, entity, record_key, side, waiter, reason, on_entity, on_key, on_side) do update
  set record_id = excluded.record_id, ready_at = excluded.ready_at`

/**
 * Stores what records (or their lanes) wait for. The links that the wake-ups will come from are locked, or made, first: whoever
 * writes one of them afterwards finds the waiting row, and what was written before is seen here.
 */
export const write = Effect.fnUntraced(function* (
  transaction: Transaction,
  pair: PairKey,
  waiter: "record" | "lane",
  waiting: ReadonlyArray<WaitingWrite>
) {
  if (waiting.length === 0) return
  const { nowMs, query } = transaction
  const parents = waiting.flatMap(({ on }) => on.flatMap(parentOf))
  if (parents.length > 0) {
    yield* query(makeParents, [pair.tenant, pair.integration, json(parents), nowMs])
    yield* query(lockParents, [pair.tenant, pair.integration, json(parents)])
  }
  const rows = waiting.flatMap(({ id, key, on, side }) =>
    on.map((each) => ({ k: key, s: side, id, ...onOf(pair, key, each) }))
  )
  const named = json(waiting.map(({ key, side }) => ({ k: key, s: side })))
  yield* query(forget, [...keyOf(pair), named, waiter, json(rows)])
  if (rows.length > 0) yield* query(put, [...keyOf(pair), json(rows), waiter, nowMs])
})

/** A name under which somebody may wait: `k` of the reason `r` at `s`. */
interface Name {
  readonly k: string
  readonly r: string
  readonly s: string
}

/** Marks those ready who wait, in whichever pair, for one of these names of this pair. */
export const release = Effect.fnUntraced(function* (
  transaction: Transaction,
  pair: PairKey,
  names: ReadonlyArray<Name>
) {
  if (names.length === 0) return
  yield* transaction.query(
    `update syncline.waiting o set ready_at = to_timestamp($5::float8 / 1000)
     from ${given(4, "k text, r text, s text")}
     where o.tenant_id = w.in_tenant and o.integration = w.in_integration and o.on_entity = w.in_entity and o.on_key = w.k
       and o.reason = w.r and o.on_side = w.s and o.ready_at is null`,
    [...keyOf(pair), json(names), transaction.nowMs]
  )
})

/** The same for those who wait for what these outcomes say. */
export const releaseSettled = Effect.fnUntraced(function* (
  transaction: Transaction,
  { pair }: Lease,
  outcomes: ReadonlyArray<EntryOutcome>
) {
  const known = outcomes.filter(({ to }) => to !== "in_doubt")
  if (known.length === 0) return
  yield* release(
    transaction,
    pair,
    known.map(({ key, side }) => ({ k: key, r: "unsettled", s: side }))
  )
  for (const side of new Set(known.map((each): Side.Side => each.side))) {
    yield* transaction.query(
      `update syncline.waiting o set ready_at = to_timestamp($5::float8 / 1000)
       where o.tenant_id = $1 and o.integration = $2 and o.on_entity = $3 and o.on_key = '' and o.reason = 'doubted'
         and o.on_side = $4 and o.ready_at is null and not exists (
           select from syncline.outbox q
           where q.tenant_id = $1 and q.integration = $2 and q.entity = $3 and q.side = $4 and q.state = 'in_doubt')`,
      [...keyOf(pair), side, transaction.nowMs]
    )
  }
})
