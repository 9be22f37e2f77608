/**
 * How objects are read: whole lists by `after`, what changed by searches, and by id in batches.
 *
 * A search shows no more than 10,000 results, and as many records may share one time of change. So no search is paged: each asks for
 * the first 200 above an id, in order of the id. https://developers.hubspot.com/docs/api-reference/search/guide
 */
import {
  type Change,
  type Changes,
  type Complete,
  ConnectorError,
  type Http,
  type Listed,
  type Lookup,
  Rest,
  type Seen,
  type Source,
  Transient,
  Verb,
  Walk
} from "@syncline/connector"
import { type Fields, RecordId } from "@syncline/core"
import { DateTime, Effect, Option, Schema } from "effect"
import * as Associations from "./Associations.ts"
import type { Kind } from "./Kind.ts"
import * as Wire from "./Wire.ts"

/** https://developers.hubspot.com/docs/api-reference/crm-objects-v3/guide : 100 of a list or a batch, 200 of a search. */
const listSize = 100
const searchSize = 200
export const batchSize = 100

/** HubSpot's own list of those that were merged into a record. */
const losers = "hs_merged_object_ids"

/** Records with what they belong to. */
const completed = Effect.fnUntraced(function* (kind: Kind, raw: ReadonlyArray<unknown>) {
  const read = raw.map(Wire.reader(kind))
  const ids = raw.flatMap((each) => Wire.idOf(each) ?? [])
  const belongs = yield* Associations.read(kind, ids)
  return read.map((listed, index): Listed<Fields> =>
    listed._tag === "Present"
      ? { ...listed, record: { ...listed.record, ...belongs(Wire.idOf(raw[index]) ?? "") } }
      : listed
  )
})

const nextOf = ({ paging }: typeof Wire.Listing.Type): string | null => paging?.next?.after ?? null

const page = (kind: Kind, after: string | null, query: Readonly<Record<string, string | boolean>>) =>
  Rest.get(kind.path, Wire.Listing, { limit: listSize, after: after ?? undefined, ...query })

export const list = (kind: Kind): Walk.Walk<Listed<Fields>, Complete, Http> =>
  Walk.pages(
    Effect.fnUntraced(function* (after) {
      const answer = yield* page(kind, after, { archived: false, properties: kind.properties.join(",") })
      return { items: yield* completed(kind, answer.results), next: nextOf(answer) }
    })
  )

type Filter = Readonly<Record<string, string | ReadonlyArray<string>>>

/** The next 200 above an id; `next` is the last of them, where HubSpot says that there are more. */
const search = Effect.fnUntraced(function* (kind: Kind, filter: Filter, after: string | null) {
  const path = `${kind.path}/search`
  const answer = yield* Rest.call(
    {
      method: "POST",
      path,
      reads: true,
      cost: kind.searchCost,
      json: {
        filterGroups: [{ filters: [filter, { propertyName: "hs_object_id", operator: "GT", value: after ?? "0" }] }],
        sorts: [{ propertyName: "hs_object_id", direction: "ASCENDING" }],
        properties: [...kind.properties, losers],
        limit: searchSize
      }
    },
    Wire.Listing
  )
  if (nextOf(answer) === null) return { raw: answer.results, next: null }
  const ids = answer.results.flatMap((raw) => Wire.idOf(raw) ?? []).map(Number)
  const last = Math.max(...ids)
  if (ids.length > 0 && Number.isSafeInteger(last)) return { raw: answer.results, next: String(last) }
  return yield* new ConnectorError({
    operation: `POST ${path}`,
    reason: new Transient({ detail: "the answer says that there is more, but names no id to go on from" })
  })
})

const timeOf = (text: string): number =>
  Option.match(DateTime.make(text), { onNone: () => Number.POSITIVE_INFINITY, onSome: DateTime.toEpochMillis })

const isId = Schema.is(RecordId)

/** Those that the record has swallowed. They are said again whenever it changes, which is harmless. */
const merged = (raw: unknown): ReadonlyArray<Change<Fields>> => {
  const into = Wire.idOf(raw)
  const ids = (Wire.property(raw, losers) ?? "").split(";").map((id) => id.trim())
  return ids.flatMap((id) =>
    isId(id) && isId(into) && id !== "" && id !== into ? [{ _tag: "Merged" as const, id, into }] : []
  )
}

