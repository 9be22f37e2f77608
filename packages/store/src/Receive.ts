/**
 * The inbox: what arrives is stored, and only then acknowledged. Whatever arrives while a transaction is on its way shares the next
 * one, so that a thousand requests a second are some tens of commits.
 */
import type { ConnectionName, TenantId } from "@syncline/core"
import { Context, Deferred, Effect, Exit, Layer, Queue, Schema } from "effect"
import * as Claims from "./Claims.ts"
import { Database, type Transaction } from "./Database.ts"
import { decode, json, msOf } from "./internal/Row.ts"
import { SqlError } from "./SqlError.ts"
import type * as Wakes from "./Wakes.ts"

/** One request that has proved itself. */
export interface Arrival {
  readonly tenant: TenantId
  readonly connection: ConnectionName
  readonly body: Uint8Array
  /** What it says, by the provider's ids: one that was received before says nothing new. */
  readonly deliveries: ReadonlyArray<{ readonly id: string; readonly claims: ReadonlyArray<Claims.Claim> }>
  /** Of a body that could not be read: what reading it later takes, and why it could not be. */
  readonly unread: { readonly request: Schema.Json; readonly why: string } | null
  /** The version that its payload has the shape of, where that is not the connector's own. */
  readonly otherVersion: string | null
}

/** A body that waits for a connector that can read it. */
export interface Unread {
  readonly id: string
  readonly receivedAtMs: number
  readonly body: Uint8Array
  readonly request: Schema.Json
  readonly why: string
}

/** What came in lately, of one connection. */
export interface Received {
  readonly connection: string
  readonly deliveries: number
  readonly unread: number
  readonly otherVersions: ReadonlyArray<string>
  readonly lastReceivedAtMs: number
}

/** More arrives than can be stored. Nothing of this one was; the provider sends it again. */
export class Overloaded extends Schema.TaggedError<Overloaded>()("Overloaded", { waiting: Schema.Int }) {}

/** Requests that share a statement, transactions on their way at once, and requests that may wait for theirs. */
export const groupSize = 500
const groupsInFlight = 2
export const mostWaiting = 10_000

