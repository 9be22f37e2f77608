/** The account's state: seeded records, what changed since, the events of it, and the line of the journal that says so. */
import type { Fields } from "@syncline/core"
import { Idempotency, Journal, Pages, Records, Seed, Wire } from "@syncline/connector/sandbox"
import { Effect, Option, Schema } from "effect"
import * as Customer from "./Customer.ts"
import * as Invoice from "./Invoice.ts"
import { hash, number, previous, text } from "./Json.ts"
import { apiVersion, eventsKeptMs, keysKeptMs, type Profile, type Size } from "./Options.ts"
import * as PaymentIntent from "./PaymentIntent.ts"
import * as Plan from "./Plan.ts"
import * as Price from "./Price.ts"
import * as Product from "./Product.ts"
import type { Change, View } from "./Resource.ts"
import * as Subscription from "./Subscription.ts"

const Reply = Schema.Struct({
  status: Schema.Int,
  headers: Schema.Record(Schema.String, Schema.String),
  body: Schema.String
})
const JsonFields = Schema.Record(Schema.String, Schema.Json)

/** Everything one request did, so that a kill leaves all of it or nothing. */
const Line = Schema.fromJsonString(
  Schema.Struct({
    atMs: Schema.Finite,
    /** How many ids were given away so far. */
    ids: Schema.Int,
    changes: Schema.Array(
      Schema.Struct({
        entity: Schema.Literals(Plan.entities),
        id: Schema.String,
        after: Schema.NullOr(JsonFields)
      })
    ),
    events: Schema.Array(JsonFields),
    kept: Schema.optionalKey(
      Schema.Struct({ key: Schema.String, fingerprint: Schema.String, atMs: Schema.Finite, reply: Reply })
    )
  })
)
type Line = typeof Line.Type

/** Whether a line of a journal was written by this version. */
export const isReadable = (text: string): boolean => Option.isSome(Schema.decodeOption(Line)(text))

/** Who asked for a change: the request's id and its idempotency key; nulls for a person in the dashboard. */
export interface Cause {
  readonly id: string | null
  readonly idempotencyKey: string | null
}

export interface Ledger {
  readonly records: Record<Plan.Entity, Records.Records<Fields>>
  readonly events: Records.Records<Fields>
  /** The positions of the events that Stripe still shows and shows already. */
  readonly shownEvents: (nowMs: number) => Pages.Range
  readonly idempotency: Idempotency.Idempotency
  readonly view: (nowMs: number) => View
  /** Writes the changes, their events and the answer to keep. Nothing happened when it fails. */
  readonly commit: (
    nowMs: number,
    changes: ReadonlyArray<Change>,
    cause: Cause,
    kept?: Idempotency.Kept
  ) => Effect.Effect<void, Journal.JournalUnusable>
}

/** How many members of a nested list an answer holds; the rest is behind the list's own `url`. */
export const nestedMost = 10

/** A record as it is sent. */
export const shown = (record: Fields): Fields =>
  record["object"] === "invoice"
    ? cut(record, "lines")
    : record["object"] === "subscription"
      ? cut(record, "items")
      : record

const cut = (record: Fields, name: string): Fields => {
  const list = hash(record, name)
  const data = list["data"]
  return Array.isArray(data) && data.length > nestedMost
    ? { ...record, [name]: { ...list, data: data.slice(0, nestedMost), has_more: true } }
    : record
}

const unseeded = (): never => {
  throw new Error("no such records are there from the start")
}

const seeders: Record<Plan.Entity, (plan: Plan.Plan, index: number) => Fields> = {
  customer: Customer.seeded,
  product: Product.seeded,
  price: Price.seeded,
  subscription: Subscription.seeded,
  invoice: Invoice.seeded,
  payment_intent: PaymentIntent.seeded,
  refund: unseeded,
  credit_note: unseeded
}

export interface Options {
  readonly size: Size
  readonly seed: number
  readonly epochMs: number
  readonly spanMs: number
  readonly cachedTexts: number
  readonly profile: Profile
  readonly losesEvents: boolean
  readonly journal: Journal.Journal
  /** Told of the events of each commit. */
  readonly onEvents: (events: ReadonlyArray<Fields>) => Effect.Effect<void>
}

const render =
  ({ isPretty }: Profile) =>
  (record: Fields): string =>
    isPretty ? JSON.stringify(shown(record), null, 2) : JSON.stringify(shown(record))

