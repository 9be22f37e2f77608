/**
 * Xero's webhooks: contacts, invoices and credit notes, several events a request, no deletions and no data.
 * https://developer.xero.com/documentation/guides/webhooks/overview/
 *
 * They are set up by a person at developer.xero.com. Xero then asks with an empty list of events, signed rightly and wrongly, and
 * wants 200 and 401: an ordinary verification answers that.
 */
import { type Delivery, Signature, type Webhooks } from "@syncline/connector"
import { RecordId } from "@syncline/core"
import { Effect, type Redacted, Schema } from "effect"

export interface Settings {
  readonly tenantId?: string
  readonly webhookKeys?: ReadonlyArray<Redacted.Redacted>
}

const entities: Readonly<Record<string, string>> = {
  CONTACT: "contact",
  INVOICE: "invoice",
  CREDITNOTE: "credit_note"
}

const Events = Schema.Struct({
  events: Schema.Array(
    Schema.Struct({
      resourceId: RecordId,
      eventDateUtc: Schema.String,
      eventType: Schema.String,
      eventCategory: Schema.String,
      tenantId: Schema.String
    })
  )
})

const parse = (json: unknown): Effect.Effect<Delivery, Schema.SchemaError> =>
  Effect.map(Schema.decodeUnknownEffect(Events)(json), ({ events }) => ({
    claims: events.flatMap(({ eventCategory, eventDateUtc, eventType, resourceId, tenantId }) => {
      const entity = entities[eventCategory]
      return entity === undefined
        ? []
        : [
            {
              // An event has no id of its own.
              deliveryId: `${eventCategory} ${resourceId} ${eventType} ${eventDateUtc}`,
              account: tenantId,
              entity,
              change: { _tag: "Touched", id: resourceId } as const
            }
          ]
    })
  }))

export const webhooks: Webhooks<Settings> = {
  signature: {
    encoding: "base64",
    toleranceMs: null,
    secrets: ({ webhookKeys }) => webhookKeys ?? [],
    proof: Signature.ofBody("x-xero-signature")
  },
  repeatsForMs: 86_400_000,
  parse,
  // An app has one address for all organisations that are connected to it.
  concerns: (account, { tenantId }) => tenantId === undefined || account === tenantId
}
