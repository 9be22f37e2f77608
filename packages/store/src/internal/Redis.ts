/** The one place that knows the Redis client. Redis may be slow, gone or wrong: then it is as if it had nothing. */
import { Effect, Redacted, type Scope } from "effect"

export interface Redis {
  /** The values of these keys, in their order; null where there is none, and everywhere when Redis does not answer. */
  readonly get: (keys: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<string | null>>
  /** Keeps values for a while. Nobody waits for it, and nobody hears of its failure. */
  readonly set: (values: ReadonlyArray<readonly [key: string, value: string]>) => Effect.Effect<void>
}

/** Postgres answers a look-up sooner than this, so a slower Redis is of no use. */
const answerWithin = "100 millis"

/** How long what nobody asks for is kept. */
const keptMs = 600_000

/** Tried again after this, so that a Redis that is down costs nothing in between. */
const reconnectAfterMs = 2000

/** Connects in the background, and again whenever the connection is lost. */
export const open = Effect.fn("Redis.open")(function* (
  url: Redacted.Redacted
): Effect.fn.Return<Redis, never, Scope.Scope> {
  // Loaded only where Redis is used: it is 660 modules, and 40 MiB of every process that loads them.
  const { createClient } = yield* Effect.promise(() => import("redis"))
  const client = createClient({
    url: Redacted.value(url),
    RESP: 2,
    disableOfflineQueue: true,
    socket: { connectTimeout: reconnectAfterMs, reconnectStrategy: () => reconnectAfterMs }
  })
  // Without a listener an error of the connection would end the process.
  client.on("error", () => {})
  yield* Effect.forkScoped(Effect.ignore(Effect.tryPromise(() => client.connect())))
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      client.destroy()
    })
  )
  const nothing = (keys: ReadonlyArray<string>) => keys.map(() => null)
  return {
    get: (keys) =>
      keys.length === 0 || !client.isReady
        ? Effect.succeed(nothing(keys))
        : Effect.tryPromise(() => client.mGet([...keys])).pipe(
            Effect.timeout(answerWithin),
            Effect.orElseSucceed(() => nothing(keys))
          ),
    set: (values) =>
      values.length === 0 || !client.isReady
        ? Effect.void
        : Effect.tryPromise(() =>
            Promise.all(
              values.map(([key, value]) => client.set(key, value, { expiration: { type: "PX", value: keptMs } }))
            )
          ).pipe(Effect.timeout(answerWithin), Effect.ignore)
  }
})
