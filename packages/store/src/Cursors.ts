/** Where the reading of each side of a pair is, and who may move it. The row's epoch fences whoever held it before. */
import { Counters, Cursor, Execution, type ExecutionId, Side } from "@syncline/core"
import { Context, Effect, Layer, Option, Schema } from "effect"
import * as Agenda from "./Agenda.ts"
import type { Lease, PairKey } from "./Batch.ts"
import { Database, type Transaction } from "./Database.ts"
import * as Executions from "./Executions.ts"
import { decode, json, keyOf, plain } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"
import * as Wakes from "./Wakes.ts"

/** A process that runs a pair, as a person would look for it. */
export interface Owner {
  readonly host: string
  readonly pid: number
  readonly label: string
}

/** What is begun, and by whom. */
export interface Taking extends Executions.Beginning {
  readonly sides: ReadonlyArray<Side.Side>
  readonly owner: Owner
  /** An execution that was begun before. One that has ended meanwhile is not gone on with. */
  readonly resumes?: ExecutionId | null
  /** Sides that are taken though their owners may be alive. */
  readonly takeOver?: ReadonlyArray<Side.Side>
}

/** A side that is held, and where its reading stopped; null: it was never read. */
export interface Held {
  readonly lease: Lease
  readonly cursor: Cursor.Cursor | null
}

export interface Begun extends Pick<Executions.Execution, "id" | "startedAtMs" | "counters" | "apiCalls"> {
  readonly held: Readonly<Record<Side.Side, Held | null>>
  /** What there is to do, now that these sides are held. */
  readonly agenda: Agenda.OfPair
}

/** Of one execution. */
export type Leases = readonly [Lease, ...ReadonlyArray<Lease>]

/** Another process runs this pair and was alive `heartbeatAgoMs` ago. Wait for it, or take over. */
export class Busy extends Schema.TaggedError<Busy>()("Busy", {
  side: Side.Side,
  execution: Schema.String,
  host: Schema.String,
  pid: Schema.Int,
  label: Schema.String,
  heartbeatAgoMs: Schema.Finite,
  message: Schema.String
}) {}

/** The right to write has passed on, or the execution was ended; nothing of this transaction happened. Stop. */
export class Fenced extends Schema.TaggedError<Fenced>()("Fenced", {
  /** `epoch`: another owner took the pair; else the status that the execution has by now. */
  why: Schema.Literals(["epoch", "completed", "completed_with_errors", "failed", "timed_out", "cancelled"]),
  message: Schema.String
}) {
  /** The lease holds no longer: null when another owner has the pair, else the status of its execution. */
  static of({ execution, pair }: Lease, status: Exclude<Execution.Status, "running"> | null): Fenced {
    const what = `${pair.integration}/${pair.entity}`
    return status === null
      ? new Fenced({ why: "epoch", message: `another process has taken over ${what}; execution ${execution} stops` })
      : new Fenced({
          why: status,
          message: `execution ${execution} of ${what} has ended (${status}), so it writes nothing more`
        })
  }
}

/** An owner whose heartbeat is older is taken for dead. Heartbeats are due every 5 s. */
export const deadAfterMs = 15_000

export class Cursors extends Context.Service<
  Cursors,
  {
    /**
     * Begins an execution, or goes on with one, and takes sides of the pair for it. That raises their epochs, which fences the former
     * owners. What those had sent towards these sides and had no answer to is in doubt from now on.
     *
     * A former execution, if it is still running, ends as failed: interrupted. Fails with `Busy` while the owner of a side is alive,
     * unless that is taken over; then nothing has begun.
     */
    readonly begin: (pair: PairKey, taking: Taking) => Effect.Effect<Begun, Busy | SqlError>
    /** Says that the owner lives. Every 5 s. */
    readonly heartbeat: (lease: Lease) => Effect.Effect<void, Fenced | SqlError>
    /**
     * Gives sides back, all at once, and ends their execution, unless it is to be gone on with; and says what became of the wake that it
     * was for. Nothing happens to a side that already has another owner. False when the execution had already ended: its status stays,
     * and so does the wake.
     */
    readonly end: (
      leases: Leases,
      ending: Executions.Ending | null,
      serving?: Wakes.Serving | null
    ) => Effect.Effect<boolean, SqlError>
    readonly read: (pair: PairKey, side: Side.Side) => Effect.Effect<Option.Option<Cursor.Cursor>, SqlError>
  }
>()("@syncline/store/Cursors") {}

const Former = Schema.Struct({
  execution: Schema.String,
  host: Schema.String,
  pid: Schema.Int,
  label: Schema.String,
  heartbeatAtMs: Schema.NullOr(Schema.Finite),
  state: Schema.NullOr(Cursor.Cursor),
  epoch: Schema.Finite
})
const formers = decode(Former)
type Locked = typeof Former.Type & { readonly side: Side.Side }
const statuses = decode(Schema.Struct({ status: Execution.Status }))
const states = decode(Schema.Struct({ state: Schema.NullOr(Cursor.Cursor) }))

