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

/** How long ago the records may have been made. */
export interface Ages {
  readonly oldestMs: number
  readonly youngestMs: number
}

/** How far our clock and Stripe's may have moved apart since. */
const skewMs = 3_600_000

const isMarked = Schema.is(Schema.Struct({ metadata: Schema.Struct({ [name]: Schema.String }) }))

/**
 * The records of a list that bear one of the marks. Lists show a record as soon as it is made, unlike Stripe's search, so a mark
 * that was not found was not there.
 */
export const find = Effect.fn("Marker.find")(function* <A>(
  kind: Source.Place<A>,
  marks: ReadonlySet<string>,
  { oldestMs, youngestMs }: Ages
): Effect.fn.Return<ReadonlyMap<string, A>, ConnectorError, Http> {
  const read = Rest.item(kind.schema, "id")
  const nowMs = yield* Rest.dateHeaderMs(kind.path, { limit: 1 })
  const created = {
    "created[gte]": Page.seconds(nowMs - oldestMs - skewMs),
    "created[lte]": Page.seconds(nowMs - youngestMs + skewMs)
  }
  const found = new Map<string, A>()
  let after: string | null = null
  do {
    const page: Page.Page = yield* Page.read(kind.path, created, after)
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
