/** Which connection's webhooks come in where. */
import { ConnectionName, type TenantId } from "@syncline/core"
import { Entropy, Fleet, type SqlError, WebhookPaths } from "@syncline/store"
import { Clock, Effect, Option, Semaphore } from "effect"
import type { Connection } from "./Connection.ts"
import type { Registry } from "./Registry.ts"

/** So many bytes that nobody can guess: 22 characters of an address. */
const pathBytes = 16

/** The path of each connection that is called back, by the path. One that has none yet gets it now, and keeps it. */
export const ensure = Effect.fn("WebhookRoutes.ensure")(function* (
  { connections }: Registry,
  tenant: TenantId
): Effect.fn.Return<ReadonlyMap<string, Connection>, SqlError, WebhookPaths.WebhookPaths> {
  const paths = yield* WebhookPaths.WebhookPaths
  const { bytes } = yield* Entropy.Entropy
  const calledBack = connections.filter(({ webhooks }) => webhooks !== null)
  const entries = yield* Effect.forEach(calledBack, (connection) =>
    Effect.gen(function* () {
      const unguessable = Buffer.from(yield* bytes(pathBytes)).toString("base64url")
      const path = yield* paths.ensure(tenant, ConnectionName.make(connection.name), unguessable)
      return [path, connection] as const
    })
  )
  return new Map(entries)
})

const shape = /^[\w-]{22}$/

/** How long a path is taken for unknown before it is asked for again, and how many are remembered. */
const unknownForMs = 10_000
const mostUnknown = 10_000

/** Look-ups at once: whoever guesses paths waits for himself. */
const lookUpsAtOnce = 2

/** Looks paths up, once each. What cannot be a path costs nothing, and one that is not known little. */
export const finder = (): ((path: string) => Effect.Effect<WebhookPaths.WebhookPath | null, SqlError, Fleet.Fleet>) => {
  const known = new Map<string, WebhookPaths.WebhookPath>()
  const unknownUntilMs = new Map<string, number>()
  const turn = Semaphore.makeUnsafe(lookUpsAtOnce)
  const ask = Effect.fnUntraced(function* (path: string, nowMs: number) {
    const { webhookPath } = yield* Fleet.Fleet
    const found = yield* webhookPath(path)
    if (Option.isSome(found)) {
      known.set(path, found.value)
      return found.value
    }
    if (unknownUntilMs.size >= mostUnknown) unknownUntilMs.clear()
    unknownUntilMs.set(path, nowMs + unknownForMs)
    return null
  })
  return Effect.fnUntraced(function* (path) {
    const found = known.get(path)
    if (found !== undefined) return found
    if (!shape.test(path)) return null
    const nowMs = yield* Clock.currentTimeMillis
    const untilMs = unknownUntilMs.get(path)
    return untilMs !== undefined && nowMs < untilMs ? null : yield* turn.withPermits(1)(ask(path, nowMs))
  })
}
