/**
 * Statements about all tenants at once, run as `syncline_maintenance`: which drivers are due and whose worker is dead, which jobs
 * fire, what was missed. They return names and never a record.
 *
 * Where there is no such role, only the tenant `default` is looked after.
 */
import { ConnectionName, defaultTenant, JobName, SyncJob, TenantId } from "@syncline/core"
import { Context, Effect, Layer, Option, Schema } from "effect"
import type { Driven } from "./Drivers.ts"
import { bringingBack, counting, firingNow, standing, sweeping, taking, wakeLanes } from "./internal/Dispatching.ts"
import { decode, json, msOf } from "./internal/Row.ts"
import type { Ending, Postgres } from "./Postgres.ts"
import type { SqlError } from "./SqlError.ts"
import * as StoreClock from "./StoreClock.ts"
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
  /** The store's time when it was found, from which the next is counted: a process's clock may be hours away. */
  readonly nowMs: number
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

/** What of a job waits, and what has stopped. */
export interface JobStanding {
  readonly tenant: TenantId
  readonly job: JobName
  /** Writes that are decided and not settled, how long the first of them has waited, and how many of them are in doubt. */
  readonly pending: number
  readonly oldestMs: number
  readonly inDoubt: number
  /** Records that are tried again, and those that are not any more. */
  readonly retried: number
  readonly dead: number
  /** Conflicts that wait for a person. */
  readonly conflicts: number
  /** Records that webhooks have told of and that were not read yet, and for how long the first of them has waited. */
  readonly claimed: number
  readonly claimedMs: number
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
     * is what the worker knows to have: it does not get that again before its turn has ended, though it may have lost it meanwhile;
     * anything else that is its own was taken or to be given back when an answer was lost.
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
    /** Of all jobs, by tenant and name. It reads everything that is unsettled, so ask seldom. */
    readonly standings: Effect.Effect<ReadonlyArray<JobStanding>, SqlError>
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
    dueAtMs: Schema.NullOr(Schema.Finite),
    nowMs: Schema.Finite
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
const jobStandings = decode(
  Schema.Struct({
    tenant: TenantId,
    job: JobName,
    pending: Schema.Finite,
    oldestMs: Schema.Finite,
    inDoubt: Schema.Finite,
    retried: Schema.Finite,
    dead: Schema.Finite,
    conflicts: Schema.Finite,
    claimed: Schema.Finite,
    claimedMs: Schema.Finite
  })
)
const tenants = decode(Schema.Struct({ tenant: TenantId }))
const revisions = decode(Schema.Struct({ tenant: TenantId, revision: Schema.Finite }))
const processes = decode(Schema.Struct({ worker: Schema.String, host: Schema.String, pid: Schema.Finite }))
const paths = decode(Schema.Struct({ tenant: TenantId, connection: ConnectionName, path: Schema.String }))

const begin = `select set_config($1, $2, true), ${StoreClock.serverNow}`

/** `hasRoles`: this user may become `syncline_maintenance` (see `Roles.ensure`). */
export const layer = (postgres: Postgres, hasRoles: boolean): Layer.Layer<Fleet> => {
  const [setting, value] = hasRoles ? ["role", "syncline_maintenance"] : ["app.tenant", defaultTenant]
  const across = <A, E>(body: (session: Ending, nowMs: number) => Effect.Effect<A, E>) =>
    postgres.transaction((session) =>
      Effect.gen(function* () {
        const begun = yield* session.query(begin, [setting, value])
        return yield* body(session, yield* StoreClock.told(begun))
      })
    )
  return Layer.succeed(Fleet, {
    beat: Effect.fn("Fleet.beat")(({ host, pid, worker }) =>
      across(({ last }, nowMs) =>
        Effect.as(
          last(
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
      across(({ last, query }) =>
        Effect.andThen(
          query("update syncline.driver set worker = null, taken_at = null where worker = $1", [worker]),
          last("delete from syncline.worker where worker_id = $1", [worker])
        )
      )
    ),
    neighbours: Effect.fn("Fleet.neighbours")(function* ({ host, worker }) {
      const found = yield* across(({ last }) =>
        last(
          `select worker_id as worker, host, pid::float8 from syncline.worker
           where host = $1 and worker_id <> $2 order by worker_id`,
          [host, worker]
        )
      )
      return yield* processes(found)
    }),
    bury: Effect.fn("Fleet.bury")(({ pid, worker }) =>
      Effect.asVoid(
        across(({ last }) => last("delete from syncline.worker where worker_id = $1 and pid = $2", [worker, pid]))
      )
    ),
    take: Effect.fn("Fleet.take")(function* ({ worker }, limit, driving = []) {
      const found = yield* across(({ last }, nowMs) =>
        last(taking, [worker, limit, nowMs, nowMs - deadAfterMs, json(driving)])
      )
      return (yield* takens(found)).map((taken) => ({ ...taken, worker }))
    }),
    firing: Effect.fn("Fleet.firing")(function* (limit) {
      const found = yield* across(({ last }, nowMs) =>
        last(
          `select f.*, $1::float8 as "nowMs" from (
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
      const [row] = yield* across(({ last }, nowMs) => last(firingNow, [json(rows), nowMs]))
      return Number(row?.["n"] ?? 0)
    }),
    sweep: Effect.map(
      across(({ last, query }, nowMs) =>
        query("delete from syncline.worker where beat_at < to_timestamp($1::float8 / 1000)", [
          nowMs - workersKeptMs
        ]).pipe(
          // Who died while the server's clock was ahead would be waited for until then.
          Effect.andThen(
            query(
              "update syncline.worker set beat_at = to_timestamp($1::float8 / 1000) where beat_at > to_timestamp($2::float8 / 1000)",
              [nowMs, nowMs + deadAfterMs]
            )
          ),
          Effect.andThen(query(bringingBack, [nowMs])),
          Effect.andThen(query(wakeLanes, [nowMs])),
          Effect.andThen(last(sweeping, [nowMs]))
        )
      ),
      (rows) => rows.length
    ).pipe(Effect.withSpan("Fleet.sweep")),
    backlog: Effect.flatMap(
      across(({ last }, nowMs) => last(counting, [nowMs, nowMs - deadAfterMs])),
      (found) =>
        Effect.map(backlogs(found), ([row]) => row ?? { drivers: 0, taken: 0, waiting: 0, oldestMs: 0, workers: 0 })
    ).pipe(Effect.withSpan("Fleet.backlog")),
    standings: Effect.flatMap(
      across(({ last }, nowMs) => last(standing, [nowMs])),
      jobStandings
    ).pipe(Effect.withSpan("Fleet.standings")),
    webhookPath: Effect.fn("Fleet.webhookPath")(function* (path) {
      const found = yield* across(({ last }) =>
        last("select tenant_id as tenant, connection, path from syncline.webhook_path where path = $1 order by 1", [
          path
        ])
      )
      const [row] = yield* paths(found)
      return Option.fromNullishOr(row)
    }),
    tenants: Effect.map(
      Effect.flatMap(
        across(({ last }) => last("select tenant_id as tenant from syncline.tenant order by 1")),
        tenants
      ),
      (rows) => rows.map(({ tenant }) => tenant)
    ).pipe(Effect.withSpan("Fleet.tenants")),
    revisions: Effect.map(
      Effect.flatMap(
        across(({ last }) => last("select tenant_id as tenant, revision::float8 from syncline.tenant order by 1")),
        revisions
      ),
      (rows) => new Map(rows.map(({ revision, tenant }) => [tenant, revision]))
    ).pipe(Effect.withSpan("Fleet.revisions")),
    masterKeyIds: Effect.map(
      across(({ last }) => last("select distinct master_key_id as id from syncline.data_key order by 1")),
      (rows) => rows.map(({ id }) => String(id))
    ).pipe(Effect.withSpan("Fleet.masterKeyIds"))
  })
}
