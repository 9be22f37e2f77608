/** The statements by which workers find, take and wake drivers. They are about all tenants at once. */
import { nextDue } from "../Drivers.ts"

const isDead = (worker: string, before: string) =>
  `not exists (select from syncline.worker w where w.worker_id = ${worker} and w.beat_at > to_timestamp(${before}::float8 / 1000))`

/**
 * Parameters: worker, limit, now, dead before, what the worker knows to have. That is not taken, though it may be free: it was lost, and
 * the turn that had it has not ended yet.
 */
export const taking = `
  with free as (
    select tenant_id, name, worker from syncline.driver
    where due_at <= to_timestamp($3::float8 / 1000) and (worker is null or worker = $1 or ${isDead("driver.worker", "$4")})
      and not $5::text::jsonb ? (tenant_id || '/' || name)
    order by due_at, tenant_id, name limit $2 for update skip locked
  ), taken as (
    update syncline.driver d set worker = $1, epoch = d.epoch + 1, taken_at = to_timestamp($3::float8 / 1000)
    from free f where d.tenant_id = f.tenant_id and d.name = f.name
    returning d.tenant_id as tenant, d.name as driver, d.epoch::float8, f.worker is not null and f.worker <> $1 as "wasTakenOver", d.due_at
  )
  select tenant, driver, epoch, "wasTakenOver" from taken order by due_at, tenant, driver`

/** Parameters: what fires, now. A job without a time yet has never run, so it runs now; comparing its ids can wait for its time. */
export const firingNow = `
  with f as (
    select * from jsonb_to_recordset($1::text::jsonb)
      as f (tenant text, job text, "dueAtMs" float8, "thenAtMs" float8, class text)
  ), locked as (
    select j.tenant_id, j.name, j.driver, f.class, f."dueAtMs", f."thenAtMs"
    from f join syncline.job j on j.tenant_id = f.tenant and j.name = f.job
    where j.paused_at is null and to_timestamp(f."dueAtMs" / 1000)
      is not distinct from case f.class when 'delta' then j.next_run_at else j.next_reconcile_at end
    order by j.tenant_id, j.name for no key update of j
  ), then_at as (
    select tenant_id, name, max("thenAtMs") filter (where class = 'delta') as run_at,
      max("thenAtMs") filter (where class = 'reconcile') as reconcile_at from locked group by tenant_id, name
  ), moved as (
    update syncline.job j set next_run_at = coalesce(to_timestamp(t.run_at / 1000), j.next_run_at),
      next_reconcile_at = coalesce(to_timestamp(t.reconcile_at / 1000), j.next_reconcile_at)
    from then_at t where j.tenant_id = t.tenant_id and j.name = t.name
    returning j.tenant_id, j.name
  ), fired as (
    select l.tenant_id, l.name, l.driver, l.class from locked l join moved m using (tenant_id, name)
    where l.class = 'delta' or l."dueAtMs" is not null
  ), put as (
    insert into syncline.wake as k (tenant_id, job, class, trigger, due_at, wakes)
    select tenant_id, name, class, 'scheduled', to_timestamp($2::float8 / 1000), 1 from fired order by tenant_id, name
    on conflict (tenant_id, job, class) do update
    set due_at = least(k.due_at, excluded.due_at), wakes = k.wakes + 1
    returning 1
  ), drivers as (
    insert into syncline.driver as d (tenant_id, name, epoch, due_at)
    select tenant_id, driver, 0, to_timestamp($2::float8 / 1000) from fired group by tenant_id, driver order by tenant_id, driver
    on conflict (tenant_id, name) do update set due_at = least(d.due_at, excluded.due_at)
    returning 1
  )
  select (select count(*) from put)::int as n, (select count(*) from drivers)::int as drivers`

/**
 * Jobs whose next time is further away than their schedule can say: the server's clock was ahead when it was set. They run once, and then
 * by their schedule; comparing ids, which is daily, gets another time. Parameter: now.
 */
export const bringingBack = `
  with late as (
    select tenant_id, name from syncline.job where schedule ->> '_tag' = 'Every'
      and (next_run_at > to_timestamp(($1::float8 + 60000 + (schedule ->> 'everyMs')::float8) / 1000)
        or next_reconcile_at > to_timestamp(($1::float8 + 90000000) / 1000))
    order by tenant_id, name for no key update skip locked
  )
  update syncline.job j set next_run_at = least(j.next_run_at, to_timestamp($1::float8 / 1000)),
    next_reconcile_at = case when j.next_reconcile_at <= to_timestamp(($1::float8 + 90000000) / 1000) then j.next_reconcile_at end
  from late l where j.tenant_id = l.tenant_id and j.name = l.name`

