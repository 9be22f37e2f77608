/**
 * Statements about all tenants at once, run as `syncline_maintenance`: which drivers are due and whose worker is dead, which jobs
 * fire, what was missed. They return names and never a record.
 *
 * Where there is no such role, only the tenant `default` is looked after.
 */
import { ConnectionName, defaultTenant, JobName, SyncJob, TenantId } from "@syncline/core"
import { Context, Effect, Layer, Option, Schema } from "effect"
import { nextDue, type Driven } from "./Drivers.ts"
import { decode, json, msOf } from "./internal/Row.ts"
import type { Postgres, Session } from "./Postgres.ts"
import type { SqlError } from "./SqlError.ts"
import { StoreClock } from "./StoreClock.ts"
import type { WebhookPath } from "./WebhookPaths.ts"

/** A worker whose heartbeat is older is taken for dead, and its drivers are free. */
export const deadAfterMs = 10_000

/** How often a worker says that it lives. */
export const beatEveryMs = 2_000

/** How long a dead worker can be seen. */
const workersKeptMs = 86_400_000

/** A process, as a person would look for it. */
export interface WorkerProcess {
  readonly worker: string
  readonly host: string
  readonly pid: number
}

export interface Taken extends Driven {
  /** Its worker died. */
  readonly wasTakenOver: boolean
}

/** A job whose time has come, or that has no time yet. */
export interface Firing {
  readonly tenant: TenantId
  readonly job: JobName
  /** What is due: the job itself, or comparing its ids. */
  readonly class: "delta" | "reconcile"
  /** What fires the job by itself; null: nothing does. */
  readonly schedule: SyncJob.Schedule | null
  readonly dueAtMs: number | null
}

export interface Fired extends Firing {
  /** When it fires next; null: not by itself. */
  readonly thenAtMs: number | null
}

/** What waits, over all tenants. */
export interface Backlog {
  readonly drivers: number
  readonly taken: number
  /** Drivers that are due and that nobody has. */
  readonly waiting: number
  /** How long the driver that is due and waits for the longest has waited. */
  readonly oldestMs: number
  readonly workers: number
}

