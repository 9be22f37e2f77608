/** Where a pair's writes happen: in the store's own transaction, or in one of the target's database. */
import { ConnectorError, type Http, Sql, type Target } from "@syncline/connector"
import type { Fields, OpKey, RecordKey, Side } from "@syncline/core"
import { Cursors, type Lease, type PairKey, type Postgres, type SqlError } from "@syncline/store"
import { Clock, Context, DateTime, Effect, Ref, Schema } from "effect"
import type { Pair } from "./Pair.ts"
import * as SqlRemote from "./SqlRemote.ts"
import * as Write from "./Write.ts"

/** One run of one pair, as far as writing is concerned. */
export interface Writing {
  readonly pair: Pair
  readonly target: Target<Fields, Http | Sql>
  readonly lease: Lease
  /** Whether records of the pair waited in the retry ledger when the run began, so that those which come through leave it. */
  readonly hasLedger: boolean
  /** The run has listed every record before, so whatever is unchanged was counted by its listing. */
  readonly hasListed: boolean
  /** Failed records that the run has counted: however often one is seen, it is one. */
  readonly failed: Set<RecordKey>
}

type Savepoint = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SqlError, R>

/** The target refused a call, or could not be asked. A plain `ConnectorError` of a run is the source's. */
export class TargetFailed extends Schema.TaggedError<TargetFailed>()("TargetFailed", { error: ConnectorError }) {
  override get message(): string {
    return this.error.message
  }
}

/** Says of an effect's failure that it is the target's. */
export const atTarget = <A, E, R>(effect: Effect.Effect<A, E | ConnectorError, R>) =>
  Effect.catchIf(effect, isConnectorError, (error) => Effect.fail(new TargetFailed({ error })))

/** Says whose a failure is: a plain `ConnectorError` of a run is the source's. */
export const atSide = <A, E, R>(side: Side.Side, effect: Effect.Effect<A, E | ConnectorError, R>) =>
  side === "target" ? atTarget(effect) : effect

const isConnectorError = (error: unknown): error is ConnectorError => error instanceof ConnectorError

/** Performs decisions inside a transaction that is open. */
export const write = (
  { pair, target }: Writing,
  session: Postgres.Session,
  savepoint: Savepoint,
  decided: ReadonlyArray<Write.Decided>,
  batch: OpKey
): Effect.Effect<ReadonlyArray<Write.Written>, ConnectorError> =>
  Effect.provideContext(
    Write.perform(
      {
        side: pair.target,
        target,
        isMirror: pair.mapping === null,
        isolate: (call) =>
          Effect.mapError(savepoint(call), (error) =>
            error._tag === "SqlError" ? SqlRemote.toConnectorError(error) : error
          ),
        batch
      },
      decided
    ),
    Context.add(pair.target.connection.services, Sql, SqlRemote.onSession(session))
  )

const streamOf = ({ tenant, integration, entity }: PairKey): string => `${tenant}/${integration}/${entity}`

/**
 * Performs decisions in a transaction of another database, which knows by its marker whether a batch was applied and by whose epoch.
 *
 * The store's commit follows. A crash between the two repeats the batch, which finds what it wrote. Fails with `Fenced` when a
 * newer owner has written there.
 */
export const writeElsewhere = Effect.fn("Place.writeElsewhere")(function* (
  writing: Writing,
  postgres: Postgres.Postgres,
  decided: ReadonlyArray<Write.Decided>,
  batch: OpKey
) {
  const stream = streamOf(writing.pair.key)
  const { applied } = writing.target
  const result = yield* Ref.make<ReadonlyArray<Write.Written>>([])
  const once = postgres.transaction((session) =>
    Effect.gen(function* () {
      const sql = Context.add(writing.pair.target.connection.services, Sql, SqlRemote.onSession(session))
      const now = DateTime.formatIso(DateTime.makeUnsafe(yield* Clock.currentTimeMillis))
      yield* session.query("select set_config('syncline.now', $1, true)", [now])
      if (applied !== undefined) {
        const isOurs = yield* Effect.provideContext(applied.mark(stream, writing.lease.epoch, batch), sql)
        if (!isOurs)
          return yield* new Cursors.Fenced({
            why: "epoch",
            message: `another owner has written "${stream}" at the target since`
          })
      }
      const written = yield* write(writing, session, savepointOn(session), decided, batch)
      yield* Ref.set(result, written)
    })
  )
  const wasApplied =
    applied === undefined
      ? Effect.succeed(false)
      : Effect.provideContext(applied.has(stream, batch), writing.pair.target.connection.services)
  yield* atTarget(
    once.pipe(
      Effect.catchIf(
        (error) => error._tag === "SqlError" && error.kind === "commit unknown",
        () => Effect.flatMap(wasApplied, (was) => (was ? Effect.void : once))
      )
    )
  )
  return yield* Ref.get(result)
})

/** A savepoint on a plain session. They may nest: each name hides the outer one until it is released. */
const savepointOn =
  (session: Postgres.Session): Savepoint =>
  (effect) =>
    session.query("savepoint syncline_write").pipe(
      Effect.andThen(effect),
      Effect.tap(() => session.query("release savepoint syncline_write")),
      Effect.tapError(() => session.query("rollback to savepoint syncline_write")),
      Effect.tapError(() => session.query("release savepoint syncline_write"))
    )
