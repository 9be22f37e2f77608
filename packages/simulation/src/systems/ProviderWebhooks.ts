/**
 * The webhooks of a simulated provider, as its documentation has them: of each change one, signed with a secret and the time of sending,
 * and sent again until it is taken.
 */
import { createHmac } from "node:crypto"
import { type Claim, Verb, type WebhookRequest, type Webhooks } from "@syncline/connector"
import { RecordId } from "@syncline/core"
import { Effect, type Redacted, Schema } from "effect"

const Told = Schema.Struct({
  event: Schema.String,
  entity: Schema.String,
  id: RecordId,
  change: Schema.Literals(["changed", "deleted", "merged"]),
  into: Schema.NullOr(RecordId)
})

/** What one of them says. */
export type Told = typeof Told.Type

const header = "x-signature"

/** How long one is sent again at most. */
export const repeatsForMs = 600_000

export const webhooks = <Config>(secretOf: (config: Config) => Redacted.Redacted): Webhooks<Config> => ({
  signature: {
    encoding: "hex",
    toleranceMs: 300_000,
    secrets: (config) => [secretOf(config)],
    proof: ({ body, headers }) => {
      const [signedAt = "", signature = ""] = (headers[header] ?? "").split(".")
      return signature === ""
        ? null
        : { signatures: [signature], signed: [signedAt, ".", body], signedAtMs: Number(signedAt) }
    }
  },
  repeatsForMs,
  parse: (json) => Effect.map(Schema.decodeUnknownEffect(Told)(json), (told) => ({ claims: [claimOf(told)] }))
})

const claimOf = ({ change, entity, event, id, into }: Told): Claim => ({
  deliveryId: event,
  entity,
  change:
    change === "deleted"
      ? Verb.gone(id)
      : change === "merged" && into !== null
        ? { _tag: "Merged", id, into }
        : Verb.touched(id)
})

/** As it goes out at a moment. */
export const requestOf = (told: Told, url: string, secret: string, nowMs: number): WebhookRequest => {
  const text = JSON.stringify(told)
  const signature = createHmac("sha256", secret).update(`${nowMs}.${text}`).digest("hex")
  return {
    method: "POST",
    url,
    headers: { "content-type": "application/json", [header]: `${nowMs}.${signature}` },
    body: new TextEncoder().encode(text)
  }
}
