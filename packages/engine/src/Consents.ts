/** Connecting by consent where any tenant's people may come: who begins has an invitation, who comes back is known by his state. */
import { HttpClient, type HttpLayer } from "@syncline/connector"
import { ConnectionName } from "@syncline/core"
import { type Authorizations, type Credentials, Keyring, type SqlError } from "@syncline/store"
import { Clock, Effect } from "effect"
import * as Connect from "./Connect.ts"
import { type EngineError, Refused, StoreUnavailable } from "./EngineError.ts"
import * as Invitation from "./Invitation.ts"
import type * as Registries from "./Registries.ts"

export interface Consents {
  /** `query` is what stands behind the `?` of the address. Fails with `Refused` where it is no invitation. */
  readonly begin: (
    connection: string,
    query: URLSearchParams,
    redirectUri: string
  ) => Effect.Effect<Connect.Begun, EngineError>
  readonly finish: (returned: Connect.Returned) => Effect.Effect<Connect.Finished, EngineError>
}

/** What the store gives to it. */
export type Services = Authorizations.Authorizations | Keyring.Keyring | Registries.Services

const uninvited = new Refused({
  detail:
    "this is no invitation to connect, or its time is over: ask whoever runs Syncline for another (syncline connections invite)"
})

/** What of the store goes wrong, as the engine tells it. */
const told = <A, R>(
  effect: Effect.Effect<A, EngineError | SqlError | Credentials.Unsealable, R>
): Effect.Effect<A, EngineError, R> =>
  Effect.mapError(effect, (error) => {
    switch (error._tag) {
      case "SqlError":
        return new StoreUnavailable({ detail: error.message })
      case "Unsealable":
        return new Refused({ detail: error.message })
      default:
        return error
    }
  })

export const make = Effect.fnUntraced(function* (
  registries: Registries.Registries
): Effect.fn.Return<Consents, never, Services | HttpLayer.Transport> {
  const services = yield* Effect.context<Services | HttpLayer.Transport>()
  const transport = yield* HttpClient.Transport
  const { masterKeys } = yield* Keyring.Keyring
  const begin = Effect.fn("Consents.begin")(function* (name: string, query: URLSearchParams, redirectUri: string) {
    const nowMs = yield* Clock.currentTimeMillis
    const tenant = Invitation.tenantOf(masterKeys, ConnectionName.make(name), query, nowMs)
    if (tenant === null) return yield* uninvited
    return yield* Connect.begin(yield* registries.of(tenant), tenant, name, redirectUri)
  }, Effect.scoped)
  const finish = Effect.fn("Consents.finish")(function* (returned: Connect.Returned) {
    const tenant = Connect.tenantOf(Connect.stateIn(returned))
    if (tenant === null) return yield* Connect.unknownState
    return yield* Effect.provideService(
      Connect.finish(yield* registries.of(tenant), tenant, returned),
      HttpClient.Transport,
      transport
    )
  }, Effect.scoped)
  return {
    begin: (name, query, redirectUri) => Effect.provideContext(told(begin(name, query, redirectUri)), services),
    finish: (returned) => Effect.provideContext(told(finish(returned)), services)
  }
})
