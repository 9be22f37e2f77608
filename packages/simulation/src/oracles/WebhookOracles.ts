/** Promises about what providers call to say, told from what they sent and what was answered. */
import type { Side } from "@syncline/core"
import { beingOf, layouts } from "../systems/Layout.ts"
import type { Delivery } from "../Webhooks.ts"
import { birthOf } from "./Meaning.ts"
import type { Oracle, View } from "./Oracle.ts"

const isStored = ({ snapshot }: View, { event }: Delivery): boolean =>
  snapshot.deliveries.some(({ id }) => id === event)

const stored: Oracle = {
  promise: "I-20",
  name: "yes only once it is stored",
  answered: (view, delivery, status, complain) => {
    if (status < 300 && !isStored(view, delivery))
      complain(null, `${delivery.event} was answered ${status}, and nothing of it is stored`)
  }
}

const genuine: Oracle = {
  promise: "I-20",
  name: "only the provider is believed",
  answered: (_, { event, isGenuine }, status, complain) => {
    if (!isGenuine && status !== 401 && status !== 503)
      complain(null, `${event}, signed with another secret, was answered ${status}`)
  }
}

/** A record is claimed as often as different webhooks name it, however often each comes. */
const once: Oracle = {
  promise: "I-20",
  name: "what comes again says nothing new",
  committed: (view, complain) => {
    for (const { claims, entity, id, side } of view.snapshot.claims) {
      const named = view.deliveries.filter(
        (delivery) => isAbout(delivery, side, entity, id) && delivery.isGenuine && isStored(view, delivery)
      ).length
      if (claims > named)
        complain(nameAt(view, side, id, entity), `${id} is claimed ${claims} times by ${named} webhooks`)
    }
  }
}

const isAbout = (delivery: Delivery, side: Side.Side, pair: string, id: string): boolean =>
  delivery.side === side &&
  (delivery.id === id || delivery.into === id) &&
  layouts.source[beingOf(side, delivery.entity)].name === pair

const nameAt = ({ systems }: View, side: Side.Side, id: string, pair: string): string | null =>
  birthOf(systems[side], layouts[side][beingOf("source", pair)].name, id)

/** A webhook is a hint, and a hint is followed: the record is read after it was taken in. */
const read: Oracle = {
  promise: "I-20",
  name: "what was told is read",
  ended: (view, _, complain) => {
    for (const { id: event, receivedAtMs } of view.snapshot.deliveries) {
      const delivery = view.deliveries.find((each) => each.event === event)
      if (delivery === undefined) continue
      const { entity, id, side } = delivery
      const isRead = view.systems[side].arrivals.some(
        // Where the answer was cut on its way, the ledger has it read again.
        ({ answered, atMs, verb }) => verb === "get" && atMs >= receivedAtMs && answered.has(id)
      )
      if (!isRead)
        complain(
          birthOf(view.systems[side], entity, id),
          `${event} told of ${id} at the ${side}, and nobody read it since`
        )
    }
  }
}

export const webhookOracles: ReadonlyArray<Oracle> = [stored, genuine, once, read]
