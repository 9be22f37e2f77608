/** One page of a Stripe list, newest first. https://docs.stripe.com/api/pagination */
import { type Call, ConnectorError, type Http, Rest, Transient } from "@syncline/connector"
import { Effect, Schema } from "effect"

export const pageSize = 100

// Each object is read alone, so that the list is one is all that is looked at here.
const List = Schema.declare((value): value is ReadonlyArray<unknown> => Array.isArray(value), { expected: "a list" })
const Envelope = Schema.Struct({ data: List, has_more: Schema.Boolean })
const isDated = Schema.is(Schema.Struct({ id: Schema.NonEmptyString, created: Schema.Int }))

export interface Page {
  /** As they came; each is read alone. */
  readonly objects: ReadonlyArray<unknown>
  /** The id to go on after, or null where Stripe says that there is no more. */
  readonly next: string | null
  /** When the last object was created, in seconds; null when the page is empty. */
  readonly oldest: number | null
}

/**
 * Reads the page after the object `after`, or the first one.
 *
 * Fails with `Transient` when Stripe says that there is more but not after what: to stop there would lose the rest.
 */
export const read = Effect.fn("Page.read")(function* (
  path: string,
  query: Call["query"],
  after: string | null
): Effect.fn.Return<Page, ConnectorError, Http> {
  return yield* pageOf(
    path,
    yield* Rest.get(path, Envelope, { limit: pageSize, ...query, starting_after: after ?? undefined })
  )
})

/** The first page, with Stripe's own time of the answer. */
export const readDated = Effect.fn("Page.readDated")(function* (
  path: string,
  query: Call["query"]
): Effect.fn.Return<Page & { readonly atMs: number }, ConnectorError, Http> {
  const { answer, atMs } = yield* Rest.getDated(path, Envelope, { limit: pageSize, ...query })
  return { ...(yield* pageOf(path, answer)), atMs }
})

const pageOf = (path: string, { data, has_more }: typeof Envelope.Type): Effect.Effect<Page, ConnectorError> => {
  const last = data.at(-1)
  if (isDated(last)) return Effect.succeed({ objects: data, next: has_more ? last.id : null, oldest: last.created })
  if (!has_more) return Effect.succeed({ objects: data, next: null, oldest: null })
  return Effect.fail(
    new ConnectorError({
      operation: `GET ${path}`,
      reason: new Transient({
        detail: "has_more is true, but the page does not end with an object that has an id and a created time"
      })
    })
  )
}

/** Seconds since 1970, as Stripe filters by. */
export const seconds = (ms: number): number => Math.floor(ms / 1000)
