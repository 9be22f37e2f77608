/** Which connection's webhooks come in where. */
import { randomBytes } from "node:crypto"
import { ConnectionName, type TenantId } from "@syncline/core"
import { type SqlError, WebhookPaths } from "@syncline/store"
import { Context, Effect } from "effect"
import type { Connection } from "./Connection.ts"
import type { Registry } from "./Registry.ts"

/** Makes a path that nobody can guess: 128 bits, in 22 characters of an address. */
export const Unguessable = Context.Reference<{ readonly make: Effect.Effect<string> }>("@syncline/engine/Unguessable", {
  defaultValue: () => ({ make: Effect.sync(() => randomBytes(16).toString("base64url")) })
})

const shape = /^[\w-]{22}$/

export interface WebhookRoutes {
  /** The connection at the path, or null. Paths are looked up once: whoever guesses costs the database nothing. */
  readonly find: (path: string) => Effect.Effect<Connection | null, SqlError, WebhookPaths.WebhookPaths>
  /** The path of each connection that is called back, by the connection's name. */
  readonly all: Effect.Effect<ReadonlyMap<string, Connection>, SqlError, WebhookPaths.WebhookPaths>
}

export const make = ({ connections }: Registry, tenant: TenantId): WebhookRoutes => {
  let known: ReadonlyMap<string, Connection> | null = null
  const load = Effect.gen(function* () {
    const paths = yield* WebhookPaths.WebhookPaths
    const { make } = yield* Unguessable
    const calledBack = connections.filter(({ webhooks }) => webhooks !== null)
    const entries = yield* Effect.forEach(calledBack, (connection) =>
      Effect.gen(function* () {
        const path = yield* paths.ensure(tenant, ConnectionName.make(connection.name), yield* make)
        return [path, connection] as const
      })
    )
    known = new Map(entries)
    return known
  })
  const all = Effect.suspend(() => (known === null ? load : Effect.succeed(known)))
  return {
    all,
    find: (path) =>
      shape.test(path) ? Effect.map(all, (routes) => routes.get(path) ?? null) : Effect.succeed<Connection | null>(null)
  }
}
