/**
 * Webhook endpoints of the account and what is sent to them. https://docs.stripe.com/api/webhook_endpoints
 *
 * They live as long as the process does: whoever wants webhooks asks for them again.
 */
import { createHmac } from "node:crypto"
import type { Fields } from "@syncline/core"
import { Webhooks, Wire } from "@syncline/connector/sandbox"
import { Effect, Result } from "effect"
import * as Form from "./Form.ts"
import { text } from "./Json.ts"
import { apiVersion } from "./Options.ts"
import * as P from "./Parameters.ts"
import * as Refusal from "./Refusal.ts"

/** Live accounts are retried for up to three days with growing pauses; the pauses themselves are believed. */
export const retryAfterMs = [1, 5, 60, 600, 3600, 6 * 3600, 12 * 3600, 24 * 3600, 29 * 3600].map((s) => s * 1000)

export interface WebhookEndpoints {
  /** Answers a request below `/v1/webhook_endpoints`. */
  readonly answer: (request: Wire.Request, id: string | undefined, nowMs: number) => Wire.Reply
  /** Sends the events to every endpoint that wants them. */
  readonly tell: (events: ReadonlyArray<Fields>) => Effect.Effect<void>
  readonly webhooks: Webhooks.Webhooks
}

interface Endpoint {
  readonly shown: Fields
  readonly secret: string
}

const writable: P.Parameters = {
  ...P.expand,
  url: P.solidText,
  enabled_events: P.list(P.solidText, 300),
  description: P.text,
  metadata: P.metadata
}

export const make = Effect.fnUntraced(function* (
  options: Omit<Webhooks.Options, "retryAfterMs"> = {}
): Effect.fn.Return<WebhookEndpoints> {
  const webhooks = yield* Webhooks.make({ retryAfterMs, ...options })
  const endpoints = new Map<string, Endpoint>()
  let made = 0

  const create = (sent: Form.Hash, nowMs: number): Answer =>
    Result.map(
      P.read(sent, { ...writable, api_version: P.solidText, ...P.unmodelled("connect") }, ["enabled_events", "url"]),
      (given) => {
        made += 1
        const id = `we_1NnCiB7Wz01zgkWQ${String(made).padStart(4, "0")}`
        const secret = `whsec_sandbox${createHmac("sha256", "sandbox").update(id).digest("hex").slice(0, 26)}`
        const shown: Fields = {
          id,
          object: "webhook_endpoint",
          api_version: given["api_version"] ?? null,
          application: null,
          created: Math.floor(nowMs / 1000),
          description: given["description"] ?? null,
          enabled_events: given["enabled_events"] ?? [],
          livemode: false,
          metadata: given["metadata"] ?? {},
          status: "enabled",
          url: given["url"] ?? ""
        }
        endpoints.set(id, { shown, secret })
        return { ...shown, secret }
      }
    )

  const update = (endpoint: Endpoint, sent: Form.Hash): Answer =>
    Result.map(P.read(sent, { ...writable, disabled: P.boolean }, []), ({ disabled, ...given }) => {
      const status = disabled === undefined ? endpoint.shown["status"] : disabled === true ? "disabled" : "enabled"
      const shown: Fields = { ...endpoint.shown, ...given, status: status ?? "enabled" }
      endpoints.set(text(shown, "id"), { ...endpoint, shown })
      return shown
    })

  const answer = (request: Wire.Request, id: string | undefined, nowMs: number): Answer => {
    const { method } = request
    const sent = Form.decode([request.query, request.body].filter((each) => each !== "").join("&"))
    if (id === undefined && method === "GET")
      return Result.succeed({
        object: "list",
        url: "/v1/webhook_endpoints",
        has_more: false,
        data: [...endpoints.values()].map(({ shown }) => shown).reverse()
      })
    if (id === undefined && method === "POST") return create(sent, nowMs)
    const endpoint = endpoints.get(id ?? "")
    if (endpoint === undefined) return Result.fail(Refusal.missing("webhook endpoint", id ?? ""))
    if (method === "POST") return update(endpoint, sent)
    if (method !== "DELETE") return Result.succeed(endpoint.shown)
    endpoints.delete(text(endpoint.shown, "id"))
    return Result.succeed({ id: text(endpoint.shown, "id"), object: "webhook_endpoint", deleted: true })
  }

  return {
    webhooks,
    answer: (request, id, nowMs) => {
      const answered = answer(request, id, nowMs)
      return Result.isSuccess(answered)
        ? Wire.json(200, JSON.stringify(answered.success))
        : Refusal.reply(answered.failure)
    },
    tell: (events) =>
      Effect.forEach(
        events.flatMap((event) => [...endpoints.values()].flatMap((endpoint) => messageOf(event, endpoint))),
        webhooks.tell,
        { discard: true }
      )
  }
})

type Answer = Result.Result<Fields, Refusal.Refusal>

/** Rendered in the endpoint's version; one without gets the account's default, which here is the newest. */
const messageOf = (event: Fields, { secret, shown }: Endpoint): ReadonlyArray<Webhooks.Message> => {
  const topics = shown["enabled_events"]
  const isWanted = Array.isArray(topics) && topics.some((topic) => topic === "*" || topic === event["type"])
  if (!isWanted || shown["status"] !== "enabled") return []
  const body = JSON.stringify({ ...event, api_version: shown["api_version"] ?? apiVersion }, null, 2)
  return [
    { url: text(shown, "url"), body, headers: (nowMs) => ({ "Stripe-Signature": signature(secret, body, nowMs) }) }
  ]
}

/** https://docs.stripe.com/webhooks/signature */
export const signature = (secret: string, body: string, nowMs: number): string => {
  const time = Math.floor(nowMs / 1000)
  return `t=${time},v1=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`
}
