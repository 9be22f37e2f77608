/** How the ids that a side lists are compared with those in our links: one statement a side, whatever their number. */
import type { Side } from "@syncline/core"

/** What does not fit goes to disk, so memory does not grow with the records. */
export const settings = `select set_config('work_mem', '32MB', true), set_config('max_parallel_workers_per_gather', '0', true),
  set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true)`

/** The exceptions are few and found by their keys. */
export const backToUsual = `select set_config('enable_nestloop', 'on', true), set_config('enable_hashjoin', 'off', true),
  set_config('enable_seqscan', 'off', true)`

const ofPair = (alias: string) => `${alias}.tenant_id = $1 and ${alias}.integration = $2 and ${alias}.entity = $3`

/** A mirror's id at both sides is what its key says; the key of an id that begins with "~" is marked. */
const mirrorId = `(case when left(l.record_key, 2) = '~s' then substr(l.record_key, 3) else l.record_key end) collate "C"`

/** When what is known of the record at this side was last seen or written there; a mirror's target is written with its link. */
const touchedAt = {
  source: "l.source_observed_at",
  target: "case when l.kind = 'mirror' then l.updated_at else l.target_observed_at end"
}

/**
 * Every link and every listed id in one hash join, and of each pair what `Reconciliation.stepOf` says of it.
 *
 * `$4`: when the listing began. `$5`: what its marks are. `$6`, `$7`: whether ids that no link knows, and such as were known gone,
 * are to be told.
 */
export const compare = (side: Side.Side): string => `
  insert into syncline.difference (tenant_id, integration, entity, side, kind, record_id, record_key)
  select $1, $2, $3, '${side}', kind, id, record_key from (
    select k.record_key, coalesce(s.id, k.id) as id,
      case
        when s.id is null then case when k.is_mapped and not k.is_gone and not k.is_fresh then 'unlisted' end
        when k.record_key is null then case when $6 then 'missed' end
        when k.is_gone then case when $7 then 'back' end
        when s.mark <> k.mark and not k.is_fresh then 'drifted'
      end as kind
    from (
      select l.record_key, case when l.kind = 'mirror' then ${mirrorId} else l.${side}_id end as id,
        l.is_deleted and (l.kind = 'mirror' or l.${side}_image is null) as is_gone, l.status in ('mapped', 'stale') as is_mapped,
        greatest(l.created_at, ${touchedAt[side]}) >= to_timestamp($4::float8 / 1000) as is_fresh,
        case $5::text when 'version' then l.${side}_version when 'fingerprint' then l.${side}_fingerprint end collate "C" as mark
      from syncline.link l where ${ofPair("l")} and l.kind <> 'awaited'
    ) k full join (
      select w.id collate "C" as id, w.mark collate "C" as mark from syncline.enumeration_page p
      cross join lateral rows from (json_array_elements_text(p.ids), json_array_elements_text(p.marks)) as w (id, mark)
      where ${ofPair("p")} and p.side = '${side}'
    ) s on s.id = k.id
    where coalesce(s.id, k.id) is not null offset 0
  ) as d
  where kind is not null on conflict do nothing`

/**
 * What a difference is not: a record that is being written; a deletion that a person decided on; a record that waits for a person or
 * in the ledger; and one that is still shown though our own deletion was carried out there, as a provider does that archives.
 */
export const exceptions = (side: Side.Side): string => `
  delete from syncline.difference d where ${ofPair("d")} and d.side = '${side}' and case d.kind
    when 'unlisted' then
      exists (select from syncline.outbox o where ${ofPair("o")} and o.record_key = d.record_key and o.side = '${side}')
      or exists (select from syncline.deletion x where ${ofPair("x")} and x.side = '${side}' and x.record_id = d.record_id
        and x.state <> 'held')
    when 'missed' then
      exists (select from syncline.match_fate f where ${ofPair("f")} and f.side = '${side}' and f.record_id = d.record_id)
      or exists (select from syncline.retry_ledger r where ${ofPair("r")} and r.side = '${side}' and r.record_key = ${keyOf[side]})
    when 'back' then coalesce((
      select h.cause ->> '_tag' = 'Written' from syncline.history h
      where ${ofPair("h")} and h.record_key = d.record_key and h.side = '${side}' and h.operation = 'delete'
      order by h.version desc, h.n desc limit 1), false)
    else false end`

const keyOf = {
  source: `(case when left(d.record_id, 1) = '~' then '~s' || d.record_id else d.record_id end)`,
  target: `('~t' || d.record_id)`
}

/** What had been held and is listed again, or has no link any more, waits for nobody. */
export const lift = (side: Side.Side): string => `
  delete from syncline.deletion x where ${ofPair("x")} and x.side = '${side}' and not exists (
    select from syncline.difference d
    where ${ofPair("d")} and d.side = '${side}' and d.kind = 'unlisted' and d.record_id = x.record_id)`

export const counts = `
  select side, kind, count(*)::float8 as n from syncline.difference d where ${ofPair("d")} group by side, kind order by side, kind`

/** Live links: what a share of deletions is a share of. */
export const mapped = `
  select count(*)::float8 as n from syncline.link l
  where ${ofPair("l")} and l.kind <> 'awaited' and l.status in ('mapped', 'stale') and not l.is_deleted`