const tables = (options: Options): Ledger["records"] => {
  const plan = Plan.make(options.size, options.seed, options.epochMs, options.spanMs)
  const table = (entity: Plan.Entity): Records.Records<Fields> =>
    Records.make({
      seeded: {
        size: plan.counts[entity],
        at: (index) => seeders[entity](plan, index),
        indexOf: (id) => plan.indexOf(entity, id),
        instantAt: (index) => plan.created(entity, index),
        isRemoved: (index) => entity === "customer" && Plan.isDeletedCustomer(index),
        removedCount: entity === "customer" ? Plan.deletedCustomers(plan.counts.customer) : 0
      },
      text: render(options.profile),
      cachedTexts: options.cachedTexts
    })
  return {
    customer: table("customer"),
    product: table("product"),
    price: table("price"),
    subscription: table("subscription"),
    invoice: table("invoice"),
    payment_intent: table("payment_intent"),
    refund: table("refund"),
    credit_note: table("credit_note")
  }
}

/** The account as it was seeded, with everything that the journal remembers done again. */
export const make = (options: Options): Ledger => {
  const { profile, journal } = options
  const records = tables(options)
  const events = Records.make<Fields>({
    seeded: Records.unseeded,
    text: render(profile),
    cachedTexts: options.cachedTexts
  })
  const eventTimesMs: Array<number> = []
  const idempotency = Idempotency.make(keysKeptMs)
  let ids = 0
  let lastMs = 0
  let customerEdits = 0

  const newId = (prefix: string, isLong: boolean): string => {
    ids += 1
    return `${prefix}${isLong ? "1NnCiB7Wz01zgkWQk0s" : "NnCi9Qk0s"}${Seed.code(ids)}`
  }

  const write = ({ atMs, changes, events: made, kept }: Line): void => {
    lastMs = Math.max(lastMs, atMs)
    for (const { entity, id, after } of changes) {
      if (after === null) records[entity].remove(id)
      else records[entity].put(id, after, number(after, "created"))
    }
    for (const event of made) {
      events.put(text(event, "id"), event, number(event, "created"))
      eventTimesMs.push(atMs)
    }
    if (kept !== undefined) idempotency.finish(kept)
  }

  const event = (change: Change, type: string, cause: Cause, nowMs: number): ReadonlyArray<Fields> => {
    const { before, after } = change
    const isUpdate = type.endsWith(".updated")
    const old = isUpdate && before !== null && after !== null ? previous(shown(before), shown(after)) : undefined
    if (isUpdate && old === undefined && !profile.eventForNothing) return []
    customerEdits += type === "customer.updated" ? 1 : 0
    if (options.losesEvents && type === "customer.updated" && customerEdits % 2 === 0) return []
    const object = shown(after ?? before ?? {})
    return [
      {
        id: newId("evt_", true),
        object: "event",
        api_version: apiVersion,
        created: Math.floor(nowMs / 1000),
        data: old === undefined ? { object } : { object, previous_attributes: old },
        livemode: false,
        pending_webhooks: 0,
        request: { id: cause.id, idempotency_key: cause.idempotencyKey },
        type
      }
    ]
  }

  for (const line of journal.lines.map((text) => Schema.decodeSync(Line)(text))) {
    ids = line.ids
    write(line)
  }

  return {
    records,
    events,
    shownEvents: (nowMs) => ({
      low: Pages.firstAtLeast(eventTimesMs.length, (at) => eventTimesMs[at] ?? 0, nowMs - eventsKeptMs),
      high: Pages.firstAtLeast(eventTimesMs.length, (at) => eventTimesMs[at] ?? 0, nowMs - profile.eventLagMs + 1)
    }),
    idempotency,
    view: (nowMs) => ({
      nowSeconds: Math.floor(Math.max(nowMs, lastMs) / 1000),
      profile,
      find: (entity, id) => records[entity].get(id),
      isKnown: (entity, id) => records[entity].positionOf(id) >= 0,
      where: (entity, matches) => {
        const found: Array<Fields> = []
        for (let position = 0; position < records[entity].size(); position += 1) {
          const record = records[entity].at(position)
          if (record !== undefined && matches(record)) found.push(record)
        }
        return found
      },
      newId
    }),
    commit: Effect.fnUntraced(function* (nowMs, changes, cause, kept) {
      const atMs = Math.max(nowMs, lastMs)
      const line: Line = {
        atMs,
        events: changes.flatMap((change) => change.events.flatMap((type) => event(change, type, cause, atMs))),
        changes: changes.map(({ entity, id, after }) => ({ entity, id, after })),
        ids,
        ...(kept === undefined ? {} : { kept: { ...kept, reply: { ...kept.reply, body: Wire.text(kept.reply) } } })
      }
      if (journal !== Journal.memory) yield* journal.append(Schema.encodeSync(Line)(line))
      write(line)
      yield* options.onEvents(line.events)
    })
  }
}
