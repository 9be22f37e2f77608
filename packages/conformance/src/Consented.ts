/** A connection that a person enters by consent, and processes that share nothing but the store in which its tokens are kept. */
import { HttpClient, type OAuth2 } from "@syncline/connector"
import type { OAuthServer, Wire } from "@syncline/connector/sandbox"
import { TenantId } from "@syncline/core"
import { defineConfig, Engine } from "@syncline/engine"
import { Effect, Layer, type Scope } from "effect"
import { type Skipped, skip } from "./Check.ts"
import * as Consent from "./Consent.ts"
import { offered, type Subject } from "./Subject.ts"
import * as Tap from "./Tap.ts"

const connection = "provider"

/** What a person is told to do when a connection cannot be entered any more. */
export const remedy = `syncline connections connect ${connection}`

export interface Process {
  /** Proves the connection by one call. */
  readonly check: Effect.Effect<{ readonly ok: boolean; readonly detail: string }>
}

export interface Consented {
  readonly authorization: OAuthServer.OAuthServer
  /** What the connector says of the provider's tokens. */
  readonly auth: OAuth2.OAuth2
  readonly tap: Tap.Tap
  /** The person goes to the provider, consents, and comes back. */
  readonly connect: Effect.Effect<void, never, Scope.Scope>
  /** Another process that begins now. */
  readonly process: Effect.Effect<Process, never, Scope.Scope>
}

let tenants = 0

export const open = Effect.fn("Consented.open")(function* (
  subject: Subject
): Effect.fn.Return<Consented, Skipped, Scope.Scope> {
  yield* offered(subject.openings.byConsent)
  const { account, config, remote } = yield* subject.open({ byConsent: true })
  const { authorization, wire } = account
  if (authorization === null || wire === null || remote._tag === "Sql")
    return yield* skip("it is not entered by consent")
  const { auth } = remote
  if (auth._tag !== "OAuth2")
    return yield* Effect.die(
      new Error("the sandbox says that it is entered by consent, and the connector enters by a key")
    )
  const tap = Tap.make(wire.handler)
  const tenant = TenantId.make(`consent-${subject.connector.name}-${(tenants += 1)}`)
  const project = defineConfig({
    connections: { [connection]: { connector: subject.connector, config: account.config } },
    integrations: {}
  })
  const engine = Layer.build(
    Engine.layer(project, tenant).pipe(
      Layer.provide(subject.store.layer),
      Layer.provide(Layer.succeed(HttpClient.Transport, HttpClient.Transport.of(tap.transport)))
    )
  ).pipe(
    Effect.flatMap((services) => Effect.provideContext(Engine, services)),
    Effect.orDie
  )
  return {
    authorization,
    auth,
    tap,
    connect: Effect.flatMap(engine, ({ connect }) => Effect.orDie(consent(connect, wire.handler))),
    process: Effect.map(engine, ({ check }) => ({
      check: Effect.map(check, (lines) => {
        const line = lines.find(({ subject }) => subject.startsWith(`connection "${connection}"`))
        if (line === undefined) throw new Error(`there is no connection "${connection}" in ${JSON.stringify(config)}`)
        return line
      })
    }))
  }
})

const consent = Effect.fnUntraced(function* (connect: Engine["Service"]["connect"], provider: Wire.Handler) {
  const { binding, url } = yield* connect.begin(connection, Consent.back)
  const { choices } = yield* connect.finish({ ...(yield* Consent.given(url, provider)), binding })
  if (choices.length > 0) throw new Error(`the consent reaches several accounts: ${choices.join("; ")}`)
})
