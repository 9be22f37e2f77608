/** The connector on a sandbox organisation of its own within the process, as fast as it can go. */
import { HttpClient, HttpLayer } from "@syncline/connector"
import { Verbs } from "@syncline/connector/sandbox"
import { Effect, Schema, type Scope } from "effect"
import * as XeroSandbox from "../src/sandbox/index.ts"
import { Config, xero } from "../src/Xero.ts"

export const { idOf, refusal, stored } = Verbs

export interface Connected extends Verbs.Driven {
  readonly organisation: XeroSandbox.XeroOrganisation
  /** Requests made so far. */
  readonly calls: Effect.Effect<number>
}

export const connected = Effect.fn(function* (
  options: XeroSandbox.Options & { readonly lagMs?: number } = {},
  input: Record<string, Schema.Json> = {}
): Effect.fn.Return<Connected, Schema.SchemaError, Scope.Scope> {
  const organisation = yield* XeroSandbox.open(options)
  const config = yield* Schema.decodeUnknownEffect(Config)({
    tenantId: organisation.tenantId,
    accessToken: XeroSandbox.defaultAccessToken,
    baseUrl: "http://127.0.0.1:4011",
    callsPerMinute: 1_000_000,
    ...input
  })
  const { http, calls } = yield* Effect.provide(
    HttpLayer.make(xero.remote(config)),
    HttpClient.layerOf(organisation.remote)
  )
  const verbs = yield* Verbs.driven({ http, entities: xero.entities(config) }, organisation.faults)
  return { organisation, calls, ...verbs }
})
