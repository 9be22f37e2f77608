/** A connector's own walks and verbs on one connection to its stand-in, while virtual time passes. */
import { type Connector, type Entity, Http, HttpClient, HttpLayer, type Position } from "@syncline/connector"
import { Transport, type Wire } from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"
import { Clock, Context, Effect, Fiber, Layer, Schema, type Scope } from "effect"
import { TestClock } from "effect/testing"

/** What went over the wire. */
export interface Heard {
  calls: number
  refused: number
}

export interface Opened {
  readonly entities: Readonly<Record<string, Entity<Fields, Http>>>
  readonly heard: Heard
  readonly provide: <A, E>(effect: Effect.Effect<A, E, Http>) => Effect.Effect<A, E>
}

/** What an open connection is bound to. */
export type Needs = Scope.Scope

/** Opens a connection with a person's configuration to the stand-in that `handler` is. */
export const open = Effect.fnUntraced(function* <Config>(
  connector: Connector<Config>,
  given: Schema.Json,
  handler: Wire.Handler
) {
  const config = yield* Effect.orDie(Schema.decodeUnknownEffect(connector.config)(given))
  const heard: Heard = { calls: 0, refused: 0 }
  const counted: Wire.Handler = (request) =>
    Effect.tap(handler(request), ({ body, status }) =>
      Effect.sync(() => {
        heard.calls += 1
        // Shopify says so under 200.
        if (status === 429 || (typeof body === "string" && body.includes('"THROTTLED"'))) heard.refused += 1
      })
    )
  const transport = yield* Layer.build(HttpClient.layerOf(Transport.client(counted)))
  const { http } = yield* Effect.provideContext(HttpLayer.make(connector.remote(config)), transport)
  const opened: Opened = {
    entities: connector.entities(config),
    heard,
    provide: (effect) => Effect.provideContext(effect, Context.make(Http, http))
  }
  return opened
})

/** A position is stored between two steps, and comes back as JSON. */
const stored = (position: Position): Position => JSON.parse(JSON.stringify(position))

/** Reads a listing to its end; `seen` is given each page's records. */
export const list = Effect.fnUntraced(function* ({ source }: Entity<Fields, Http>) {
  let records = 0
  let at = stored(yield* source.list.start)
  for (;;) {
    const { items, next } = yield* source.list.read(at)
    records += items.length
    if (next._tag === "Complete") return records
    if (next.afterMs !== undefined) yield* Effect.sleep(next.afterMs)
    at = stored(next.position)
  }
})

/** Reads what changed since a position. */
export const follow = Effect.fnUntraced(function* ({ source }: Entity<Fields, Http>, from: Position) {
  const { changes } = source
  if (changes === undefined) return 0
  let records = 0
  let at = stored(from)
  for (;;) {
    const { items, next } = yield* changes.read(at)
    records += items.length
    if (next._tag === "CaughtUp") return records
    if (next.afterMs !== undefined) yield* Effect.sleep(next.afterMs)
    at = stored(next.position)
  }
})

/** By how much time flows while nothing else can be done. */
const stepMs = 100

/** Runs it while virtual time passes, and tells how much of it did. */
export const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const startedAtMs = yield* Clock.currentTimeMillis
    const fiber = yield* Effect.forkChild(
      Effect.flatMap(effect, (value) => Effect.map(Clock.currentTimeMillis, (endedAtMs) => ({ value, endedAtMs })))
    )
    while (fiber.pollUnsafe() === undefined) {
      yield* breath
      if (fiber.pollUnsafe() === undefined) yield* TestClock.adjust(stepMs)
    }
    const { endedAtMs, value } = yield* Fiber.join(fiber)
    return { value, ms: endedAtMs - startedAtMs }
  })

/** As many turns of the event loop may go by within a step before time does: reading and parsing a large file's part takes a few. */
const turnsAStep = 50

/** Lets whatever is ready run first. */
const breath = Effect.callback<void>((resume) => {
  const turn = (left: number): void => {
    if (left === 0) resume(Effect.void)
    else setImmediate(turn, left - 1)
  }
  turn(turnsAStep)
})
