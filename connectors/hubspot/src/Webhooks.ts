/**
 * HubSpot's webhooks: many events a request, of many accounts perhaps, signed with the app's secret over method, address, body and
 * time. What is told is set up by a person, in the app. https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide
 */
import { type Claim, type Delivery, type Proof, Verb, type WebhookRequest, type Webhooks } from "@syncline/connector"
import { RecordId } from "@syncline/core"
import { Effect, type Redacted, Schema } from "effect"

export interface Settings {
  readonly clientSecrets?: ReadonlyArray<Redacted.Redacted>
}

const Id = Schema.Union([Schema.String, Schema.Finite])
const Event = Schema.Struct({
  eventId: Id,
  portalId: Id,
  occurredAt: Schema.Finite,
  subscriptionType: Schema.String,
  objectId: Schema.optionalKey(Id),
  objectTypeId: Schema.optionalKey(Schema.String),
  propertyName: Schema.optionalKey(Schema.String),
  fromObjectId: Schema.optionalKey(Id),
  toObjectId: Schema.optionalKey(Id),
  primaryObjectId: Schema.optionalKey(Id),
  mergedObjectIds: Schema.optionalKey(Schema.Array(Id)),
  newObjectId: Schema.optionalKey(Schema.NullOr(Id))
})
type Event = typeof Event.Type
const Events = Schema.Array(Event)

/** Of the `object.*` events. https://developers.hubspot.com/docs/guides/crm/understanding-the-crm#object-type-ids */
const entities: Readonly<Record<string, string>> = {
  "0-1": "contact",
  "0-2": "company",
  "0-3": "deal",
  "0-5": "ticket",
  "0-7": "product",
  "0-8": "line_item"
}
const known = new Set(Object.values(entities))

const entityOf = ({ objectTypeId, subscriptionType }: Event): string | null => {
  const [subject = ""] = subscriptionType.split(".")
  if (subject === "object") return entities[objectTypeId ?? ""] ?? null
  return known.has(subject) ? subject : null
}

const id = (value: string | number): RecordId => RecordId.make(String(value))

const changes = (event: Event): ReadonlyArray<Claim["change"]> => {
  const { fromObjectId, mergedObjectIds = [], newObjectId, objectId, primaryObjectId, subscriptionType } = event
  const [, verb = ""] = subscriptionType.split(".")
  const winner = newObjectId ?? primaryObjectId ?? objectId
  switch (verb) {
    case "deletion":
    case "privacyDeletion":
      return objectId === undefined ? [] : [Verb.gone(id(objectId))]
    case "merge": {
      if (winner === undefined) return []
      // Where the winner is a new record, the one that was the primary is a loser like the others.
      const losers = [...mergedObjectIds, ...(primaryObjectId === undefined ? [] : [primaryObjectId])].map(id)
      return [
        ...losers
          .filter((loser) => loser !== id(winner))
          .map((loser) => ({ _tag: "Merged" as const, id: loser, into: id(winner) })),
        Verb.touched(id(winner))
      ]
    }
    case "associationChange":
      return fromObjectId === undefined ? [] : [Verb.touched(id(fromObjectId))]
    default:
      return objectId === undefined ? [] : [Verb.touched(id(objectId))]
  }
}

/** An event's id is not promised to be its own, so its name has what it is about besides. */
const nameOf = (event: Event): string =>
  [
    event.portalId,
    event.subscriptionType,
    event.objectId ?? event.fromObjectId ?? event.primaryObjectId ?? "",
    event.toObjectId ?? event.propertyName ?? "",
    event.occurredAt,
    event.eventId
  ].join(" ")

const parse = (json: unknown): Effect.Effect<Delivery, Schema.SchemaError> =>
  Effect.map(Schema.decodeUnknownEffect(Events)(json), (events) => ({
    claims: events.flatMap((event) => {
      const entity = entityOf(event)
      if (entity === null) return []
      return changes(event).map((change): Claim => ({
        deliveryId: `${nameOf(event)} ${change._tag} ${change.id}`,
        account: String(event.portalId),
        entity,
        change
      }))
    })
  }))

/** What HubSpot decodes before it signs; the `?` that begins the query stays as it is, and other escapes too. */
const decoded: ReadonlyArray<readonly [RegExp, string]> = "3A: 2F/ 3F? 40@ 21! 24$ 27' 28( 29) 2A* 2C, 3B;"
  .split(" ")
  .map((pair) => [new RegExp(`%${pair.slice(0, 2)}`, "gi"), pair.slice(2)])
/** https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation#validate-the-v3-request-signature */
export const signedUrl = (url: string): string =>
  decoded.reduce((text, [escape, char]) => text.replaceAll(escape, () => char), url)

const proof = ({ body, headers, method, url }: WebhookRequest): Proof | null => {
  const signature = headers["x-hubspot-signature-v3"]
  const timestamp = headers["x-hubspot-request-timestamp"] ?? ""
  return signature === undefined || !/^\d{1,15}$/.test(timestamp)
    ? null
    : {
        signatures: [signature],
        signed: [method.toUpperCase(), signedUrl(url), body, timestamp],
        signedAtMs: Number(timestamp)
      }
}

export const webhooks: Webhooks<Settings> = {
  signature: {
    encoding: "base64",
    toleranceMs: 300_000,
    secrets: ({ clientSecrets }) => clientSecrets ?? [],
    proof
  },
  // Up to ten times within about a day; a day more costs nothing.
  repeatsForMs: 172_800_000,
  parse
}
