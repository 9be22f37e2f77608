/**
 * How every kind of Stripe object is read. Stripe has no "changed since" filter: records are listed by ranges of `created`, then
 * followed through the event log, which keeps 30 days. https://docs.stripe.com/api/events
 */
import {
  type Changes,
  type Complete,
  type ConnectorError,
  type Endpoints,
  type Http,
  type Listed,
  Ranges,
  Rest,
  type Seen,
  type Source,
  type Touched,
  Verb,
  Walk
} from "@syncline/connector"
import { RecordId } from "@syncline/core"
import { Effect, Schema } from "effect"
import * as Account from "./Account.ts"
import * as Children from "./Children.ts"
import * as Page from "./Page.ts"

/** Where records of a kind are, and what they look like. */
export interface Place<A> {
  readonly schema: Schema.Codec<A, Schema.Json>
  readonly path: string
}

export interface Kind<A> extends Place<A> {
  /** As `object` says in Stripe's JSON. */
  readonly name: string
  /** Filters without which a list would leave records out. */
  readonly query?: Readonly<Record<string, string>>
  /** The event types that tell of a change; Stripe takes at most 20. */
  readonly events: ReadonlyArray<string>
  /** Ranges of `created` listed side by side. */
  readonly rangeCount: number
  /** Some edits make no event, so that only a comparison of both sides finds them. */
  readonly hasSilentEdits?: boolean
}

const dayMs = 86_400_000
const eventsPath = "/v1/events"

export const of = <A>(kind: Kind<A>): { readonly endpoints: Endpoints; readonly source: Source<A, Http, never> } => ({
  endpoints: {
    list: { method: "GET", path: kind.path, deltaSyncField: null, pageSize: Page.pageSize },
    get: { method: "GET", path: `${kind.path}/{id}` },
    changes: { method: "GET", path: eventsPath }
  },
  source: {
    deltaSyncField: null,
    supportsWebhooks: kind.hasSilentEdits !== true,
    list: list(kind),
    changes: changes(kind),
    get: Verb.getEach(read(kind), kind.rangeCount)
  }
})

const list = <A>({ schema, path, query, rangeCount }: Kind<A>): Walk.Walk<Listed<A>, Complete, Http> => {
  const records = Rest.items(schema, "id")
  return Ranges.ranges({
    span: span(path, query),
    count: rangeCount,
    pageSize: Page.pageSize,
    page: ({ from, to, after }) =>
      Effect.flatMap(
        Page.read(path, { ...query, "created[gte]": from ?? undefined, "created[lt]": to ?? undefined }, after),
        ({ objects, next, oldest }) =>
          Effect.map(Effect.forEach(objects, Children.completed), (whole) => ({ items: records(whole), next, oldest }))
      )
  })
}

/** 2011-01-01, when Stripe opened; ranges are cut from there where the account's own age is not to be had. */
const stripeOpened = 1_293_840_000

/** From the account's creation to now. A hint: the outermost ranges are open, so older and newer records are listed too. */
const span = (path: string, query: Kind<never>["query"]): Effect.Effect<Ranges.Span, ConnectorError, Http> =>
  Account.read.pipe(
    Effect.map(({ account, nowMs }) => ({ from: account.created ?? stripeOpened, nowMs })),
    // A restricted key may list customers and yet not see the account.
    Effect.catchReason("ConnectorError", "Forbidden", () =>
      Effect.map(Rest.dateHeaderMs(path, { ...query, limit: 1 }), (nowMs) => ({ from: stripeOpened, nowMs }))
    ),
    Effect.map(({ from, nowMs }) => ({ from, to: Page.seconds(nowMs) + 1 }))
  )

/** `data.object` is the record itself, or one that hangs on it and names it. */
const Event = Schema.Struct({ data: Schema.Struct({ object: Schema.Record(Schema.String, Schema.Json) }) })
const isEvent = Schema.is(Event)
const isId = Schema.is(RecordId)

/** The record that an event is about, or none for one that has no id, such as the preview of an invoice. */
export const touched =
  (name: string) =>
  (event: unknown): ReadonlyArray<Touched> => {
    if (!isEvent(event)) return []
    const { object } = event.data
    const id = object["object"] === name ? object["id"] : object[name]
    return isId(id) ? [Verb.touched(id)] : []
  }

const isLogged = Schema.is(Schema.Struct({ id: Schema.NonEmptyString, created: Schema.Int }))

/**
 * Events only claim. Two of one second have no order, and each shows its record as it was in the API version of that time, so the
 * record is then read as it is.
 */
const changes = <A>({ name, events }: Kind<A>): Changes<A, Http> => {
  /** Claims, and beside each the event that made it. */
  const claimsOf = (objects: ReadonlyArray<unknown>) => {
    const claims = objects.flatMap((event) => touched(name)(event).map((item) => ({ item, event })))
    return {
      items: claims.map(({ item }) => item),
      events: claims.map(({ event }) => (isLogged(event) ? { id: event.id, atMs: event.created * 1000 } : null))
    }
  }
  return Walk.windows<A, Http>({
    nowMs: Rest.dateHeaderMs(eventsPath, { limit: 1 }),
    first: (sinceMs) =>
      Effect.map(
        Page.readDated(eventsPath, { "types[]": events, "created[gte]": Page.seconds(sinceMs) }),
        ({ objects, next, atMs }) => ({ ...claimsOf(objects), next, atMs })
      ),
    // Events may appear minutes late.
    lagMs: 300_000,
    precisionMs: 1000,
    deletes: true,
    // Stripe keeps 30 days of events; a day is left for reading them.
    keptMs: 29 * dayMs,
    phases: [
      ({ sinceMs, untilMs }, after) =>
        Effect.map(
          Page.read(
            eventsPath,
            { "types[]": events, "created[gte]": Page.seconds(sinceMs), "created[lte]": Page.seconds(untilMs) },
            after
          ),
          ({ objects, next }) => ({ ...claimsOf(objects), next })
        )
    ]
  })
}

const isDeleted = Schema.is(Schema.Struct({ deleted: Schema.Literal(true) }))

/** One record. A deleted one is answered 200 with a stub that says so. */
export const read = <A>({
  schema,
  path
}: Place<A>): ((id: RecordId) => Effect.Effect<Seen<A>, ConnectorError, Http>) => {
  const record = Rest.item(schema, "id")
  return (id) =>
    Effect.map(
      Effect.flatMap(Rest.get(`${path}/${encodeURIComponent(id)}`, Schema.Unknown), Children.completed),
      (found): Seen<A> => (isDeleted(found) ? Verb.gone(id) : record(found))
    )
}
