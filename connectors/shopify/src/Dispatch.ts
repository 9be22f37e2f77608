/**
 * A parcel is made of all that is left to be sent of an order. Shopify has no idempotency for it, but lets nothing be sent twice: a
 * parcel whose answer was lost is found at its order. https://shopify.dev/docs/api/admin-graphql/latest/mutations/fulfillmentCreate
 */
import { ConnectorError, type Create, type Http, Rejected, type Target as Targets, Verb } from "@syncline/connector"
import type { Fields } from "@syncline/core"
import { Effect, Option, Schema } from "effect"
import * as Admin from "./Admin.ts"
import type { Fulfillment } from "./Fulfillment.ts"
import * as Node from "./Node.ts"
import type * as PartOfOrder from "./PartOfOrder.ts"
import * as Source from "./Source.ts"
import * as Target from "./Target.ts"
import * as Time from "./Time.ts"

const isReferring = Schema.is(Schema.Struct({ order: Schema.Struct({ id: Schema.String }) }))
const Work = Schema.Struct({ id: Schema.String, status: Schema.String })
const Left = Schema.Struct({
  order: Schema.NullOr(Schema.Struct({ fulfillmentOrders: Schema.Struct({ nodes: Schema.Array(Work) }) }))
})
const Parcels = Schema.Struct({
  order: Schema.NullOr(Schema.Struct({ fulfillments: Schema.Array(Schema.Unknown) }))
})

const mutation: Target.Mutation = {
  name: "fulfillmentCreate",
  variables: "$input: FulfillmentInput!",
  arguments: "fulfillment: $input",
  payload: "fulfillment",
  hasCode: false
}

const orderOf = (patch: unknown): string => (isReferring(patch) ? patch.order.id : "")

/** A few places may each have a part of an order to send. */
const placesAtMost = 20

const left = Effect.fnUntraced(function* (orderId: string) {
  const { order } = yield* Admin.send({
    name: "fulfillmentOrders",
    document: `query($id: ID!) { order(id: $id) { fulfillmentOrders(first: ${placesAtMost}) { nodes { id status } } } }`,
    variables: { id: orderId },
    data: Left,
    cost: 3 + placesAtMost
  })
  return (order?.fulfillmentOrders.nodes ?? []).filter(({ status }) => status === "OPEN" || status === "IN_PROGRESS")
})

/** Its clock and ours may differ by so much. */
const skewMs = 60_000

export const create = (
  part: PartOfOrder.Part<Fulfillment>,
  written: ReadonlyArray<Target.Written>,
  locked: Readonly<Record<string, string>>
): NonNullable<Targets<Fulfillment, Http, never>["create"]> => ({
  ...Verb.each(
    Effect.fnUntraced(function* ({ patch }: Create<Fields>) {
      yield* Target.complete(patch, { order: "a parcel is of an order" })
      const { order: _order, ...rest } = patch
      const input = yield* Target.inputOf(rest, {}, written, locked)
      const open = yield* left(orderOf(patch))
      if (open.length === 0)
        return yield* new ConnectorError({
          operation: mutation.name,
          reason: new Rejected({ fields: { order: "nothing of this order is left to be sent, or it is on hold" } })
        })
      const lineItemsByFulfillmentOrder = open.map(({ id }) => ({ fulfillmentOrderId: id }))
      return yield* Target.run(
        part,
        mutation,
        { input: { lineItemsByFulfillmentOrder, ...input } },
        (argument) => Target.fieldIn(written)(argument) || "order"
      )
    })
  ),
  repeat: { _tag: "Unsafe" },
  find: {
    max: 1,
    lagMs: Source.lagMs,
    run: Effect.fnUntraced(function* (sought) {
      const found = new Map(sought.map(({ key }) => [key, Option.none<Fulfillment>()]))
      for (const { key, patch, sentAtMs } of sought) {
        const { order } = yield* Admin.send({
          name: "fulfillments",
          document: `query($id: ID!) { order(id: $id) { fulfillments { ${part.selection} } } }`,
          variables: { id: orderOf(patch) },
          data: Parcels,
          cost: 1 + placesAtMost * part.cost
        })
        const numbers = numbersIn(patch["trackingInfo"])
        for (const raw of order?.fulfillments ?? []) {
          const listed = Node.record(part)(raw)
          if (listed._tag !== "Present" || listed.record.status === "CANCELLED") continue
          const { createdAt, trackingInfo } = listed.record
          const isSince = (Time.ms(createdAt) ?? 0) >= sentAtMs - skewMs
          const has = new Set(trackingInfo.map(({ number }) => number))
          if (isSince && numbers.every((number) => has.has(number))) found.set(key, Option.some(listed.record))
        }
      }
      return found
    })
  }
})

const isTracked = Schema.is(Schema.Array(Schema.Struct({ number: Schema.String })))
const numbersIn = (trackingInfo: Schema.Json | undefined): ReadonlyArray<string> =>
  isTracked(trackingInfo) ? trackingInfo.map(({ number }) => number) : []
