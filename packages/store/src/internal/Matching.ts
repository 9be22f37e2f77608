/** How the first match finds which records are the same: set-based, in the database, whatever their number. */
import { Effect, Schema } from "effect"
import type { Lease } from "../Batch.ts"
import { hold } from "../Cursors.ts"
import type { Transaction } from "../Database.ts"
import { decode, keyOf, msOf } from "./Row.ts"

export const thePair = "m.tenant_id = $1 and m.integration = $2 and m.entity = $3"

/** What does not fit goes to disk, so memory does not grow with the records. */
const settings = `select set_config('work_mem', '32MB', true), set_config('max_parallel_workers_per_gather', '0', true)`

/** Each record's values, one row per key: what two sides are compared by. */
const values = `
  create temporary table syncline_match_value on commit drop as
  select m.side = 'source' as is_source, m.record_id, k.n::smallint as n, k.v from syncline.match_row m
  cross join lateral jsonb_array_elements_text(m.keys) with ordinality as k (v, n)
  where ${thePair} and k.v is not null and k.n <= $4`

/** Values that both sides have, with how many records have each. */
const hits = `
  create temporary table syncline_match_hit on commit drop as
  select n, v, count(*) filter (where is_source) as sources, count(*) filter (where not is_source) as targets,
    min(record_id) filter (where is_source) as source_id, min(record_id) filter (where not is_source) as target_id
  from syncline_match_value group by n, v having bool_or(is_source) and not bool_and(is_source)`

/** Of a value that several records have, each of them is ambiguous; any other names one pair. */
const named = `
  create temporary table syncline_match_ambiguous on commit drop as
  select distinct v.is_source, v.record_id from syncline_match_value v join syncline_match_hit h using (n, v)
  where h.sources > 1 or h.targets > 1;
  create temporary table syncline_match_named on commit drop as
  select *, count(*) over (partition by source_id) as of_source, count(*) over (partition by target_id) as of_target from (
    select source_id, target_id, min(n) as n from syncline_match_hit where sources = 1 and targets = 1 group by source_id, target_id
  ) as named;
  analyze syncline_match_ambiguous, syncline_match_named`

/** A pair is what names nothing else, by any key. */
const fates = `
  with named as (
    select n.*, n.of_source = 1 and n.of_target = 1 and a.record_id is null and b.record_id is null as is_pair
    from syncline_match_named n
    left join syncline_match_ambiguous a on a.is_source and a.record_id = n.source_id
    left join syncline_match_ambiguous b on not b.is_source and b.record_id = n.target_id
  )
  insert into syncline.match_fate (tenant_id, integration, entity, side, record_id, fate, partner, matched_by)
  select $1, $2, $3, side, record_id, fate, partner, n from (
    select 'source' as side, source_id as record_id, 'pair' as fate, target_id as partner, n - 1 as n from named where is_pair
    union all select 'target', target_id, 'pair', source_id, n - 1 from named where is_pair
    union all select case when is_source then 'source' else 'target' end, record_id, 'ambiguous', null, null
    from syncline_match_ambiguous
    union all (
      select distinct side, record_id, 'disagree', null, null::int from (
        select 'source' as side, source_id as record_id, true as is_source from named where not is_pair
        union all select 'target', target_id, false from named where not is_pair
      ) s where not exists (
        select from syncline_match_ambiguous a where a.is_source = s.is_source and a.record_id = s.record_id)
    )
  ) as f order by side, record_id`

/** Counted apart: nobody has analysed these tables, and joined they might be compared row by row. */
const total = `
  with f as (
    select count(*) filter (where m.side = 'source' and fate = 'pair')::float8 as pairs,
      count(*) filter (where m.side = 'source')::float8 as sources, count(*) filter (where m.side = 'target')::float8 as targets,
      count(*) filter (where fate <> 'pair')::float8 as review
    from syncline.match_fate m where ${thePair}
  ), r as (
    select count(*) filter (where m.side = 'source')::float8 as sources, count(*) filter (where m.side = 'target')::float8 as targets
    from syncline.match_row m where ${thePair}
  )
  select f.pairs, r.sources - f.sources as source, r.targets - f.targets as target, f.review from f cross join r`

const totals = decode(
  Schema.Struct({ pairs: Schema.Finite, source: Schema.Finite, target: Schema.Finite, review: Schema.Finite })
)

/** The lease is looked at last: its row stays free for heartbeats while the records are compared. */
export const match = Effect.fnUntraced(function* (transaction: Transaction, lease: Lease, keys: number) {
  const { query } = transaction
  const pair = keyOf(lease.pair)
  yield* query(settings)
  yield* query(values, [...pair, keys])
  yield* query("analyze syncline_match_value")
  yield* query(hits)
  yield* query("analyze syncline_match_hit")
  yield* query(named)
  yield* query(`delete from syncline.match_fate m where ${thePair}`, pair)
  yield* query(fates, pair)
  const [row] = yield* totals(yield* query(total, pair))
  yield* hold(transaction, lease)
  const { pairs = 0, review = 0, source = 0, target = 0 } = row ?? {}
  return { pairs, lone: { source, target }, review }
})

/** A pair is told with its source's record; so is a lone one, and a target's lone one after those. */
export const paging = `
  select m.side, m.record_id as id, m.record, ${msOf("m.observed_at", "observedAtMs")}, m.matched_by::int as by,
    p.record_id as "partnerId", p.record as "partnerRecord", ${msOf("p.observed_at", "partnerObservedAtMs")}
  from (
    select m.*, f.fate, f.partner, f.matched_by from syncline.match_row m
    left join lateral (
      select fate, partner, matched_by from syncline.match_fate f
      where f.tenant_id = $1 and f.integration = $2 and f.entity = $3 and f.side = m.side and f.record_id = m.record_id offset 0
    ) f on true
    where ${thePair} and (m.side, m.record_id) > ($4, $5) and (f.fate is null or f.fate = 'pair' and m.side = 'source')
    order by m.side, m.record_id limit $6
  ) m left join lateral (
    select * from syncline.match_row p
    where p.tenant_id = $1 and p.integration = $2 and p.entity = $3 and p.side = 'target' and p.record_id = m.partner offset 0
  ) p on m.fate = 'pair'
  order by m.side, m.record_id`

/** A record's candidates: who has a value of one of its keys, at the other side. */
export const reviewing = `
  select m.side, m.record_id as id, m.record, ${msOf("m.observed_at", "observedAtMs")}, m.fate as why, array_to_json(array(
    select o.record_id from syncline.match_fate f join syncline.match_row o using (tenant_id, integration, entity, side, record_id)
    where o.tenant_id = $1 and o.integration = $2 and o.entity = $3 and o.side <> m.side and f.fate <> 'pair'
      and exists (
        select from jsonb_array_elements_text(m.keys) with ordinality as a (v, n)
        join jsonb_array_elements_text(o.keys) with ordinality as b (v, n) using (v, n) where v is not null)
    order by o.record_id limit 10)) as candidates
  from (
    select m.*, f.fate from syncline.match_fate f join syncline.match_row m using (tenant_id, integration, entity, side, record_id)
    where ${thePair} and f.fate <> 'pair' order by m.side, m.record_id limit $4
  ) m order by m.side, m.record_id`
