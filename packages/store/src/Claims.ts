/** Records that somebody says have changed, and that are to be read again: however often it is said, one row and few readings. */
import { EntityType, IntegrationName, JobName, RecordId, Side } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import type { PairKey } from "./Batch.ts"
import { Database, type Transaction } from "./Database.ts"
import { decode, json, keyOf, msOf } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"
import * as Wakes from "./Wakes.ts"

/** That a record changed at a side, as far as a pair is concerned. */
export interface Claim {
  readonly integration: IntegrationName
  readonly entity: EntityType
  readonly side: Side.Side
  readonly id: RecordId
  /** The pair's job, which is woken. */
  readonly job: JobName
}

/** A claim to be answered by reading the record. */
export interface Due {
  readonly side: Side.Side
  readonly id: RecordId
  /** How many it stands for. More by the time it was answered: it is read once more. */
  readonly claims: number
  readonly claimedAtMs: number
}

/**
 * A record that was read a moment ago and is claimed again waits until nothing was claimed for `quietMs`, at most until `burstMs`
 * after that reading. So the first claim is answered at once, and a burst takes two readings.
 */
export const quietMs = 500
export const burstMs = 10_000

/** Changes that webhooks told of, and changes that a delta or a reconciliation found first, of one job. */
export interface Announced {
  readonly job: JobName
  readonly announced: number
  /** Counted since the job's first webhook. Some of them may have been told of a moment later. */
  readonly missed: number
}

export class Claims extends Context.Service<
  Claims,
  {
    /** What is due of a pair, the oldest first. */
    readonly due: (pair: PairKey, limit: number) => Effect.Effect<ReadonlyArray<Due>, SqlError>
    /** When the first claim of the pair that waits is due; null: none waits. */
    readonly nextDueAtMs: (pair: PairKey) => Effect.Effect<number | null, SqlError>
    /**
     * These were read. One that was claimed again since it was due stays, and waits for the end of its burst: `job` is woken then, as
     * it is for whatever else of the pair waits.
     */
    readonly answered: (
      pair: PairKey,
      job: JobName,
      due: ReadonlyArray<Due>
    ) => Effect.Effect<ReadonlyArray<Wakes.Woken>, SqlError>
    /** How well webhooks tell of changes, by job, of executions of the last so many milliseconds. Jobs without any webhook are left out. */
    readonly announced: (
      tenant: PairKey["tenant"],
      withinMs: number
    ) => Effect.Effect<ReadonlyArray<Announced>, SqlError>
    /** How many records wait to be read, by pair. */
    readonly waiting: (
      tenant: PairKey["tenant"]
    ) => Effect.Effect<
      ReadonlyArray<{ readonly integration: IntegrationName; readonly entity: EntityType; readonly records: number }>,
      SqlError
    >
  }
>()("@syncline/store/Claims") {}

/**
 * Of each claim one row, in a transaction that is open, and each job concerned is woken for when its first claim is due. Two that meet
 * lock the rows in one order.
 */
export const put = Effect.fnUntraced(function* (
  transaction: Transaction,
  claims: ReadonlyArray<Claim>
): Effect.fn.Return<ReadonlyArray<Wakes.Woken>, SqlError> {
  if (claims.length === 0) return []
  const jobs = new Map(claims.map((claim) => [`${claim.integration} ${claim.entity}`, claim.job]))
  const found = yield* transaction.query(putting, [transaction.tenant, json(claims), transaction.nowMs])
  const wakes = (yield* puts(found)).flatMap(({ dueAtMs, entity, integration }): ReadonlyArray<Wakes.Wake> => {
    const job = jobs.get(`${integration} ${entity}`)
    return job === undefined ? [] : [{ job, class: "webhook", trigger: "webhook", dueAtMs }]
  })
  return yield* Wakes.wakeIn(transaction, wakes)
})

/** Parameters: tenant, claims, now. */
const putting = `
  with put as (
    insert into syncline.claim as k (tenant_id, integration, entity, side, record_id, claims, is_pending, due_at, claimed_at)
    select $1, integration, entity, side, id, count(*), true, to_timestamp($3::float8 / 1000), to_timestamp($3::float8 / 1000)
    from jsonb_to_recordset($2::text::jsonb) as c (integration text, entity text, side text, id text)
    group by integration, entity, side, id order by integration, entity, side, id
    on conflict (tenant_id, integration, entity, side, record_id) do update
    set claims = k.claims + excluded.claims, is_pending = true,
      claimed_at = case when k.is_pending then k.claimed_at else excluded.claimed_at end,
      due_at = case
        when k.read_at + interval '${burstMs} ms' > excluded.due_at
          then least(excluded.due_at + interval '${quietMs} ms', k.read_at + interval '${burstMs} ms')
        when k.is_pending then k.due_at
        else excluded.due_at end
    returning k.integration, k.entity, k.due_at
  )
  select integration, entity, ${msOf("min(due_at)", "dueAtMs")} from put group by 1, 2 order by 1, 2`

