/** Sends one request to a side: its verb, in a transaction of its own where the side is a database. */
import { ConnectorError, type Http, OutcomeUnknown, type Outcomes, type Reason, Sql } from "@syncline/connector"
import type { Fields, OpKey } from "@syncline/core"
import type { Postgres, SqlError } from "@syncline/store"
import { Clock, Context, DateTime, Effect, Result } from "effect"
import type { Request } from "./Compose.ts"
import { provide, type Side } from "./Pair.ts"
import * as SqlRemote from "./SqlRemote.ts"

/** An op with the record as it was last seen there; null for a create. */
export interface Op {
  readonly request: Request
  readonly base: Fields | null
}

export type Answers = Outcomes<Fields | null>

/** Sends ops of one operation as one request. Of a record that was removed the outcome is null. */
export const send = Effect.fn("Call.send")(function* (
  side: Side,
  ops: ReadonlyArray<Op>,
  batch: OpKey,
  origin: string
): Effect.fn.Return<Answers, ConnectorError> {
  const [first] = ops
  if (first === undefined) return new Map()
  return yield* isolated(side, origin, verb(side, first.request.operation, ops, batch))
})

const verb = (
  side: Side,
  operation: Request["operation"],
  ops: ReadonlyArray<Op>,
  batch: OpKey
): Effect.Effect<Answers, ConnectorError, Http | Sql> => {
  const { create, remove, update } = side.entity.target ?? {}
  switch (operation) {
    case "create":
      return create === undefined
        ? missing(side, operation)
        : create.run(
            ops.map(({ request: { key, patch } }) => ({ key, patch })),
            batch
          )
    case "update":
      return update === undefined ? missing(side, operation) : updates(side, ops, batch)
    case "delete":
      return remove === undefined
        ? missing(side, operation)
        : Effect.map(
            remove.run(
              ops.flatMap(({ base, request: { id, key } }) => (id === null ? [] : [{ key, id, base: base ?? {} }])),
              batch
            ),
            (outcomes) => new Map([...outcomes].map(([key, outcome]) => [key, Result.map(outcome, () => null)]))
          )
  }
}

const missing = (side: Side, operation: string) =>
  Effect.die(new Error(`"${side.name}" of "${side.connection.name}" has no verb for ${operation}, and one was decided`))

/** An update that sets a field to what a command performs is the update of the other fields, then that command. */
const updates = (side: Side, ops: ReadonlyArray<Op>, batch: OpKey) =>
  Effect.gen(function* () {
    const { commands = {}, update } = side.entity.target ?? {}
    const outcomes = new Map<OpKey, Result.Result<Fields, Reason>>()
    const plain: Array<Op> = []
    for (const op of ops) {
      const command = Object.values(commands).find(
        ({ performs }) => op.request.patch[performs.field] === performs.to && op.base?.[performs.field] !== performs.to
      )
      if (command === undefined || op.request.id === null || op.base === null) {
        plain.push(op)
        continue
      }
      const { [command.performs.field]: _, ...patch } = op.request.patch
      const { id, key } = op.request
      const before =
        Object.keys(patch).length === 0 || update === undefined
          ? Result.succeed(op.base)
          : (yield* update.run([{ key, id, patch, base: op.base }], batch)).get(key)
      if (before === undefined) continue
      if (Result.isFailure(before)) {
        outcomes.set(key, before)
        continue
      }
      const done = yield* command.run([{ key, id, base: before.success }], batch)
      for (const [key, outcome] of done) outcomes.set(key, outcome)
    }
    if (plain.length > 0 && update !== undefined) {
      const done = yield* update.run(
        plain.flatMap(({ base, request: { id, key, patch } }) =>
          id === null ? [] : [{ key, id, patch, base: base ?? {} }]
        ),
        batch
      )
      for (const [key, outcome] of done) outcomes.set(key, outcome)
    }
    return outcomes
  })

/** In a database the request is a transaction: all of it happened, or none; a lost answer to COMMIT leaves it open. */
const isolated = <A>(
  side: Side,
  origin: string,
  effect: Effect.Effect<A, ConnectorError, Http | Sql>
): Effect.Effect<A, ConnectorError> => {
  const { database, services } = side.connection
  if (database._tag === "None") return provide(side, effect)
  return database.postgres
    .transaction((session) =>
      Effect.gen(function* () {
        const now = DateTime.formatIso(DateTime.makeUnsafe(yield* Clock.currentTimeMillis))
        yield* session.query("select set_config('syncline.now', $1, true), set_config('syncline.origin', $2, true)", [
          now,
          origin
        ])
        // A lost race must be seen as one, so that the transaction runs again; the contract's words would hide it.
        let lostRace: SqlError | null = null
        const query: Postgres.Session["query"] = (text, params) =>
          Effect.tapError(session.query(text, params), (error) =>
            Effect.sync(() => {
              if (error.kind === "serialization") lostRace = error
            })
          )
        const sql = SqlRemote.onSession({ query })
        return yield* Effect.provideContext(effect, Context.add(services, Sql, sql)).pipe(
          Effect.catch((error) => Effect.fail(lostRace ?? error))
        )
      })
    )
    .pipe(
      Effect.catchIf(
        (error) => error._tag === "SqlError",
        (error) =>
          Effect.fail(
            error.kind === "commit unknown"
              ? new ConnectorError({ operation: "commit", reason: new OutcomeUnknown({ detail: error.message }) })
              : SqlRemote.toConnectorError(error)
          )
      )
    )
}
