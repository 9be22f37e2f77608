/** The mark by which a record tells which op made it: an entry of its metadata, which lists show at once. */
import { ConnectorError, type Http, Rest, Transient } from "@syncline/connector"
import { Fingerprint, type OpKey } from "@syncline/core"
import { Effect, Schema } from "effect"
import * as Page from "./Page.ts"
import type * as Source from "./Source.ts"

/** Never cleared by an update that does not know of it. */
export const name = "syncline_key"

/** An op's key as a header and a metadata value can hold it. https://docs.stripe.com/api/idempotent_requests */
export const of = (key: OpKey): string => (/^[!-~]{1,240}$/.test(key) ? key : Fingerprint.of(key))

/** When the records may have been made, by our clock. */
export interface Window {
  readonly sinceMs: number
  readonly untilMs: number
}

/** How far our clock and Stripe's may be apart. */
const skewMs = 3_600_000

const isMarked = Schema.is(Schema.Struct({ metadata: Schema.Struct({ [name]: Schema.String }) }))

/**
 * The records of a list that bear one of the marks. Lists show a record as soon as it is made, unlike Stripe's search, so a mark
 * that was not found was not there.
 */
export const find = Effect.fn("Marker.find")(function* <A>(
  kind: Source.Place<A>,
  marks: ReadonlySet<string>,
  { sinceMs, untilMs }: Window
): Effect.fn.Return<ReadonlyMap<string, A>, ConnectorError, Http> {
  const read = Rest.item(kind.schema, "id")
  const found = new Map<string, A>()
  let after: string | null = null
  do {
    const page: Page.Page = yield* Page.read(
      kind.path,
      { "created[gte]": Page.seconds(sinceMs - skewMs), "created[lte]": Page.seconds(untilMs + skewMs) },
      after
    )
    for (const object of page.objects) {
      if (!isMarked(object) || !marks.has(object.metadata[name])) continue
      const record = read(object)
      if (record._tag === "Unreadable") {
        return yield* new ConnectorError({
          operation: `GET ${kind.path}`,
          reason: new Transient({ detail: `the record ${record.id} that this op made cannot be read: ${record.why}` })
        })
      }
      found.set(object.metadata[name], record.record)
    }
    after = page.next
  } while (after !== null && found.size < marks.size)
  return found
})
