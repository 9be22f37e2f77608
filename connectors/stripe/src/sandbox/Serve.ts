/** The account on a loopback port, for the official SDK and for other processes. */
import { Caller, Server } from "@syncline/connector/sandbox"
import { Effect, type Scope } from "effect"
import { entities } from "./Plan.ts"
import type { StripeAccount } from "./StripeAccount.ts"

/**
 * Listens, and sends webhooks, until the scope closes. With `control`, `GET /_sandbox/calls` answers the calls by endpoint and `GET /_sandbox/counts`
 * the live records by entity.
 */
export const serve = Effect.fn("StripeSandbox.serve")(function* (
  account: StripeAccount,
  options: { readonly port?: number; readonly control?: boolean } = {}
): Effect.fn.Return<Server.Listening, Server.ServerUnusable, Scope.Scope> {
  const counts = Effect.forEach(entities, (entity) =>
    Effect.map(account.count(entity), (count) => [entity, count] as const)
  )
  yield* Effect.forkScoped(account.webhooks.run(Caller.send))
  return yield* Server.listen(account.handler, {
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.control === true
      ? {
          control: {
            calls: Effect.map(account.calls.byEndpoint, (calls) => Object.fromEntries(calls)),
            counts: Effect.map(counts, (each) => Object.fromEntries(each))
          }
        }
      : {})
  })
})