const theSide = "tenant_id = $1 and integration = $2 and entity = $3 and side = $4"

export const layer = Layer.effect(
  Cursors,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      begin: Effect.fn("Cursors.begin")((pair, taking) =>
        database.byKey(pair.tenant, (transaction) => begin(transaction, pair, taking))
      ),
      heartbeat: Effect.fn("Cursors.heartbeat")(function* (lease) {
        const found = yield* database.byKey(lease.pair.tenant, (transaction) =>
          transaction.last(
            `with beat as (
               update syncline.cursor set heartbeat_at = to_timestamp($6::float8 / 1000)
               where ${theSide} and epoch = $5 returning tenant_id, execution_id
             )
             select e.status from beat cross join lateral (
               select status from syncline.execution
               where tenant_id = beat.tenant_id and execution_id = beat.execution_id offset 0
             ) as e`,
            [...keyOf(lease.pair), lease.side, lease.epoch, transaction.nowMs]
          )
        )
        const [row] = yield* statuses(found)
        if (row === undefined) return yield* Fenced.of(lease, null)
        if (row.status !== "running") return yield* Fenced.of(lease, row.status)
      }),
      end: Effect.fn("Cursors.end")((leases, ending, serving = null) =>
        database.byKey(leases[0].pair.tenant, (transaction) => end(transaction, leases, ending, serving))
      ),
      read: Effect.fn("Cursors.read")(function* (pair, side) {
        const found = yield* database.byKey(pair.tenant, (transaction) =>
          transaction.last(`select state from syncline.cursor where ${theSide}`, [...keyOf(pair), side])
        )
        const [row] = yield* states(found)
        return Option.fromNullishOr(row?.state)
      })
    }
  })
)

const begin = Effect.fnUntraced(function* (transaction: Transaction, pair: PairKey, taking: Taking) {
  const begun = yield* Executions.resumeIn(transaction, taking, taking.resumes ?? null)
  const { apiCalls, counters, id, startedAtMs } = Option.isSome(begun)
    ? begun.value
    : {
        id: yield* Executions.freshId(transaction),
        startedAtMs: transaction.nowMs,
        counters: Counters.zero,
        apiCalls: 0
      }
  const lockSide = (side: Side.Side) =>
    taking.sides.includes(side) ? lock(transaction, pair, side, id, taking) : Effect.succeed(null)
  // Asked together, and so locked in one order.
  const [atSource, atTarget] = yield* Effect.all([lockSide("source"), lockSide("target")], { concurrency: "unbounded" })
  const takeSide = (former: Locked | null) =>
    former === null ? Effect.succeed(null) : take(transaction, pair, id, taking, former)
  const starting = Option.isSome(begun) ? Effect.void : Executions.startIn(transaction, pair, id, taking)
  const [, source, target] = yield* Effect.all([starting, takeSide(atSource), takeSide(atTarget)], {
    concurrency: "unbounded"
  })
  const agenda = yield* Agenda.lookLast(transaction, pair, id)
  const done: Begun = { id, startedAtMs, counters, apiCalls, held: { source, target }, agenda }
  return done
})

const end = Effect.fnUntraced(function* (
  transaction: Transaction,
  leases: Leases,
  ending: Executions.Ending | null,
  serving: Wakes.Serving | null
) {
  const releasing = leases.map(({ epoch, pair, side }) =>
    transaction.query(`update syncline.cursor set heartbeat_at = null where ${theSide} and epoch = $5`, [
      ...keyOf(pair),
      side,
      epoch
    ])
  )
  yield* Effect.all(releasing, { concurrency: "unbounded", discard: true })
  const isEnded = ending === null || (yield* Executions.endIn(transaction, leases[0].execution, ending))
  // Whoever ended it knows better what becomes of the wake.
  if (isEnded && serving !== null) yield* Wakes.serveIn(transaction, serving)
  return isEnded
})

/** Locks a side, and answers whose it was. Fails while that owner may be alive. */
const lock = Effect.fnUntraced(function* (
  { nowMs, query }: Transaction,
  pair: PairKey,
  side: Side.Side,
  execution: ExecutionId,
  { takeOver = [] }: Taking
) {
  // The row exists from the first owner on, so that two first owners meet at it; one that is there is locked and told as it is.
  const rows = yield* query(
    `insert into syncline.cursor as c
       (tenant_id, integration, entity, side, epoch, generation, execution_id, owner_host, owner_pid, owner_label, updated_at)
     values ($1, $2, $3, $4, 0, 0, $5, '', 0, '', to_timestamp($6::float8 / 1000))
     on conflict (tenant_id, integration, entity, side) do update set epoch = c.epoch
     returning execution_id as execution, owner_host as host, owner_pid as pid, owner_label as label, state, epoch::float8,
       (extract(epoch from heartbeat_at) * 1000)::float8 as "heartbeatAtMs"`,
    [...keyOf(pair), side, execution, nowMs]
  )
  const [former] = yield* formers(rows)
  if (former === undefined) return yield* Effect.die("an insert that answers its row")
  if (!takeOver.includes(side) && former.execution !== execution) yield* refuseWhileAlive(pair, side, former, nowMs)
  return { ...former, side }
})

