/** The connector on a sandbox account of its own within the process, as fast as it can go. */
import { HttpClient, HttpLayer } from "@syncline/connector"
import { Verbs } from "@syncline/connector/sandbox"
import { Effect, Schema, type Scope } from "effect"
import { Config, hubspot } from "../src/HubSpot.ts"
import * as HubSpotSandbox from "../src/sandbox/index.ts"

export const { idOf, refusal, stored } = Verbs

export interface Connected extends Verbs.Driven {
  readonly portal: HubSpotSandbox.HubSpotPortal
  /** Requests made so far. */
  readonly calls: Effect.Effect<number>
}

export const connected = Effect.fn(function* (
  options: HubSpotSandbox.Options = {},
  input: Record<string, Schema.Json> = {}
): Effect.fn.Return<Connected, Schema.SchemaError, Scope.Scope> {
  const portal = yield* HubSpotSandbox.open(options)
  const config = yield* Schema.decodeUnknownEffect(Config)({
    accessToken: HubSpotSandbox.defaultAccessToken,
    baseUrl: "http://127.0.0.1:4012",
    callsPer10Seconds: 1_000_000,
    callsPerDay: 1_000_000_000,
    ...input
  })
  const { http, calls } = yield* Effect.provide(
    HttpLayer.make(hubspot.remote(config)),
    HttpClient.layerOf(portal.remote)
  )
  const verbs = yield* Verbs.driven({ http, entities: hubspot.entities(config) }, portal.faults)
  return { portal, calls, ...verbs }
})
