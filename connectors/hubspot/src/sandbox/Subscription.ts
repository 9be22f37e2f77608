/** What HubSpot tells of changes: up to 100 events a request, signed over method, address, body and time. https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide */
import { createHmac } from "node:crypto"
import type { Webhooks } from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"
import { Array as Arrays, Effect } from "effect"
import { signedUrl } from "../Webhooks.ts"

/** Up to ten times within about a day; the pauses themselves are random at HubSpot. */
export const retryAfterMs = [60, 120, 300, 600, 1800, 3600, 7200, 14_400, 28_800, 28_800].map(
  (seconds) => seconds * 1000
)

const eventsAtOnce = 100

export const signature = (secret: string, method: string, url: string, body: string, timestamp: string): string =>
  createHmac("sha256", secret)
    .update(method + signedUrl(url) + body + timestamp)
    .digest("base64")

export const message = (url: string, secret: string, body: string): Webhooks.Message => ({
  url,
  body,
  headers: (nowMs) => ({
    "X-HubSpot-Request-Timestamp": String(nowMs),
    "X-HubSpot-Signature-Version": "v3",
    "X-HubSpot-Signature-v3": signature(secret, "POST", url, body, String(nowMs))
  })
})

/** `subscriptionType` and what it is about. */
export interface Event extends Fields {
  readonly subscriptionType: string
}

export type Tell = (events: ReadonlyArray<Event>) => Effect.Effect<void>

export const tell = (options: {
  readonly webhooks: Webhooks.Webhooks
  readonly url: string | null
  readonly secret: string
  readonly portalId: number
  readonly nowMs: Effect.Effect<number>
}): Tell => {
  const { nowMs, portalId, secret, url, webhooks } = options
  let made = 0
  return Effect.fnUntraced(function* (events) {
    if (url === null || events.length === 0) return
    const occurredAt = yield* nowMs
    const whole = events.map((event) => {
      made += 1
      return {
        eventId: made,
        subscriptionId: 12,
        portalId,
        appId: 54_321,
        occurredAt,
        attemptNumber: 0,
        changeSource: "CRM_UI",
        ...event
      }
    })
    for (const some of Arrays.chunksOf(whole, eventsAtOnce))
      yield* webhooks.tell(message(url, secret, JSON.stringify(some)))
  })
}
