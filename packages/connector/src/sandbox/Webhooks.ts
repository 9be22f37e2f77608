/**
 * How a stand-in calls back: each message is signed anew for every attempt, sent again on a schedule until it is answered 2xx, and
 * meets on its way what messages meet: it is doubled, delayed past others, lost, or forged by somebody else.
 */
import { Clock, Effect, Queue } from "effect"
import type { WebhookRequest } from "../Webhook.ts"

/** Something to tell, and where. */
export interface Message {
  readonly url: string
  readonly body: string
  /** The headers of an attempt at this time, with its signature. */
  readonly headers: (nowMs: number, attempt: number) => Readonly<Record<string, string>>
}

/** What the next message meets. */
export type Trouble =
  /** It is never sent. */
  | { readonly _tag: "Drop" }
  /** It is sent so many times, whatever is answered. */
  | { readonly _tag: "Duplicate"; readonly times: number }
  /** It comes this much later than it should, and so after others. */
  | { readonly _tag: "Delay"; readonly ms: number }
  /** Somebody else sends its body first, changed, under its signature. */
  | { readonly _tag: "Forge"; readonly body: (body: string) => string }

/** The status of the answer; 0: none came. */
export type Send = (request: WebhookRequest) => Effect.Effect<number>

export interface Options {
  /** How long after each attempt that failed the next one comes; after the last it is given up. */
  readonly retryAfterMs: ReadonlyArray<number>
  /** The order of what is due at one time; as told unless said. */
  readonly order?: "as told" | "newest first"
}

export interface Webhooks {
  readonly tell: (message: Message) => Effect.Effect<void>
  /** The next `count` messages meet this. */
  readonly next: (count: number, trouble: Trouble) => Effect.Effect<void>
  /** Sends what is due now, one after another, and answers how many requests that were. */
  readonly deliver: (send: Send) => Effect.Effect<number>
  /** Sends whatever becomes due, for ever. */
  readonly run: (send: Send) => Effect.Effect<never>
  /** What would be sent now, signed. It counts as delivered. */
  readonly deliveries: Effect.Effect<ReadonlyArray<WebhookRequest>>
  /** Messages that wait for their time or for another attempt. */
  readonly waiting: Effect.Effect<number>
  /** Messages that were never answered 2xx and are not sent any more. */
  readonly abandoned: Effect.Effect<number>
}

interface Pending {
  readonly message: Message
  readonly dueAtMs: number
  readonly attempt: number
  readonly isForged: boolean
}

export const make = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<Webhooks> {
  const told = yield* Queue.sliding<void>(1)
  let pending: Array<Pending> = []
  let troubles: ReadonlyArray<Trouble> = []
  let abandoned = 0

  const due = Effect.map(Clock.currentTimeMillis, (nowMs) => {
    const now = pending.filter(({ dueAtMs }) => dueAtMs <= nowMs)
    pending = pending.filter(({ dueAtMs }) => dueAtMs > nowMs)
    const inTime = now.toSorted((one, other) => one.dueAtMs - other.dueAtMs)
    return { nowMs, due: options.order === "newest first" ? inTime.toReversed() : inTime }
  })

  const attempted = (sent: Pending, status: number, nowMs: number): void => {
    if (sent.isForged || (status >= 200 && status < 300)) return
    const afterMs = options.retryAfterMs[sent.attempt]
    if (afterMs === undefined) abandoned += 1
    else pending.push({ ...sent, attempt: sent.attempt + 1, dueAtMs: nowMs + afterMs })
  }

  const deliver = Effect.fnUntraced(function* (send: Send) {
    const batch = yield* due
    for (const each of batch.due) {
      const status = yield* send(requestOf(each, yield* Clock.currentTimeMillis))
      attempted(each, status, yield* Clock.currentTimeMillis)
    }
    return batch.due.length
  })

  const untilDue = Effect.suspend(() => {
    const first = pending.reduce((least, { dueAtMs }) => Math.min(least, dueAtMs), Number.POSITIVE_INFINITY)
    return Number.isFinite(first)
      ? Effect.flatMap(Clock.currentTimeMillis, (nowMs) =>
          Effect.raceFirst(Queue.take(told), Effect.sleep(Math.max(0, first - nowMs)))
        )
      : Queue.take(told)
  })

  return {
    tell: (message) =>
      Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
        const [trouble, ...later] = troubles
        troubles = later
        pending.push(...met(message, nowMs, trouble))
        return Queue.offer(told, undefined)
      }),
    next: (count, trouble) =>
      Effect.sync(() => {
        troubles = [...troubles, ...Array.from({ length: count }, () => trouble)]
      }),
    deliver,
    run: (send) => Effect.forever(Effect.andThen(untilDue, deliver(send))),
    deliveries: Effect.map(due, ({ due, nowMs }) => due.map((each) => requestOf(each, nowMs))),
    waiting: Effect.sync(() => pending.length),
    abandoned: Effect.sync(() => abandoned)
  }
})

const met = (message: Message, nowMs: number, trouble: Trouble | undefined): ReadonlyArray<Pending> => {
  const once: Pending = { message, dueAtMs: nowMs, attempt: 0, isForged: false }
  switch (trouble?._tag) {
    case undefined:
      return [once]
    case "Drop":
      return []
    case "Duplicate":
      return Array.from({ length: trouble.times }, () => once)
    case "Delay":
      return [{ ...once, dueAtMs: nowMs + trouble.ms }]
    case "Forge":
      return [{ ...once, message: { ...message, body: trouble.body(message.body) }, isForged: true }, once]
  }
}

/** A forged one has the signature of the body that it was made from: what signs is bound to the message, not to what is sent. */
const requestOf = ({ attempt, message: { body, headers, url } }: Pending, nowMs: number): WebhookRequest => ({
  method: "POST",
  url,
  headers: Object.fromEntries(
    Object.entries({ "content-type": "application/json", ...headers(nowMs, attempt) }).map(([name, value]) => [
      name.toLowerCase(),
      value
    ])
  ),
  body: new TextEncoder().encode(body)
})
