/** Stripe's API over the wire: keys, limits, routes, headers. */
import { Authorization, type Calls, type Faults, type Journal, RateLimit, Wire } from "@syncline/connector/sandbox"
import { DateTime, Effect, Result } from "effect"
import { accountId } from "./AccountRecord.ts"
import { apiVersion, type Limits } from "./Options.ts"
import { type Account, read } from "./Reads.ts"
import * as Refusal from "./Refusal.ts"
import * as Routes from "./Routes.ts"
import type { WebhookEndpoints } from "./WebhookEndpoints.ts"
import type { Writes } from "./Writes.ts"

export interface Options {
  readonly account: Account
  readonly writes: Writes
  readonly calls: Calls.Calls
  readonly faults: Faults.Faults
  readonly endpoints: WebhookEndpoints
  readonly apiKey: string
  readonly restrictedKeys: Readonly<Record<string, ReadonlyArray<string>>>
  readonly limits: Limits | null
}

export const handler = (options: Options): Wire.Handler => {
  const admit = admission(options.limits)
  let requests = 0
  return options.faults.around(
    Effect.fnUntraced(function* (request) {
      const nowMs = yield* options.account.nowMs
      const found = Routes.find(request)
      requests += 1
      const requestId = `req_${nowMs.toString(36)}${requests.toString(36).padStart(6, "0")}`
      const reply = yield* options.calls.record(found.endpoint).pipe(
        Effect.andThen(() => {
          const refused = notAllowed(options, request, found)
          if (refused !== undefined) return Effect.succeed(Refusal.reply(refused))
          return admit(found.endpoint, nowMs, options, handle(options, request, found, nowMs, requestId))
        }),
        Effect.catch((error) => Effect.succeed(Refusal.reply(unwritten(error))))
      )
      return { ...reply, headers: { ...common(nowMs, requestId, request), ...reply.headers } }
    })
  )
}

const handle = (
  { account, endpoints, writes }: Options,
  request: Wire.Request,
  { route }: Routes.Found,
  nowMs: number,
  requestId: string
): Effect.Effect<Wire.Reply, Journal.JournalUnusable> => {
  if (route._tag === "Create" || route._tag === "Act") return writes.write(route, request, requestId)
  if (route._tag === "WebhookEndpoints") return Effect.succeed(endpoints.answer(request, route.id, nowMs))
  const body = read(account, route, request, nowMs)
  return Effect.succeed(Result.isSuccess(body) ? Wire.json(200, body.success) : Refusal.reply(body.failure))
}

const notAllowed = (
  { apiKey, restrictedKeys }: Options,
  request: Wire.Request,
  { entity }: Routes.Found
): Refusal.Refusal | undefined => {
  const key = Authorization.key(request)
  if (key === undefined) return Refusal.noKey
  const account = request.headers["stripe-account"]
  if (account !== undefined && account !== accountId) return Refusal.foreignAccount(Authorization.masked(key), account)
  if (key === apiKey) return undefined
  const readable = Object.hasOwn(restrictedKeys, key) ? restrictedKeys[key] : undefined
  if (readable === undefined) return Refusal.invalidKey(Authorization.masked(key))
  return request.method === "GET" && readable.includes(entity)
    ? undefined
    : Refusal.forbidden(Authorization.masked(key), `${entity}_${request.method === "GET" ? "read" : "write"}`)
}

type Admit = (
  endpoint: string,
  nowMs: number,
  options: Options,
  handled: Effect.Effect<Wire.Reply, Journal.JournalUnusable>
) => Effect.Effect<Wire.Reply, Journal.JournalUnusable>

const admission = (limits: Limits | null): Admit => {
  if (limits === null) return (_endpoint, _nowMs, _options, handled) => handled
  const account = RateLimit.bucket(limits.perSecond)
  const endpoints = RateLimit.buckets(limits.perEndpointPerSecond)
  const gate = RateLimit.gate(limits.atOnce)
  return (endpoint, nowMs, options, handled) =>
    Effect.suspend(() => {
      const refused = (reason: string) => Effect.succeed(tooMany(reason, options.account.profile.retryAfterSeconds))
      if (!account.take(nowMs)) return refused("global-rate")
      if (!endpoints.take(endpoint, nowMs)) return refused("endpoint-rate")
      if (!gate.enter()) return refused("global-concurrency")
      return Effect.ensuring(handled, Effect.sync(gate.leave))
    })
}

/** The names of the reasons are believed, not checked. */
export const tooMany = (reason: string, retryAfterSeconds: number | null): Wire.Reply =>
  Refusal.reply(Refusal.rateLimited, {
    "Stripe-Rate-Limited-Reason": reason,
    ...(retryAfterSeconds === null ? {} : { "Retry-After": String(retryAfterSeconds) })
  })

const unwritten = ({ path, detail }: Journal.JournalUnusable): Refusal.Refusal =>
  Refusal.broken(`The sandbox could not write ${path}: ${detail}. Make room or make it writable, then try again.`)

const common = (nowMs: number, requestId: string, request: Wire.Request): Readonly<Record<string, string>> => ({
  Date: DateTime.toDateUtc(DateTime.makeUnsafe(nowMs)).toUTCString(),
  "Request-Id": requestId,
  "Stripe-Version": request.headers["stripe-version"] ?? apiVersion
})