/** A side that is locked is this execution's from now on. */
const take = Effect.fnUntraced(function* (
  transaction: Transaction,
  pair: PairKey,
  execution: ExecutionId,
  { owner }: Taking,
  former: Locked
) {
  const { nowMs } = transaction
  const { side } = former
  // The former owner's, and any that began so long ago that its process is dead, since it never came to own a side. One that has
  // owned the other side is ended by whoever takes that.
  const ending = transaction.query(
    `update syncline.execution e set status = 'failed', ended_at = to_timestamp($5::float8 / 1000), reason = $6
     where tenant_id = $1 and integration = $2 and entity = $3 and status = 'running' and execution_id <> $4
       and (execution_id = $7 or started_at <= to_timestamp(($5::float8 - ${deadAfterMs}) / 1000) and not exists (
         select from syncline.cursor c
         where c.tenant_id = $1 and c.integration = $2 and c.entity = $3 and c.execution_id = e.execution_id))`,
    [
      ...keyOf(pair),
      execution,
      nowMs,
      plain(`interrupted: its process stopped, and ${owner.label} on ${owner.host} (process ${owner.pid}) took over`),
      former.execution
    ]
  )
  const epoch = former.epoch + 1
  const taking = transaction.query(
    `update syncline.cursor
     set epoch = $10, execution_id = $5, owner_host = $6, owner_pid = $7, owner_label = $8,
       heartbeat_at = to_timestamp($9::float8 / 1000)
     where ${theSide}`,
    [...keyOf(pair), side, execution, plain(owner.host), owner.pid, plain(owner.label), nowMs, epoch]
  )
  const doubting = transaction.query(doubt, [...keyOf(pair), side, epoch, nowMs])
  yield* Effect.all([ending, taking, doubting], { concurrency: "unbounded", discard: true })
  const lease: Lease = { pair, side, execution, epoch, acquiredAtMs: nowMs }
  const held: Held = { lease, cursor: former.state }
  return held
})

/** What owners before had sent and not heard of. */
const doubt = `
  with doubted as (
    update syncline.outbox set state = 'in_doubt', last_error = 'its sender stopped before the answer came',
      updated_at = to_timestamp($6::float8 / 1000)
    where ${theSide} and state = 'in_flight' and epoch < $5 returning record_key
  )
  update syncline.lane l set version = version + 1, epoch = null, blocked_by = 'in_doubt', updated_at = to_timestamp($6::float8 / 1000)
  from doubted d
  where l.tenant_id = $1 and l.integration = $2 and l.entity = $3 and l.side = $4 and l.record_key = d.record_key`

const refuseWhileAlive = (
  pair: PairKey,
  side: Side.Side,
  { execution, heartbeatAtMs, host, label, pid }: typeof Former.Type,
  nowMs: number
) => {
  if (heartbeatAtMs === null || nowMs - heartbeatAtMs >= deadAfterMs) return Effect.void
  const heartbeatAgoMs = Math.max(0, nowMs - heartbeatAtMs)
  const what = side === "source" ? "" : " (its target)"
  const message = `${pair.integration}/${pair.entity}${what} is being run by ${label} on ${host} (process ${pid}), alive ${Math.round(
    heartbeatAgoMs / 1000
  )} s ago: wait for it, or take over`
  return Effect.fail(new Busy({ side, execution, host, pid, label, heartbeatAgoMs, message }))
}

/** Locks the pair's row for the rest of the transaction, or fails when the lease holds no longer. */
export const hold = Effect.fnUntraced(function* (transaction: Transaction, lease: Lease) {
  const rows = yield* transaction.query(
    `select e.status from syncline.cursor c join syncline.execution e on e.tenant_id = c.tenant_id and e.execution_id = c.execution_id
     where c.tenant_id = $1 and c.integration = $2 and c.entity = $3 and c.side = $4 and c.epoch = $5 for no key update of c`,
    [...keyOf(lease.pair), lease.side, lease.epoch]
  )
  const [row] = yield* statuses(rows)
  if (row === undefined) return yield* Fenced.of(lease, null)
  if (row.status !== "running") return yield* Fenced.of(lease, row.status)
})

/** Moves the cursor. Its generation never falls: a caller that tries has mixed up two runs. */
export const advance = Effect.fnUntraced(function* (transaction: Transaction, lease: Lease, state: Cursor.Cursor) {
  const rows = yield* transaction.query(
    `update syncline.cursor set state = $6::text::jsonb, generation = $7, updated_at = to_timestamp($8::float8 / 1000)
     where ${theSide} and epoch = $5 and generation <= $7 returning 1`,
    [...keyOf(lease.pair), lease.side, lease.epoch, json(state), state.generation, transaction.nowMs]
  )
  if (rows.length === 0) {
    return yield* Effect.die(
      new Error(
        `the cursor of ${lease.pair.integration}/${lease.pair.entity} would fall back to generation ${state.generation}`
      )
    )
  }
})
