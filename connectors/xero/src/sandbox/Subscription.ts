/** What Xero tells of changes: contacts, invoices and credit notes, signed over the raw body. https://developer.xero.com/documentation/guides/webhooks/overview/ */
import { createHmac } from "node:crypto"
import type { Webhooks } from "@syncline/connector/sandbox"
import { Effect } from "effect"
import * as Time from "../Time.ts"
import { text } from "./Json.ts"
import type { Changed } from "./Writes.ts"

/** With decreasing frequency for up to 24 hours; the pauses themselves are believed. */
export const retryAfterMs = [5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600].map((seconds) => seconds * 1000)

export const signature = (key: string, body: string): string => createHmac("sha256", key).update(body).digest("base64")

export const message = (url: string, key: string, body: string): Webhooks.Message => ({
  url,
  body,
  headers: () => ({ "x-xero-signature": signature(key, body) })
})

/** What Xero asks with when a webhook is set up; some of these requests have a wrong signature. */
export const intentToReceive = JSON.stringify({
  events: [],
  firstEventSequence: 0,
  lastEventSequence: 0,
  entropy: "S0m3r4Nd0mt3xt"
})

export const tell = (options: {
  readonly webhooks: Webhooks.Webhooks
  readonly url: string | null
  readonly key: string
  readonly tenantId: string
  readonly nowMs: Effect.Effect<number>
}): ((changed: ReadonlyArray<Changed>) => Effect.Effect<void>) => {
  const { key, nowMs, tenantId, url, webhooks } = options
  let sequence = 0
  return (changed) => {
    const told = changed.filter(({ resource }) => resource.category !== null)
    if (url === null || told.length === 0) return Effect.void
    return Effect.flatMap(nowMs, (ms) => {
      const first = sequence + 1
      const events = told.map(({ fields, id, isNew, resource }) => {
        sequence += 1
        return {
          resourceUrl: `https://api.xero.com/api.xro/2.0/${resource.plural}/${id}`,
          resourceId: id,
          eventDateUtc: Time.iso(ms).slice(0, -1),
          eventType: isNew ? "CREATE" : "UPDATE",
          eventCategory: resource.category,
          tenantId,
          tenantType: "ORGANISATION",
          ...(resource.category === "CREDITNOTE" && {
            data: { Type: text(fields, "Type"), Status: text(fields, "Status") }
          })
        }
      })
      const body = JSON.stringify({
        events,
        lastEventSequence: sequence,
        firstEventSequence: first,
        entropy: `entropy${sequence}`
      })
      return webhooks.tell(message(url, key, body))
    })
  }
}
