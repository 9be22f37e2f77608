/**
 * How providers call the engine back: of each change one webhook, which may be lost, come late, after others that were sent later, or
 * again and again, until it is taken. Now and then somebody else sends one that is not genuine.
 */
import type { WebhookRequest } from "@syncline/connector"
import { RecordId, Side } from "@syncline/core"
import type { Engine } from "@syncline/engine"
import { Effect, Schedule } from "effect"
import type { Stream } from "./Seed.ts"
import type * as Setting from "./Setting.ts"
import { requestOf, type Told } from "./systems/ProviderWebhooks.ts"
import type { Event } from "./systems/System.ts"
import type { World } from "./World.ts"

/** One webhook, however often it is sent. */
export interface Delivery extends Told {
  readonly side: Side.Side
  readonly isGenuine: boolean
}

/** Takes a request in; `answered` is called when an answer has been given. False: nobody is there. */
export type Receive = (path: string, request: WebhookRequest, answered: (status: number) => void) => boolean

export interface Options {
  readonly world: World
  readonly systems: Setting.Systems
  /** What the providers sign with. */
  readonly secretOf: (side: Side.Side) => string
  readonly chance: Stream
  readonly receive: Receive
  /** It goes out for the first time. */
  readonly onSent: (delivery: Delivery) => void
  /** The engine has answered. */
  readonly onAnswer: (delivery: Delivery, status: number) => void
  readonly struck: (kind: string, what: string) => void
}

export interface Webhooks {
  /** Tells both providers where to call, unless they know. */
  readonly subscribe: (engine: Engine["Service"]) => Effect.Effect<void>
  /** Sends what has changed since. Cheap when nothing has. */
  readonly look: () => void
  /** Whether any may still come. */
  readonly isUnderWay: () => boolean
}

/** Who waits for an answer gives up after this, and sends again. */
const patienceMs = 10_000
const mostAttempts = 6

const base = "https://syncline.example"
const address = `${base}/webhooks/`

export const make = (options: Options): Webhooks => {
  const { chance, onAnswer, onSent, receive, secretOf, struck, systems, world } = options
  const consumed = { source: 0, target: 0 }
  /** Where the providers were told to call. */
  const urls = new Map<Side.Side, string>()
  let underWay = 0

  const send = (delivery: Delivery, draw: Stream, attempt: number, afterMs: number): void => {
    underWay += 1
    world.after(null, afterMs, `webhook ${delivery.event}`, () => {
      underWay -= 1
      attemptOf(delivery, draw, attempt)
    })
  }

  const attemptOf = (delivery: Delivery, draw: Stream, attempt: number): void => {
    const again = () => {
      if (delivery.isGenuine && attempt < mostAttempts) send(delivery, draw, attempt + 1, 1000 + draw.below(4000))
    }
    const url = urls.get(delivery.side)
    if (url === undefined) return again()
    const { change, entity, event, id, into } = delivery
    const signedBy = delivery.isGenuine ? delivery.side : Side.other(delivery.side)
    const request = requestOf({ change, entity, event, id, into }, url, secretOf(signedBy), world.nowMs())
    let isOver = false
    underWay += 1
    /** Answered, or waited for in vain. */
    const over = (isTaken: boolean) => {
      if (isOver) return
      isOver = true
      underWay -= 1
      giveUp()
      if (!isTaken) again()
    }
    const giveUp = world.after(null, patienceMs, `no answer to ${event}`, () => over(false))
    const isThere = receive(url.slice(address.length), request, (status) => {
      onAnswer(delivery, status)
      const isLost = draw.chance(0.15)
      if (isLost) struck("webhook's answer lost", event)
      else over(status < 300)
    })
    if (!isThere) over(false)
  }

  const begin = (delivery: Delivery, draw: Stream, afterMs: number): void => {
    onSent(delivery)
    send(delivery, draw, 1, afterMs)
  }

  const tell = (side: Side.Side, event: Event): void => {
    const name = `${systems[side].name}-${event.n}`
    const draw = chance.split(name)
    const delivery: Delivery = { ...toldOf(systems, side, event, name), side, isGenuine: true }
    if (draw.chance(0.1)) begin({ ...delivery, event: `${name}-forged`, isGenuine: false }, draw.split("forged"), 500)
    if (draw.chance(0.2)) return struck("webhook lost", name)
    const isLate = draw.chance(0.2)
    if (isLate) struck("webhook late", name)
    begin(delivery, draw, draw.below(isLate ? 20_000 : 500))
    if (!draw.chance(0.2)) return
    struck("webhook twice", name)
    send(delivery, draw.split("again"), 1, draw.below(8000))
  }

  return {
    subscribe: (engine) =>
      urls.size > 0
        ? Effect.void
        : engine.webhooks.sync(base).pipe(
            Effect.retry(Schedule.spaced(1000)),
            Effect.map((reports) => {
              for (const { connection, url } of reports)
                for (const side of Side.Side.literals) if (systems[side].name === connection) urls.set(side, url)
            }),
            Effect.ignore
          ),
    look: () => {
      for (const side of Side.Side.literals) {
        const { events } = systems[side]
        for (; consumed[side] < events.length; consumed[side] += 1) {
          const event = events[consumed[side]]
          // What was there before anybody asked for webhooks is not told.
          if (event !== undefined && event.atMs >= world.startMs) tell(side, event)
        }
      }
    },
    isUnderWay: () => underWay > 0
  }
}

const toldOf = (systems: Setting.Systems, side: Side.Side, { after, entity, id }: Event, event: string): Told => {
  const told = { event, entity, id: RecordId.make(id) }
  const into = systems[side].records.get(entity, id)?.versions.at(-1)?.mergedInto ?? null
  if (after !== null) return { ...told, change: "changed", into: null }
  return into === null
    ? { ...told, change: "deleted", into: null }
    : { ...told, change: "merged", into: RecordId.make(into) }
}