/** Lanes that could be sent and that no wake speaks of: a run ended between its commit and its push. Parameter: now. */
export const wakeLanes = `
  with ready as (
    select distinct l.tenant_id, l.integration, l.entity from syncline.lane l
    where l.pending > 0 and l.blocked_by is null and l.epoch is null and l.available_at <= to_timestamp(($1::float8 - 5000) / 1000)
    order by l.tenant_id, l.integration, l.entity limit 1000
  ), jobs as (
    select distinct on (j.tenant_id, j.integration, j.entity) j.tenant_id, j.name
    from ready r join syncline.job j on j.tenant_id = r.tenant_id and j.integration = r.integration and j.entity = r.entity
    where j.driver <> '' and not exists (select from syncline.wake k where k.tenant_id = j.tenant_id and k.job = j.name)
      and not exists (
        select from syncline.cursor c where c.tenant_id = j.tenant_id and c.integration = j.integration and c.entity = j.entity
          and c.heartbeat_at > to_timestamp(($1::float8 - 15000) / 1000))
    order by j.tenant_id, j.integration, j.entity, j.name
  )
  insert into syncline.wake (tenant_id, job, class, trigger, due_at, wakes)
  select tenant_id, name, 'edit', 'scheduled', to_timestamp($1::float8 / 1000), 1 from jobs order by tenant_id, name
  on conflict do nothing`

/** Parameter: now. */
export const sweeping = `
  with late as (
    select d.tenant_id, d.name, ${nextDue("d")} as due_at from syncline.driver d
    where d.worker is null and (d.due_at is null or d.due_at > to_timestamp($1::float8 / 1000))
      and exists (
        select from syncline.job j join syncline.wake k on k.tenant_id = j.tenant_id and k.job = j.name
        where j.tenant_id = d.tenant_id and j.driver = d.name and k.due_at <= to_timestamp($1::float8 / 1000))
  ), due as (
    select l.tenant_id, l.name, l.due_at from late l join syncline.driver d on d.tenant_id = l.tenant_id and d.name = l.name
    where l.due_at <= to_timestamp($1::float8 / 1000)
    order by l.tenant_id, l.name limit 1000 for update of d skip locked
  )
  update syncline.driver d set due_at = least(d.due_at, u.due_at) from due u
  where d.tenant_id = u.tenant_id and d.name = u.name returning d.name`

/** Parameters: now, dead before. */
export const counting = `
  select count(*)::float8 as drivers, count(*) filter (where d.worker is not null)::float8 as taken,
    count(*) filter (where d.due_at <= to_timestamp($1::float8 / 1000) and d.worker is null)::float8 as waiting,
    greatest(0, coalesce($1::float8 - min(extract(epoch from d.due_at) * 1000)
      filter (where d.due_at <= to_timestamp($1::float8 / 1000) and d.worker is null), 0))::float8 as "oldestMs",
    (select count(*) from syncline.worker w where w.beat_at > to_timestamp($2::float8 / 1000))::float8 as workers
  from syncline.driver d`

const byPair = "group by tenant_id, integration, entity"
const ageOf = (column: string) =>
  `greatest(0, $1::float8 - coalesce(extract(epoch from min(${column})) * 1000, $1::float8))::float8`

/** What of each job waits and what has stopped. Parameter: now. */
export const standing = `
  with o as (
    select tenant_id, integration, entity, count(*) filter (where state in ('pending', 'in_flight', 'in_doubt')) as pending,
      count(*) filter (where state = 'in_doubt') as in_doubt,
      greatest(0, $1::float8 - coalesce(extract(epoch from min(created_at)
        filter (where state in ('pending', 'in_flight', 'in_doubt'))) * 1000, $1::float8)) as oldest_ms
    from syncline.outbox ${byPair}
  ), l as (
    select tenant_id, integration, entity, count(*) filter (where state = 'waiting') as retried,
      count(*) filter (where state = 'dead') as dead
    from syncline.retry_ledger ${byPair}
  ), c as (
    select tenant_id, integration, entity, count(*) as conflicts from syncline.conflict where resolved_at is null ${byPair}
  ), k as (
    select tenant_id, integration, entity, count(*) as claimed, ${ageOf("claimed_at")} as claimed_ms
    from syncline.claim where is_pending ${byPair}
  )
  select j.tenant_id as tenant, j.name as job, coalesce(o.pending, 0)::float8 as pending,
    coalesce(o.oldest_ms, 0)::float8 as "oldestMs", coalesce(o.in_doubt, 0)::float8 as "inDoubt",
    coalesce(l.retried, 0)::float8 as retried, coalesce(l.dead, 0)::float8 as dead, coalesce(c.conflicts, 0)::float8 as conflicts,
    coalesce(k.claimed, 0)::float8 as claimed, coalesce(k.claimed_ms, 0)::float8 as "claimedMs"
  from syncline.job j
  left join o using (tenant_id, integration, entity) left join l using (tenant_id, integration, entity)
  left join c using (tenant_id, integration, entity) left join k using (tenant_id, integration, entity)
  order by j.tenant_id, j.name`
