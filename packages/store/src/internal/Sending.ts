/** How ready lanes are claimed, and how what is about to be sent is made durable. */
import { Link, OpKey, type RecordKey } from "@syncline/core"
import { Effect, Schema } from "effect"
import type { Lease, PairLink } from "../Batch.ts"
import type { Transaction } from "../Database.ts"
import type { Claimed, Composed, Intent } from "../Lanes.ts"
import { maxAttempts } from "../Ledger.ts"
import { situationsIn } from "../PairLinks.ts"
import { decode, given, json, keyOf, msOf, ofThePair } from "./Row.ts"
import { entryColumns, entryOf, EntryRow } from "./Stored.ts"
import * as WaitRows from "./WaitRows.ts"

/** Lanes whose references have become known go on. */
const unblock = `
  with over as (
    delete from syncline.waiting
    where tenant_id = $1 and integration = $2 and entity = $3 and side = $4 and waiter = 'lane' and ready_at is not null
    returning tenant_id as in_tenant, integration as in_integration, entity as in_entity, side as in_side, record_key as k
  )
  update syncline.lane l set version = version + 1, blocked_by = null, updated_at = to_timestamp($5::float8 / 1000)
  from (select distinct * from over) w
  where ${ofThePair("l")} and l.record_key = w.k and l.side = w.in_side and l.blocked_by = 'reference'`

/**
 * Looks at lanes, and of each at its first entry: how long a queue is makes no difference. Entries that are alone in their lanes are
 * found in one pass over the index, so those that were decided together are found together.
 */
export const ready = `
  with ready as materialized (
    select record_key, priority, available_at, pending from syncline.lane
    where tenant_id = $1 and integration = $2 and entity = $3 and side = $4 and pending > 0 and blocked_by is null and epoch is null
      and available_at <= to_timestamp($6::float8 / 1000)
    order by priority, available_at, record_key limit $5 for no key update skip locked
  ), keys as materialized (
    select array_agg(record_key order by priority, available_at, record_key) as claimed,
      array_agg(record_key) filter (where pending = 1) as alone
    from ready
  )
  select * from (
    select ${entryColumns} from syncline.outbox o
    where o.tenant_id = $1 and o.integration = $2 and o.entity = $3 and o.record_key = any((select alone from keys)::text[])
      and o.side = $4 and o.state = 'pending'
    union all
    select queued.* from ready cross join lateral (
      select ${entryColumns} from syncline.outbox o
      where o.tenant_id = $1 and o.integration = $2 and o.entity = $3 and o.record_key = ready.record_key and o.side = $4
        and o.state = 'pending' order by o.ord limit 1
    ) as queued where ready.pending > 1
  ) as first order by array_position((select claimed from keys), first.key)`

const entries = decode(EntryRow)

export const claim = Effect.fnUntraced(function* (transaction: Transaction, lease: Lease, limit: number) {
  const key = [...keyOf(lease.pair), lease.side]
  const [, rows] = yield* Effect.all(
    [
      transaction.query(unblock, [...key, transaction.nowMs]),
      transaction.query(ready, [...key, limit, transaction.nowMs])
    ],
    { concurrency: "unbounded" }
  )
  return yield* withLinks(transaction, lease, (yield* entries(rows)).map(entryOf))
})

/** An entry of a record without a link cannot be: whoever decides writes both. */
const withLinks = Effect.fnUntraced(function* <Entry extends { readonly key: RecordKey }>(
  transaction: Transaction,
  { pair }: Lease,
  some: ReadonlyArray<Entry>
) {
  const links = new Map<RecordKey, PairLink>()
  for (const { key, link } of yield* situationsIn(transaction, pair, { keys: some.map(({ key }) => key) })) {
    if (link !== null) links.set(key, link)
  }
  return some.flatMap((entry) => {
    const link = links.get(entry.key)
    return link === undefined ? [] : [{ entry, link }]
  })
})

const thisEntry = `${ofThePair("o")} and o.record_key = w.k and o.side = w.in_side`
const theSide = { also: ", $4::text as in_side" }

const now = "to_timestamp($6::float8 / 1000)"

const send = `
  with w as (
    select * from ${given(5, "k text, n bigint, b text, r json", theSide)}
  ), sent as (
    update syncline.outbox o set state = 'in_flight', batch = w.b, request = w.r, sent_at = ${now}, epoch = $7, updated_at = ${now}
    from w where ${thisEntry} and o.ord = w.n
  )
  update syncline.lane o set version = version + 1, pending = pending - 1, epoch = $7, updated_at = ${now} from w where ${thisEntry}`