export class Receive extends Context.Service<
  Receive,
  {
    /**
     * Succeeds once it is stored. What it claims is then due, and the jobs concerned were woken by the same transaction: answers
     * whose turn it is, each driver once for all the requests that shared the transaction.
     */
    readonly receive: (arrival: Arrival) => Effect.Effect<ReadonlyArray<Wakes.Woken>, SqlError | Overloaded>
    /** Bodies that nobody could read yet, the oldest id first. */
    readonly unread: (
      tenant: TenantId,
      connection: ConnectionName,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Unread>, SqlError>
    /** One that was unread has been read. */
    readonly reread: (
      tenant: TenantId,
      connection: ConnectionName,
      id: string,
      claims: ReadonlyArray<Claims.Claim>
    ) => Effect.Effect<ReadonlyArray<Wakes.Woken>, SqlError>
    /** What came in within the last so many milliseconds, by connection. */
    readonly received: (tenant: TenantId, withinMs: number) => Effect.Effect<ReadonlyArray<Received>, SqlError>
    /** Deletes up to `limit` deliveries that are older than `keptMs`, and answers how many those were. */
    readonly forget: (
      tenant: TenantId,
      options: { readonly keptMs: number; readonly limit: number }
    ) => Effect.Effect<number, SqlError>
  }
>()("@syncline/store/Receive") {}

interface Waiting {
  readonly arrival: Arrival
  readonly stored: Deferred.Deferred<ReadonlyArray<Wakes.Woken>, SqlError>
}

export const layer = Layer.effect(
  Receive,
  Effect.gen(function* () {
    const database = yield* Database
    const queue = yield* Queue.unbounded<Waiting>()
    let waiting = 0

    const storeAll = (group: ReadonlyArray<Waiting>): Effect.Effect<void> =>
      Effect.flatMap(
        Effect.exit(
          store(
            database,
            group.map(({ arrival }) => arrival)
          )
        ),
        (exit) =>
          // One that the database does not take must not cost the others their place.
          Exit.isFailure(exit) && group.length > 1 && !isUnavailable(exit)
            ? Effect.forEach(group, (each) => storeAll([each]), { discard: true })
            : Effect.forEach(
                group,
                ({ stored }, index) => Deferred.done(stored, index === 0 ? exit : Exit.map(exit, () => [])),
                { discard: true }
              )
      )
    const serve = Effect.forever(Effect.flatMap(Queue.takeBetween(queue, 1, groupSize), storeAll))
    yield* Effect.forEach(Array.from({ length: groupsInFlight }), () => Effect.forkScoped(serve), { discard: true })

    return {
      receive: (arrival) =>
        Effect.suspend((): Effect.Effect<ReadonlyArray<Wakes.Woken>, SqlError | Overloaded> => {
          if (waiting >= mostWaiting) return Effect.fail(new Overloaded({ waiting }))
          waiting += 1
          const stored = Deferred.makeUnsafe<ReadonlyArray<Wakes.Woken>, SqlError>()
          Queue.offerUnsafe(queue, { arrival, stored })
          return Effect.ensuring(
            Deferred.await(stored),
            Effect.sync(() => {
              waiting -= 1
            })
          )
        }),
      unread: Effect.fn("Receive.unread")(function* (tenant, connection, limit) {
        const found = yield* database.transaction(tenant, ({ query }) =>
          query(
            `select delivery_id as id, ${msOf("received_at", "receivedAtMs")}, encode(body, 'base64') as body, unread as request, why
             from syncline.delivery where tenant_id = $1 and connection = $2 and unread is not null
             order by delivery_id limit $3`,
            [tenant, connection, limit]
          )
        )
        return (yield* unreads(found)).map(({ body, ...rest }) => ({ ...rest, body: Buffer.from(body, "base64") }))
      }),
      reread: Effect.fn("Receive.reread")((tenant, connection, id, claims) =>
        database.transaction(tenant, (transaction) =>
          Effect.gen(function* () {
            yield* transaction.query(
              "update syncline.delivery set unread = null, why = null where tenant_id = $1 and connection = $2 and delivery_id = $3",
              [tenant, connection, id]
            )
            return yield* Claims.put(transaction, claims)
          })
        )
      ),
      received: Effect.fn("Receive.received")(function* (tenant, withinMs) {
        const found = yield* database.transaction(tenant, ({ nowMs, query }) =>
          query(
            `select connection, count(*)::float8 as deliveries, count(unread)::float8 as unread,
               coalesce(jsonb_agg(distinct other_version) filter (where other_version is not null), '[]') as "otherVersions",
               ${msOf("max(received_at)", "lastReceivedAtMs")}
             from syncline.delivery where tenant_id = $1 and received_at >= to_timestamp($2::float8 / 1000)
             group by connection order by connection`,
            [tenant, nowMs - withinMs]
          )
        )
        return yield* receiveds(found)
      }),
      forget: Effect.fn("Receive.forget")(function* (tenant, { keptMs, limit }) {
        const [row] = yield* database.transaction(tenant, ({ nowMs, query }) =>
          query(forgetting, [tenant, nowMs - keptMs, limit])
        )
        return Number(row?.["n"] ?? 0)
      })
    }
  })
)

const isUnavailable = (exit: Exit.Exit<unknown, SqlError>): boolean => {
  const [error] = Exit.isFailure(exit)
    ? exit.cause.reasons.flatMap((each) => (each._tag === "Fail" ? [each.error] : []))
    : []
  return error instanceof SqlError && error.kind === "unavailable"
}

const unreads = decode(
  Schema.Struct({
    id: Schema.String,
    receivedAtMs: Schema.Finite,
    body: Schema.String,
    request: Schema.Json,
    why: Schema.String
  })
)
const receiveds = decode(
  Schema.Struct({
    connection: Schema.String,
    deliveries: Schema.Finite,
    unread: Schema.Finite,
    otherVersions: Schema.Array(Schema.String),
    lastReceivedAtMs: Schema.Finite
  })
)

/**
 * One transaction for arrivals of any tenants: each tenant's rows are written as that tenant, one after another in one order, so that
 * no two transactions wait for each other in a circle.
 */
const store = (
  database: Database["Service"],
  arrivals: ReadonlyArray<Arrival>
): Effect.Effect<ReadonlyArray<Wakes.Woken>, SqlError> => {
  const byTenant = Map.groupBy(arrivals, ({ tenant }) => tenant)
  const tenants = [...byTenant].toSorted(([one], [other]) => (one < other ? -1 : 1))
  const [first] = tenants
  if (first === undefined) return Effect.succeed([])
  return database.byKey(first[0], (transaction) =>
    Effect.map(
      Effect.forEach(tenants, ([tenant, arrived]) =>
        tenants.length === 1
          ? storeOf(transaction, arrived)
          : Effect.andThen(
              transaction.query("select set_config('app.tenant', $1, true)", [tenant]),
              storeOf({ ...transaction, tenant }, arrived)
            )
      ),
      (woken) => woken.flat()
    )
  )
}

const storeOf = Effect.fnUntraced(function* (
  transaction: Transaction,
  arrivals: ReadonlyArray<Arrival>
): Effect.fn.Return<ReadonlyArray<Wakes.Woken>, SqlError> {
  const rows = arrivals.flatMap(({ body, connection, deliveries, otherVersion, unread }) =>
    deliveries.map(({ id }, index) => ({
      c: connection,
      i: id,
      b: index === 0 ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("base64") : null,
      u: unread?.request ?? null,
      w: unread?.why ?? null,
      v: otherVersion
    }))
  )
  if (rows.length === 0) return []
  const found = yield* transaction.query(storing, [transaction.tenant, json(rows), transaction.nowMs])
  const fresh = new Set((yield* freshes(found)).map(({ connection, id }) => `${connection} ${id}`))
  const claims = arrivals.flatMap(({ connection, deliveries }) =>
    deliveries.flatMap(({ claims, id }) => (fresh.delete(`${connection} ${id}`) ? claims : []))
  )
  return yield* Claims.put(transaction, claims)
})

const freshes = decode(Schema.Struct({ connection: Schema.String, id: Schema.String }))

/** Parameters: tenant, rows, now. Answers those that were not there. */
const storing = `
  with fresh as (
    insert into syncline.delivery (tenant_id, connection, delivery_id, received_at, body, unread, why, other_version)
    select $1, c, i, to_timestamp($3::float8 / 1000), decode(b, 'base64'), nullif(u, 'null'::jsonb), w, v
    from jsonb_to_recordset($2::text::jsonb) as d (c text, i text, b text, u jsonb, w text, v text)
    order by c collate "C", i collate "C", b nulls last
    on conflict do nothing returning connection, delivery_id
  )
  select connection, delivery_id as id from fresh order by 1, 2`

/** Parameters: tenant, before, limit. */
const forgetting = `
  with old as (
    select connection, delivery_id from syncline.delivery
    where tenant_id = $1 and received_at < to_timestamp($2::float8 / 1000)
    order by received_at, connection, delivery_id limit $3 for update skip locked
  ), gone as (
    delete from syncline.delivery d using old o
    where d.tenant_id = $1 and d.connection = o.connection and d.delivery_id = o.delivery_id
    returning 1
  )
  select count(*)::int as n from gone`
