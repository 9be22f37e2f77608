/** How the connector of a simulated provider walks: every record, what changed in a window of time, and the log of changes. */
import {
  type CaughtUp,
  type Change,
  type Changes,
  type Complete,
  ConnectorError,
  type Http,
  type Listed,
  Rest,
  type Seen,
  Transient,
  Verb,
  Walk
} from "@syncline/connector"
import { type Fields, RecordId } from "@syncline/core"
import { Effect, Schema } from "effect"
import type { Quirks } from "./Quirks.ts"

const Page = Schema.Struct({
  items: Schema.Array(Schema.Json),
  next: Schema.NullOr(Schema.String),
  complete: Schema.Boolean
})

/** A page without a next one is the last only if the provider says so too. */
const ended = <P extends { readonly next: string | null; readonly complete: boolean }>(
  operation: string,
  page: P
): Effect.Effect<P, ConnectorError> =>
  page.next === null && !page.complete
    ? Effect.fail(
        new ConnectorError({
          operation,
          reason: new Transient({ detail: "the page ends without saying that it is the last" })
        })
      )
    : Effect.succeed(page)

const isSpentToken = (error: ConnectorError): boolean =>
  error.reason._tag === "NotFound" && error.reason.detail.startsWith("HTTP 410")

/** A token of a page is kept for a while only; without it the walk begins again from its first page, which repeats harmlessly. */
const pageAt = <A extends { readonly next: string | null; readonly complete: boolean }>(
  path: string,
  schema: Schema.Codec<A, unknown>,
  query: Readonly<Record<string, string | number | undefined>>,
  after: string | null
): Effect.Effect<A, ConnectorError, Http> => {
  const read = (from: string | null) => Rest.get(path, schema, { ...query, after: from ?? undefined })
  return read(after).pipe(
    Effect.catchIf(
      (error) => after !== null && isSpentToken(error),
      () => read(null)
    ),
    Effect.flatMap((page) => ended(`GET ${path}`, page))
  )
}

export const listing = (
  path: string,
  readOne: (raw: unknown) => Listed<Fields>,
  isTombstone: (raw: unknown) => boolean
): Walk.Walk<Listed<Fields>, Complete, Http> =>
  Walk.pages((after) =>
    Effect.map(pageAt(`${path}/list`, Page, {}, after), ({ items, next }) => ({
      items: items.filter((raw) => !isTombstone(raw)).map(readOne),
      next
    }))
  )

export const window = (options: {
  readonly path: string
  readonly quirks: Quirks
  readonly lagMs: number
  readonly shown: (items: ReadonlyArray<Schema.Json>) => ReadonlyArray<Seen<Fields>>
}): Changes<Fields, Http> => {
  const { lagMs, path, quirks, shown } = options
  return Walk.windows<Fields, Http>({
    nowMs: Rest.dateHeaderMs("/check"),
    lagMs,
    precisionMs: quirks.stampMs,
    deletes: quirks.tellsGone,
    phases: [
      ({ sinceMs, untilMs }, after) =>
        Effect.map(pageAt(`${path}/changes`, Page, { since: sinceMs, until: untilMs }, after), ({ items, next }) => ({
          items: shown(items),
          next
        }))
    ]
  })
}

const LogPage = Schema.Struct({
  items: Schema.Array(Schema.Struct({ id: RecordId, seq: Schema.Int })),
  next: Schema.NullOr(Schema.String),
  complete: Schema.Boolean,
  settled: Schema.Int
})

const At = Schema.Struct({
  after: Schema.Int,
  /** Up to where nothing was missing when the walk began: the next one goes on from there. */
  settled: Schema.NullOr(Schema.Int)
})

const farEnd = String(Number.MAX_SAFE_INTEGER)

/** Entries are claims; one may come to be seen after those behind it, so a walk ends where its first page was settled. */
export const log = (path: string, lagMs: number, deletes: boolean): Changes<Fields, Http> => {
  const walk = Walk.make<typeof At.Type, Change<Fields>, CaughtUp, Http>({
    position: At,
    start: Effect.map(pageAt(`${path}/changes`, LogPage, {}, farEnd), ({ settled }) => ({
      after: settled,
      settled: null
    })),
    read: Effect.fn("ChangeFeed.log")(function* (at) {
      const page = yield* pageAt(`${path}/changes`, LogPage, {}, String(at.after))
      const settled = at.settled ?? Math.max(at.after, page.settled)
      const items = page.items.map(({ id }) => Verb.touched(id))
      if (page.next !== null) return { items, next: { more: { after: Number(page.next), settled } } }
      return {
        items,
        next: { end: (encode) => ({ _tag: "CaughtUp", position: encode({ after: settled, settled: null }) }) }
      }
    })
  })
  // `Walk.read` is a method, so it is named here instead of spread.
  return { lagMs, precisionMs: 0, deletes, start: walk.start, read: (position) => walk.read(position) }
}