/** Changed records by search, then archived ones by their own list, which has no filter but tells when. */
export const changes = (kind: Kind): Changes<Fields, Http> =>
  Walk.windows<Fields, Http>({
    // The header tells the second, so the bound is its end.
    nowMs: Effect.map(Rest.dateHeaderMs(kind.path, { limit: 1 }), (ms) => ms + 999),
    // An index that is late, and the second of the header.
    lagMs: kind.lagMs + 1000,
    precisionMs: 1,
    deletes: true,
    phases: [
      Effect.fnUntraced(function* ({ sinceMs, untilMs }, after) {
        const within = {
          propertyName: kind.modified,
          operator: "BETWEEN",
          value: String(sinceMs),
          highValue: String(untilMs)
        }
        const { next, raw } = yield* search(kind, within, after)
        const items: ReadonlyArray<Change<Fields>> = [...(yield* completed(kind, raw)), ...raw.flatMap(merged)]
        return { items, next }
      }),
      Effect.fnUntraced(function* ({ sinceMs }, after) {
        const answer = yield* page(kind, after, { archived: true })
        const items = answer.results.flatMap((raw): ReadonlyArray<Change<Fields>> => {
          const archived = Wire.archived(raw)
          return archived !== null && isId(archived.id) && timeOf(archived.archivedAt) >= sinceMs
            ? [Verb.gone(archived.id)]
            : []
        })
        return { items, next: nextOf(answer) }
      })
    ]
  })

export const readBatch = (kind: Kind, inputs: ReadonlyArray<string>, idProperty?: string) =>
  Rest.call(
    {
      method: "POST",
      path: `${kind.path}/batch/read`,
      reads: true,
      json: {
        properties: idProperty === undefined ? kind.properties : [...kind.properties, idProperty],
        propertiesWithHistory: [],
        inputs: inputs.map((id) => ({ id })),
        ...(idProperty !== undefined && { idProperty })
      }
    },
    Wire.Batch
  )

/** Records by id as they are now, with what they belong to; past the index. */
export const read = Effect.fnUntraced(function* (kind: Kind, ids: ReadonlyArray<string>) {
  const answer = yield* readBatch(kind, ids)
  return { ...answer, raw: answer.results, items: yield* completed(kind, answer.results) }
})

const isMissing = ({ category }: Wire.Problem): boolean => category === "OBJECT_NOT_FOUND"

/** An id for which HubSpot answers another record was merged into that one; only asking for it alone tells into which. */
const alone = (kind: Kind, id: RecordId): Effect.Effect<Seen<Fields>, ConnectorError, Http> =>
  Effect.gen(function* () {
    const raw = yield* Rest.get(`${kind.path}/${encodeURIComponent(id)}`, Schema.Unknown, {
      properties: kind.properties.join(",")
    })
    const into = Wire.idOf(raw)
    if (isId(into) && into !== id) return { _tag: "Merged", id, into }
    const [seen] = yield* completed(kind, [raw])
    return seen ?? Verb.gone(id)
  })

export const get = (kind: Kind): Source<Fields, Http>["get"] => ({
  max: batchSize,
  run: Effect.fnUntraced(function* (ids) {
    const { errors = [], items, raw } = yield* read(kind, ids)
    const asked = new Set<string>(ids)
    const answered = new Set(raw.flatMap((each) => Wire.idOf(each) ?? []))
    const missing = new Set(errors.filter(isMissing).flatMap((problem) => Wire.said(problem, "ids")))
    const hasStrangers = [...answered].some((id) => !asked.has(id))
    const open = hasStrangers ? ids.filter((id) => !answered.has(id) && !missing.has(id)) : []
    return [
      ...items.filter((_, index) => asked.has(Wire.idOf(raw[index]) ?? "")),
      ...ids.filter((id) => missing.has(id)).map(Verb.gone),
      ...(yield* Verb.getEach((id) => alone(kind, id)).run(open))
    ]
  })
})

/** By what a property holds. `IN` compares text in lower case. */
export const lookup = (kind: Kind): Lookup<Fields, Http> => ({
  fields: kind.properties,
  max: batchSize,
  run: Effect.fnUntraced(function* (field, values) {
    const filter = { propertyName: field, operator: "IN", values: values.map((value) => value.toLowerCase()) }
    const found: Array<Listed<Fields>> = []
    let after: string | null = null
    do {
      const { next, raw }: { readonly next: string | null; readonly raw: ReadonlyArray<unknown> } = yield* search(
        kind,
        filter,
        after
      )
      found.push(...(yield* completed(kind, raw)))
      after = next
    } while (after !== null)
    return found
  })
})
