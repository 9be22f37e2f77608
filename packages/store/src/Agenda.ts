/**
 * What there is to do of a pair, by kind, as one look tells: a run asks for nothing that is not there. Whoever does it looks again,
 * under its lease.
 */
import { EntityType, type ExecutionId, type IntegrationName, Side, type TenantId } from "@syncline/core"
import { Context, Effect, Layer, Schema } from "effect"
import type { PairKey } from "./Batch.ts"
import { Database, type Transaction } from "./Database.ts"
import { decode, keyOf, msOf } from "./internal/Row.ts"
import type { SqlError } from "./SqlError.ts"

/** What there is to do at one side. */
export const AtSide = Schema.Struct({
  side: Side.Side,
  /** Writes towards it failed and may be tried again: `Lanes.retryFailed`. */
  hasFailed: Schema.Boolean,
  /** Of writes towards it no answer came: `Lanes.doubts`. */
  isDoubted: Schema.Boolean,
  /** Writes towards it may be sent: `Lanes.send`. */
  isToSend: Schema.Boolean,
  /** Records seen there could not be decided on in an execution before this: `Ledger.waiting`. */
  isToRetry: Schema.Boolean,
  /** The ledger holds such records, dead ones too. */
  hasLedger: Schema.Boolean,
  /** Records seen there had waited for something that has happened: `Waiting.ready`. */
  isReady: Schema.Boolean,
  /** Records seen there wait for something: `Waiting.sweep`. */
  isWaiting: Schema.Boolean,
  /** Others wait for records there that nobody has seen: `Waiting.unseen`. */
  isAwaited: Schema.Boolean,
  /** Records there are claimed to have changed: `Claims.due`. */
  isClaimed: Schema.Boolean
})
export type AtSide = typeof AtSide.Type

export type OfPair = Readonly<Record<Side.Side, AtSide>>

/** What a pair will have to do without being told of anything new. */
export const Ahead = Schema.Struct({
  entity: EntityType,
  /** A record of it, at either side, had waited for something that has happened. */
  isReady: Schema.Boolean,
  /** When the first of its writes that wait for time may be sent; null: none does. */
  nextSendAtMs: Schema.NullOr(Schema.Finite)
})
export type Ahead = typeof Ahead.Type

export class Agenda extends Context.Service<
  Agenda,
  {
    /** For an execution that is about to do it. `Cursors.begin` tells it too. */
    readonly of: (pair: PairKey, execution: ExecutionId) => Effect.Effect<OfPair, SqlError>
    /** Of those of an integration's pairs that have something ahead. */
    readonly ahead: (tenant: TenantId, integration: IntegrationName) => Effect.Effect<ReadonlyArray<Ahead>, SqlError>
  }
>()("@syncline/store/Agenda") {}

const sides = decode(AtSide)
const aheads = decode(Ahead)

const ofSide = (alias: string): string =>
  `${alias}.tenant_id = $1 and ${alias}.integration = $2 and ${alias}.entity = $3 and ${alias}.side = s.side`

const isReady = "w.waiter = 'record' and w.ready_at is not null"

const mayBeSent = "l.pending > 0 and l.blocked_by is null and l.epoch is null"

/** Parameters: the pair's key, the execution, now. Each question is one look into an index. */
const asking = `
  select s.side,
    exists (select from syncline.outbox o where ${ofSide("o")} and o.state = 'failed') as "hasFailed",
    exists (select from syncline.outbox o where ${ofSide("o")} and o.state = 'in_doubt') as "isDoubted",
    exists (select from syncline.lane l where ${ofSide("l")} and ${mayBeSent} and l.available_at <= to_timestamp($5::float8 / 1000))
      or exists (select from syncline.waiting w where ${ofSide("w")} and w.waiter = 'lane' and w.ready_at is not null) as "isToSend",
    exists (select from syncline.retry_ledger r where ${ofSide("r")} and r.state = 'waiting' and r.execution_id <> $4) as "isToRetry",
    exists (select from syncline.retry_ledger r where ${ofSide("r")}) as "hasLedger",
    exists (select from syncline.waiting w where ${ofSide("w")} and ${isReady}) as "isReady",
    exists (select from syncline.waiting w where ${ofSide("w")} and w.ready_at is null) as "isWaiting",
    exists (select from syncline.waiting w where w.tenant_id = $1 and w.integration = $2 and w.on_entity = $3 and w.on_side = s.side
      and w.reason = 'unlinked' and w.ready_at is null) as "isAwaited",
    exists (select from syncline.claim k where ${ofSide("k")} and k.is_pending
      and k.due_at <= to_timestamp($5::float8 / 1000)) as "isClaimed"
  from (values ('source'), ('target')) as s (side) order by s.side`

/** Parameters: tenant, integration. */
const lookingAhead = `
  select entity, bool_or(is_ready) as "isReady", ${msOf("min(send_at)", "nextSendAtMs")} from (
    select w.entity, true as is_ready, null::timestamptz as send_at from syncline.waiting w
    where w.tenant_id = $1 and w.integration = $2 and ${isReady}
    union all
    select l.entity, false, l.available_at from syncline.lane l where l.tenant_id = $1 and l.integration = $2 and ${mayBeSent}
  ) as ahead group by entity order by entity`

/** The last that is asked in a transaction which looks up by key. */
export const lookLast = Effect.fnUntraced(function* (
  { last, nowMs }: Transaction,
  pair: PairKey,
  execution: ExecutionId
): Effect.fn.Return<OfPair, SqlError> {
  const [source, target] = yield* sides(yield* last(asking, [...keyOf(pair), execution, nowMs]))
  if (source?.side !== "source" || target === undefined) return yield* Effect.die("a row for each side, in order")
  return { source, target }
})

export const layer = Layer.effect(
  Agenda,
  Effect.gen(function* () {
    const database = yield* Database
    return {
      of: Effect.fn("Agenda.of")((pair, execution) =>
        database.byKey(pair.tenant, (transaction) => lookLast(transaction, pair, execution))
      ),
      ahead: Effect.fn("Agenda.ahead")(function* (tenant, integration) {
        const found = yield* database.byKey(tenant, ({ last }) => last(lookingAhead, [tenant, integration]))
        return yield* aheads(found)
      })
    }
  })
)
