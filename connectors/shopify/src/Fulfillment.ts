/** Fulfillments: parcels of an order. https://shopify.dev/docs/api/admin-graphql/latest/objects/Fulfillment */
import { type Command, type Entity, entity, type Http, type Invocation, type Update, Verb } from "@syncline/connector"
import { CanonicalMapping, RecordId, Reference, Transform } from "@syncline/core"
import { Effect, Schema } from "effect"
import { path } from "./Admin.ts"
import * as Dispatch from "./Dispatch.ts"
import * as Field from "./Field.ts"
import * as PartOfOrder from "./PartOfOrder.ts"
import * as Target from "./Target.ts"
import * as Time from "./Time.ts"

export const Fulfillment = Schema.Struct({
  id: RecordId,
  legacyResourceId: Schema.String,
  /** `#1001-F1`. */
  name: Schema.String,
  order: Schema.Struct({ id: Reference("order") }),
  /** CANCELLED, ERROR, FAILURE, OPEN, PENDING or SUCCESS. */
  status: Schema.String,
  trackingInfo: Schema.Array(
    Schema.Struct({ company: Field.MaybeText, number: Field.MaybeText, url: Field.MaybeText })
  ),
  totalQuantity: Schema.Int,
  deliveredAt: Field.MaybeText,
  createdAt: Field.Moment,
  updatedAt: Field.Moment
})
export type Fulfillment = typeof Fulfillment.Type

const canonical = CanonicalMapping.of<Fulfillment>()("fulfillment", [
  { source: "name", target: "number", direction: "source_to_target" },
  { source: "order.id", target: "order", direction: "source_to_target" },
  {
    source: "status",
    target: "status",
    direction: "source_to_target",
    transform: Transform.oneOf({
      CANCELLED: "cancelled",
      ERROR: "failed",
      FAILURE: "failed",
      OPEN: "pending",
      PENDING: "pending",
      SUCCESS: "in_transit"
    })
  },
  { source: "createdAt", target: "shipped_at", direction: "source_to_target" },
  { source: "deliveredAt", target: "delivered_at", direction: "source_to_target" }
])

export const part: PartOfOrder.Part<Fulfillment> = {
  schema: Fulfillment,
  type: "Fulfillment",
  field: "fulfillments",
  selection:
    "id legacyResourceId name order { id } status trackingInfo { company number url } totalQuantity deliveredAt createdAt updatedAt",
  cost: 3
}

/** Where a parcel is, as the mutation takes it: one carrier, with the number and address of each of its parcels. */
const trackingInput = (all: Fulfillment["trackingInfo"]): Readonly<Record<string, Schema.Json>> => {
  const texts = (values: ReadonlyArray<string | null>) => values.flatMap((value) => (value === null ? [] : [value]))
  return {
    company: texts(all.map(({ company }) => company))[0] ?? null,
    numbers: texts(all.map(({ number }) => number)),
    urls: texts(all.map(({ url }) => url))
  }
}

const trackingAtBirth = (value: Schema.Json): Schema.Json => (isTracking(value) ? trackingInput(value) : null)

const isTracking = Schema.is(Fulfillment.fields.trackingInfo)

/** https://shopify.dev/docs/api/admin-graphql/latest/mutations/fulfillmentTrackingInfoUpdate */
const track = Effect.fnUntraced(function* ({ base, id, patch }: Update<Fulfillment>) {
  const others = Object.keys(yield* Target.inputOf(patch, base, Target.plain("trackingInfo"), locked))
  const { trackingInfo } = patch
  if (others.length === 0 || !isTracking(trackingInfo)) return base
  const mutation: Target.Mutation = {
    name: "fulfillmentTrackingInfoUpdate",
    variables: "$id: ID!, $input: FulfillmentTrackingInput!",
    arguments: "fulfillmentId: $id, trackingInfoInput: $input",
    payload: "fulfillment",
    hasCode: false
  }
  return yield* Target.run(part, mutation, { id, input: trackingInput(trackingInfo) }, () => "trackingInfo")
})

const locked = {
  status: "a fulfillment is cancelled by the command cancel; carriers tell the rest",
  order: "a fulfillment keeps its order"
}

/** https://shopify.dev/docs/api/admin-graphql/latest/mutations/fulfillmentCancel */
const cancel: Command<Fulfillment, Http, "status"> = {
  ...Verb.each(({ id }: Invocation<Fulfillment>) =>
    Target.run(
      part,
      {
        name: "fulfillmentCancel",
        variables: "$id: ID!",
        arguments: "id: $id",
        payload: "fulfillment",
        hasCode: false
      },
      { id },
      () => "status"
    )
  ),
  performs: { field: "status", from: ["OPEN", "PENDING", "SUCCESS"], to: "CANCELLED" }
}

export const fulfillment: Entity<Fulfillment> = entity(Fulfillment, {
  id: "id",
  version: "updatedAt",
  canonical,
  changedAt: ({ updatedAt }) => Time.ms(updatedAt),
  changedAtPrecisionMs: 1000,
  endpoints: {
    list: { method: "POST", path, deltaSyncField: "updatedAt", pageSize: 50 },
    get: { method: "POST", path },
    changes: { method: "POST", path },
    create: { method: "POST", path, fields: ["order", "trackingInfo"] },
    update: { method: "POST", path, fields: ["trackingInfo"] },
    commands: { cancel: { method: "POST", path } }
  },
  source: {
    deltaSyncField: "updatedAt",
    ...PartOfOrder.source(part)
  },
  target: {
    create: Dispatch.create(part, [{ field: "trackingInfo", argument: "trackingInfo", as: trackingAtBirth }], locked),
    update: { ...Verb.each(track), refusesStale: false },
    commands: { cancel }
  }
})