export class Fleet extends Context.Service<
  Fleet,
  {
    /** Says that the worker lives; answers the store's time. */
    readonly beat: (worker: WorkerProcess) => Effect.Effect<number, SqlError>
    /** The worker stops: what it has is free at once. */
    readonly leave: (worker: WorkerProcess) => Effect.Effect<void, SqlError>
    /** The other workers on this one's host, as far as the store has heard of them. */
    readonly neighbours: (worker: WorkerProcess) => Effect.Effect<ReadonlyArray<WorkerProcess>, SqlError>
    /** A worker that surely lives no more, whatever its last heartbeat says: what it had is taken over from now on. */
    readonly bury: (worker: WorkerProcess) => Effect.Effect<void, SqlError>
    /**
     * Takes up to `limit` drivers that are due and free, those that have waited for the longest first. `driving`, as `tenant/driver`,
     * is what the worker knows to have: anything else that is its own was taken or to be given back when an answer was lost.
     */
    readonly take: (
      worker: WorkerProcess,
      limit: number,
      driving?: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<Taken>, SqlError>
    /** Jobs that shall fire now. */
    readonly firing: (limit: number) => Effect.Effect<ReadonlyArray<Firing>, SqlError>
    /** Fires them and says when they do next. One that somebody else has fired meanwhile is passed by. Answers how many fired. */
    readonly fire: (fired: ReadonlyArray<Fired>) => Effect.Effect<number, SqlError>
    /** Makes due what is due and was not: after a crash between two transactions, or a write that nobody was woken for. Answers how many drivers. */
    readonly sweep: Effect.Effect<number, SqlError>
    readonly backlog: Effect.Effect<Backlog, SqlError>
    /** Whose webhooks come in at this path: all that a provider says of itself. */
    readonly webhookPath: (path: string) => Effect.Effect<Option.Option<WebhookPath>, SqlError>
    /** All tenants, by name. */
    readonly tenants: Effect.Effect<ReadonlyArray<TenantId>, SqlError>
    /** How often what a tenant is entered with and has other than the configuration was changed. */
    readonly revisions: Effect.Effect<ReadonlyMap<TenantId, number>, SqlError>
    /** The master keys by which data keys of any tenant are wrapped, by their names. */
    readonly masterKeyIds: Effect.Effect<ReadonlyArray<string>, SqlError>
  }
>()("@syncline/store/Fleet") {}

const takens = decode(
  Schema.Struct({ tenant: TenantId, driver: Schema.String, epoch: Schema.Finite, wasTakenOver: Schema.Boolean })
)
const firings = decode(
  Schema.Struct({
    tenant: TenantId,
    job: JobName,
    class: Schema.Literals(["delta", "reconcile"]),
    schedule: Schema.NullOr(SyncJob.Schedule),
    dueAtMs: Schema.NullOr(Schema.Finite)
  })
)
const backlogs = decode(
  Schema.Struct({
    drivers: Schema.Finite,
    taken: Schema.Finite,
    waiting: Schema.Finite,
    oldestMs: Schema.Finite,
    workers: Schema.Finite
  })
)
const tenants = decode(Schema.Struct({ tenant: TenantId }))
const revisions = decode(Schema.Struct({ tenant: TenantId, revision: Schema.Finite }))
const processes = decode(Schema.Struct({ worker: Schema.String, host: Schema.String, pid: Schema.Finite }))
const paths = decode(Schema.Struct({ tenant: TenantId, connection: ConnectionName, path: Schema.String }))

/** `hasRoles`: this user may become `syncline_maintenance` (see `Roles.ensure`). */
export const layer = (postgres: Postgres, hasRoles: boolean): Layer.Layer<Fleet> => {
  const begin = hasRoles ? "set local role syncline_maintenance" : `set local app.tenant = '${defaultTenant}'`
  const across = <A, E>(body: (session: Session, nowMs: number) => Effect.Effect<A, E>) =>
    postgres.transaction((session) =>
      Effect.gen(function* () {
        const [nowMs] = yield* Effect.all([(yield* StoreClock).nowMs(session), session.query(begin)], {
          concurrency: "unbounded"
        })
        return yield* body(session, nowMs)
      })
    )
  return Layer.succeed(Fleet, {
    beat: Effect.fn("Fleet.beat")(({ host, pid, worker }) =>
      across(({ query }, nowMs) =>
        Effect.as(
          query(
            `insert into syncline.worker (worker_id, host, pid, started_at, beat_at)
             values ($1, $2, $3, to_timestamp($4::float8 / 1000), to_timestamp($4::float8 / 1000))
             on conflict (worker_id) do update set beat_at = excluded.beat_at`,
            [worker, host, pid, nowMs]
          ),
          nowMs
        )
      )
    ),
    leave: Effect.fn("Fleet.leave")(({ worker }) =>
      across(({ query }) =>
        Effect.andThen(
          query("update syncline.driver set worker = null, taken_at = null where worker = $1", [worker]),
          query("delete from syncline.worker where worker_id = $1", [worker])
        )
      )
    ),
    neighbours: Effect.fn("Fleet.neighbours")(function* ({ host, worker }) {
      const found = yield* across(({ query }) =>
        query(
          `select worker_id as worker, host, pid::float8 from syncline.worker
           where host = $1 and worker_id <> $2 order by worker_id`,
          [host, worker]
        )
      )
      return yield* processes(found)
    }),
    bury: Effect.fn("Fleet.bury")(({ pid, worker }) =>
      Effect.asVoid(
        across(({ query }) => query("delete from syncline.worker where worker_id = $1 and pid = $2", [worker, pid]))
      )
    ),
    take: Effect.fn("Fleet.take")(function* ({ worker }, limit, driving = []) {
      const found = yield* across(({ query }, nowMs) =>
        query(taking, [worker, limit, nowMs, nowMs - deadAfterMs, json(driving)])
      )
      return (yield* takens(found)).map((taken) => ({ ...taken, worker }))
    }),
    firing: Effect.fn("Fleet.firing")(function* (limit) {
      const found = yield* across(({ query }, nowMs) =>
        query(
          `select * from (
             (select tenant_id as tenant, name as job, 'delta' as class, schedule, ${msOf("next_run_at", "dueAtMs")}
              from syncline.job where schedule is not null and paused_at is null
                and (next_run_at is null or next_run_at <= to_timestamp($1::float8 / 1000))
              order by next_run_at nulls first, tenant_id, name limit $2)
             union all
             (select tenant_id, name, 'reconcile', schedule, ${msOf("next_reconcile_at", "dueAtMs")}
              from syncline.job where schedule is not null and paused_at is null
                and (next_reconcile_at is null or next_reconcile_at <= to_timestamp($1::float8 / 1000))
              order by next_reconcile_at nulls first, tenant_id, name limit $2)
           ) as f order by "dueAtMs" nulls first, tenant, job, class`,
          [nowMs, limit]
        )
      )
      return yield* firings(found)
    }),
    fire: Effect.fn("Fleet.fire")(function* (fired: ReadonlyArray<Fired>) {
      const rows = fired.map(({ class: of, dueAtMs, job, tenant, thenAtMs }) => ({
        class: of,
        dueAtMs,
        job,
        tenant,
        thenAtMs
      }))
      const [row] = yield* across(({ query }, nowMs) => query(firingNow, [json(rows), nowMs]))
      return Number(row?.["n"] ?? 0)
    }),
    sweep: Effect.map(
      across(({ query }, nowMs) =>
        query("delete from syncline.worker where beat_at < to_timestamp($1::float8 / 1000)", [
          nowMs - workersKeptMs
        ]).pipe(Effect.andThen(query(wakeLanes, [nowMs])), Effect.andThen(query(sweeping, [nowMs])))
      ),
      (rows) => rows.length
    ).pipe(Effect.withSpan("Fleet.sweep")),
    backlog: Effect.flatMap(
      across(({ query }, nowMs) => query(counting, [nowMs, nowMs - deadAfterMs])),
      (found) =>
        Effect.map(backlogs(found), ([row]) => row ?? { drivers: 0, taken: 0, waiting: 0, oldestMs: 0, workers: 0 })
    ).pipe(Effect.withSpan("Fleet.backlog")),
    webhookPath: Effect.fn("Fleet.webhookPath")(function* (path) {
      const found = yield* across(({ query }) =>
        query("select tenant_id as tenant, connection, path from syncline.webhook_path where path = $1 order by 1", [
          path
        ])
      )
      const [row] = yield* paths(found)
      return Option.fromNullishOr(row)
    }),
    tenants: Effect.map(
      Effect.flatMap(
        across(({ query }) => query("select tenant_id as tenant from syncline.tenant order by 1")),
        tenants
      ),
      (rows) => rows.map(({ tenant }) => tenant)
    ).pipe(Effect.withSpan("Fleet.tenants")),
    revisions: Effect.map(
      Effect.flatMap(
        across(({ query }) => query("select tenant_id as tenant, revision::float8 from syncline.tenant order by 1")),
        revisions
      ),
      (rows) => new Map(rows.map(({ revision, tenant }) => [tenant, revision]))
    ).pipe(Effect.withSpan("Fleet.revisions")),
    masterKeyIds: Effect.map(
      across(({ query }) => query("select distinct master_key_id as id from syncline.data_key order by 1")),
      (rows) => rows.map(({ id }) => String(id))
    ).pipe(Effect.withSpan("Fleet.masterKeyIds"))
  })
}

const isDead = (worker: string, before: string) =>
  `not exists (select from syncline.worker w where w.worker_id = ${worker} and w.beat_at > to_timestamp(${before}::float8 / 1000))`

/** Parameters: worker, limit, now, dead before, what the worker knows to have. */
const taking = `
  with free as (
    select tenant_id, name, worker from syncline.driver
    where due_at <= to_timestamp($3::float8 / 1000) and (worker is null or ${isDead("driver.worker", "$4")}
      or worker = $1 and not $5::text::jsonb ? (tenant_id || '/' || name))
    order by due_at, tenant_id, name limit $2 for update skip locked
  ), taken as (
    update syncline.driver d set worker = $1, epoch = d.epoch + 1, taken_at = to_timestamp($3::float8 / 1000)
    from free f where d.tenant_id = f.tenant_id and d.name = f.name
    returning d.tenant_id as tenant, d.name as driver, d.epoch::float8, f.worker is not null and f.worker <> $1 as "wasTakenOver", d.due_at
  )
  select tenant, driver, epoch, "wasTakenOver" from taken order by due_at, tenant, driver`

/** Parameters: what fires, now. A job without a time yet has never run, so it runs now; comparing its ids can wait for its time. */
const firingNow = `
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

/** Lanes that could be sent and that no wake speaks of: a run ended between its commit and its push. Parameter: now. */
const wakeLanes = `
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
const sweeping = `
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
const counting = `
  select count(*)::float8 as drivers, count(*) filter (where d.worker is not null)::float8 as taken,
    count(*) filter (where d.due_at <= to_timestamp($1::float8 / 1000) and d.worker is null)::float8 as waiting,
    greatest(0, coalesce($1::float8 - min(extract(epoch from d.due_at) * 1000)
      filter (where d.due_at <= to_timestamp($1::float8 / 1000) and d.worker is null), 0))::float8 as "oldestMs",
    (select count(*) from syncline.worker w where w.beat_at > to_timestamp($2::float8 / 1000))::float8 as workers
  from syncline.driver d`