const puts = decode(Schema.Struct({ integration: IntegrationName, entity: EntityType, dueAtMs: Schema.Finite }))
const dues = decode(Schema.Struct({ side: Side.Side, id: RecordId, claims: Schema.Finite, claimedAtMs: Schema.Finite }))
const nexts = decode(Schema.Struct({ dueAtMs: Schema.NullOr(Schema.Finite) }))
const waitings = decode(Schema.Struct({ integration: IntegrationName, entity: EntityType, records: Schema.Finite }))

const ofPair = "tenant_id = $1 and integration = $2 and entity = $3"
const next = `select ${msOf("min(due_at)", "dueAtMs")} from syncline.claim where ${ofPair} and is_pending`

export const layer = Layer.effect(
  Claims,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      due: Effect.fn("Claims.due")(function* (pair, limit) {
        const found = yield* database.byKey(pair.tenant, ({ last, nowMs }) =>
          last(
            `select side, record_id as id, claims::float8, ${msOf("claimed_at", "claimedAtMs")} from syncline.claim
             where ${ofPair} and is_pending and due_at <= to_timestamp($4::float8 / 1000)
             order by due_at, side, record_id limit $5`,
            [...keyOf(pair), nowMs, limit]
          )
        )
        return yield* dues(found)
      }),
      nextDueAtMs: Effect.fn("Claims.nextDueAtMs")(function* (pair) {
        const found = yield* database.transaction(pair.tenant, ({ query }) =>
          query(
            `select ${msOf("min(due_at)", "dueAtMs")} from syncline.claim where ${ofPair} and is_pending`,
            keyOf(pair)
          )
        )
        const [row] = yield* nexts(found)
        return row?.dueAtMs ?? null
      }),
      answered: Effect.fn("Claims.answered")(function* (pair, job, due) {
        if (due.length === 0) return []
        const read = json(due.map(({ claims, id, side }) => ({ claims, id, side })))
        return yield* database.byKey(pair.tenant, (transaction) =>
          Effect.gen(function* () {
            const { nowMs, query } = transaction
            yield* query(answering, [...keyOf(pair), read, nowMs])
            const [row] = yield* nexts(yield* query(next, keyOf(pair)))
            const dueAtMs = row?.dueAtMs ?? null
            if (dueAtMs === null) return []
            return yield* Wakes.wakeIn(transaction, [{ job, class: "webhook", trigger: "webhook", dueAtMs }])
          })
        )
      }),
      announced: Effect.fn("Claims.announced")(function* (tenant, withinMs) {
        const found = yield* database.transaction(tenant, ({ nowMs, query }) =>
          query(announcing, [tenant, nowMs - withinMs])
        )
        return yield* announceds(found)
      }),
      waiting: Effect.fn("Claims.waiting")(function* (tenant) {
        const found = yield* database.transaction(tenant, ({ query }) =>
          query(
            `select integration, entity, count(*)::float8 as records from syncline.claim
             where tenant_id = $1 and is_pending group by 1, 2 order by 1, 2`,
            [tenant]
          )
        )
        return yield* waitings(found)
      })
    }
  })
)

/** Parameters: the pair's key, what was due, now. */
const answering = `
  with d as (
    select k.integration, k.entity, k.side, k.record_id, d.claims
    from jsonb_to_recordset($4::text::jsonb) as d (side text, id text, claims float8)
    join syncline.claim k on k.tenant_id = $1 and k.integration = $2 and k.entity = $3 and k.side = d.side and k.record_id = d.id
    order by k.integration, k.entity, k.side, k.record_id for no key update of k
  )
  update syncline.claim k
  set is_pending = k.claims > d.claims, read_at = to_timestamp($5::float8 / 1000),
    due_at = case when k.claims > d.claims then to_timestamp($5::float8 / 1000) + interval '${quietMs} ms' else k.due_at end
  from d
  where k.tenant_id = $1 and k.integration = d.integration and k.entity = d.entity and k.side = d.side and k.record_id = d.record_id`

const announceds = decode(Schema.Struct({ job: JobName, announced: Schema.Finite, missed: Schema.Finite }))

/** Parameters: tenant, since. A full listing tells nothing: it shows everything, told of or not. */
const announcing = `
  with first as (
    select job, min(started_at) as at from syncline.execution
    where tenant_id = $1 and trigger = 'webhook' and started_at >= to_timestamp($2::float8 / 1000) group by job
  )
  select e.job,
    coalesce(sum(created + updated + deleted + conflicted + queued) filter (where e.trigger = 'webhook'), 0)::float8 as announced,
    coalesce(sum(created + updated + deleted + conflicted + queued) filter (where e.trigger <> 'webhook'), 0)::float8 as missed
  from syncline.execution e join first f on f.job = e.job and e.started_at >= f.at
  where e.tenant_id = $1 and e.mode <> 'full'
  group by e.job order by e.job`