const delay = `
  update syncline.lane o
  set version = version + 1, available_at = coalesce(to_timestamp(w.ms / 1000), available_at),
    blocked_by = w.by, updated_at = ${now}
  from ${given(5, "k text, ms float8, by text", theSide)} where ${thisEntry}`

const refuse = `
  with w as (
    select w.*, case when o.attempts + 1 >= ${maxAttempts} then 'dead' else 'failed' end as next
    from ${given(5, "k text, n bigint, why text", theSide)}
    join syncline.outbox o on ${thisEntry} and o.ord = w.n
  ), refused as (
    update syncline.outbox o set state = w.next, attempts = o.attempts + 1, last_error = w.why, updated_at = ${now}
    from w where ${thisEntry} and o.ord = w.n
  )
  update syncline.lane o set version = version + 1, pending = pending - 1, blocked_by = w.next, updated_at = ${now}
  from w where ${thisEntry}`

/** Stores what was said of each claimed entry. Answers those that may now be sent. */
export const store = Effect.fnUntraced(function* (
  transaction: Transaction,
  lease: Lease,
  claimed: ReadonlyArray<Claimed>,
  composed: ReadonlyArray<Composed>
) {
  const { nowMs, query } = transaction
  const byEntry = new Map(claimed.map((each) => [each.entry.id, each]))
  const of = <Tag extends Composed["_tag"]>(tag: Tag) =>
    composed.flatMap((each) => {
      const found = byEntry.get(each.entry)
      return found !== undefined && isOf(each, tag) ? [{ said: each, ...found }] : []
    })
  const key = [...keyOf(lease.pair), lease.side]
  const sent = of("Send")
  const held = of("Hold")
  const delayed = [
    ...held.map(({ entry }) => ({ k: entry.key, by: "reference" })),
    ...of("Later").map(({ entry, said }) => ({ k: entry.key, ms: nowMs + said.afterMs }))
  ]
  const refused = of("Refuse").map(({ entry, said }) => ({ k: entry.key, n: entry.ord, why: said.why }))
  const requests = sent.map(({ entry, said }) => ({ k: entry.key, n: entry.ord, b: said.batch, r: said.request }))
  if (requests.length > 0) yield* query(send, [...key, json(requests), nowMs, lease.epoch])
  if (delayed.length > 0) yield* query(delay, [...key, json(delayed), nowMs])
  if (refused.length > 0) yield* query(refuse, [...key, json(refused), nowMs])
  yield* WaitRows.write(
    transaction,
    lease.pair,
    "lane",
    held.map(({ entry, said }) => ({ key: entry.key, side: lease.side, id: Link.parseKey(entry.key).id, on: said.on }))
  )
  return sent.map(({ entry, link, said }): Intent => ({
    entry: { ...entry, state: "in_flight", batch: said.batch },
    link: { ...link, laneVersions: { ...link.laneVersions, [lease.side]: link.laneVersions[lease.side] + 1 } },
    batch: said.batch,
    request: said.request,
    sentAtMs: nowMs
  }))
})

const isOf = <Tag extends Composed["_tag"]>(
  composed: Composed,
  tag: Tag
): composed is Extract<Composed, { readonly _tag: Tag }> => composed._tag === tag

const Doubt = Schema.Struct({
  ...EntryRow.fields,
  request: Schema.Json,
  sentBatch: OpKey,
  sentAtMs: Schema.Finite
})

const doubtful = decode(Doubt)

export const doubts = Effect.fnUntraced(function* (transaction: Transaction, lease: Lease, limit: number) {
  const rows = yield* transaction.query(
    `select ${entryColumns}, o.request, o.batch as "sentBatch", ${msOf("o.sent_at", "sentAtMs")} from syncline.outbox o
     where o.tenant_id = $1 and o.integration = $2 and o.entity = $3 and o.side = $4 and o.state = 'in_doubt'
     order by o.batch, o.record_key, o.ord limit $5`,
    [...keyOf(lease.pair), lease.side, limit]
  )
  const found = yield* withLinks(transaction, lease, yield* doubtful(rows))
  return found.map(({ entry, link }): Intent => ({
    entry: entryOf(entry),
    link,
    batch: entry.sentBatch,
    request: entry.request,
    sentAtMs: entry.sentAtMs
  }))
})
