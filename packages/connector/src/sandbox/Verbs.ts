/** A connector's verbs on a connection to its sandbox, called one by one while time passes: for tests of its own. */
import { type Fields, OpKey, RecordId } from "@syncline/core"
import { Array as Arrays, Effect, Fiber, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import type { ConnectorError, Reason } from "../ConnectorError.ts"
import type { Entity, Walk } from "../Entity.ts"
import { Http } from "../Remote.ts"
import type * as Faults from "./Faults.ts"
import type * as Wire from "./Wire.ts"

/** A record's id. */
export const idOf = (record: Fields, field = "id"): RecordId => Schema.decodeUnknownSync(RecordId)(record[field])

/** An open connection, and what its connector offers there. */
export interface Connection {
  readonly http: Http["Service"]
  readonly entities: Readonly<Record<string, Entity>>
}

/** What a test calls a connector with. */
export interface Caller {
  /** While time passes, as retries need. */
  readonly run: <A>(effect: Effect.Effect<A, ConnectorError, Http>) => Effect.Effect<A, ConnectorError>
  readonly entity: (name: string) => Entity
  readonly names: ReadonlyArray<string>
}

/** What became of one op; undefined: nothing was said of it. */
type Outcome<Stored> = Result.Result<Stored, Reason> | undefined

export interface Driven extends Caller {
  /** The requests that have reached the sandbox since this was emptied. */
  readonly requests: Array<Wire.Request>
  /** Every item of a walk; `between` happens after each page. */
  readonly drain: <Item, Ending>(
    walk: Walk<Item, Ending, Http>,
    between?: (page: number) => Effect.Effect<unknown>,
    from?: Schema.Json
  ) => Effect.Effect<
    { readonly items: ReadonlyArray<Item>; readonly pages: number; readonly ending: Ending },
    ConnectorError
  >
  /** In requests as large as the verb allows; answers in the order of the patches. */
  readonly create: (
    name: string,
    ...patches: ReadonlyArray<Fields>
  ) => Effect.Effect<ReadonlyArray<Outcome<Fields>>, ConnectorError>
  readonly update: (
    name: string,
    base: Fields,
    patch: Fields,
    op?: string
  ) => Effect.Effect<Outcome<Fields>, ConnectorError>
  readonly remove: (name: string, base: Fields) => Effect.Effect<Outcome<void>, ConnectorError>
}

/** Runs effects on the connection while time passes, as retries need, and finds the connector's entities by name. */
export const on = ({ entities, http }: Connection): Caller => {
  const run = Effect.fn(function* <A>(effect: Effect.Effect<A, ConnectorError, Http>) {
    const fiber = yield* Effect.forkChild(Effect.provideService(effect, Http, http))
    yield* TestClock.adjust("10 minutes")
    return yield* Fiber.join(fiber)
  })
  const byName = new Map(Object.entries(entities))
  const entity = (name: string): Entity => {
    const found = byName.get(name)
    if (found === undefined) throw new Error(`no entity "${name}"`)
    return found
  }
  return { run, entity, names: [...byName.keys()] }
}

/** The same, with the requests that reach the sandbox, and its walks and verbs. */
export const driven = Effect.fn(function* (connection: Connection, faults: Faults.Faults): Effect.fn.Return<Driven> {
  const caller = on(connection)
  const { entity, run } = caller
  const requests: Array<Wire.Request> = []
  // A fault that no request meets sees them all.
  yield* faults.next(
    1,
    (request) => {
      requests.push(request)
      return false
    },
    { _tag: "DropBefore" }
  )
  const batch = () => OpKey.make(`b${requests.length}`)
  /** Every item of a walk; `between` happens after each page. */
  const drain = Effect.fn(function* <Item, Ending>(
    walk: Walk<Item, Ending, Http>,
    between: (page: number) => Effect.Effect<unknown> = () => Effect.void,
    from?: Schema.Json
  ) {
    const items: Array<Item> = []
    let position = from ?? (yield* run(walk.start))
    for (let page = 1; ; page += 1) {
      const read = yield* run(walk.read(position))
      items.push(...read.items)
      yield* between(page)
      const { next } = read
      if (!isMore(next)) return { items, pages: page, ending: next }
      position = next.position
    }
  })
  /** In requests as large as the verb allows; answers in the order of the patches. */
  const create = Effect.fn(function* (name: string, ...patches: ReadonlyArray<Fields>) {
    const verb = entity(name).target?.create ?? (yield* Effect.die(new Error("no create")))
    const ops = patches.map((patch, index) => ({ key: OpKey.make(`op-${index}`), patch }))
    // The same patches are the same batches, so calling it again is sending them again.
    const answers = yield* Effect.forEach(Arrays.chunksOf(ops, verb.max), (some, index) =>
      run(verb.run(some, OpKey.make(`batch-${index}`)))
    )
    const outcomes = new Map(answers.flatMap((each) => [...each]))
    return ops.map(({ key }) => outcomes.get(key))
  })
  const update = Effect.fn(function* (name: string, base: Fields, patch: Fields, op = "update") {
    const { id, target } = entity(name)
    const verb = target?.update ?? (yield* Effect.die(new Error("no update")))
    const key = OpKey.make(op)
    return (yield* run(verb.run([{ key, id: idOf(base, id), patch, base }], batch()))).get(key)
  })
  const remove = Effect.fn(function* (name: string, base: Fields) {
    const { id, target } = entity(name)
    const verb = target?.remove ?? (yield* Effect.die(new Error("no remove")))
    const key = OpKey.make("remove")
    return (yield* run(verb.run([{ key, id: idOf(base, id), base }], batch()))).get(key)
  })
  return { ...caller, drain, create, update, remove, requests }
})

const isMore = (next: unknown): next is { readonly _tag: "More"; readonly position: Schema.Json } =>
  typeof next === "object" && next !== null && "_tag" in next && next._tag === "More"

/** What an outcome says is stored; throws with the reason where it was refused. */
export const stored = <A>(outcome: Result.Result<A, Reason> | undefined): A => {
  if (outcome === undefined) throw new Error("no outcome")
  return Result.getOrThrowWith(outcome, (reason) => new Error(`not stored: ${JSON.stringify(reason)}`))
}

/** Why an outcome was refused; throws where it was not. */
export const refusal = (outcome: Result.Result<unknown, Reason> | undefined): Reason => {
  if (outcome === undefined || Result.isSuccess(outcome)) throw new Error("it was not refused")
  return outcome.failure
}
