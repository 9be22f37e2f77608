/** The routes of objects: lists, one record, searches, merges; what is many at once is in `Batches`. https://developers.hubspot.com/docs/api-reference/crm-objects-v3/guide */
import { Pages, Wire } from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"
import { Effect, Result } from "effect"
import type { Shape } from "../Kind.ts"
import * as Batches from "./Batches.ts"
import { type Kept, shown } from "./Crm.ts"
import { text, texts } from "./Json.ts"
import * as Refusal from "./Refusal.ts"
import * as Search from "./Search.ts"

const ok = (status: number, body: Fields): Wire.Reply => Wire.json(status, JSON.stringify(body))

export interface Asked {
  readonly method: string
  readonly query: URLSearchParams
  readonly body: Fields
  readonly nowMs: number
  /** One of the dated versions, which enforce the account's own rules. */
  readonly isStrict: boolean
  /** How long a change stays invisible in searches. */
  readonly lagMs: number
}

export const answer = Effect.fnUntraced(function* (
  place: Batches.Place,
  shape: Shape,
  rest: ReadonlyArray<string>,
  asked: Asked
): Effect.fn.Return<Wire.Reply> {
  const { actions, crm } = place
  const { body, isStrict, method, nowMs } = asked
  const [first, second] = rest
  if (first === undefined) {
    if (method === "GET") return listed(place, shape, asked)
    if (method !== "POST") return Refusal.noRoute
    const made = yield* Batches.created(actions, crm, shape, body, nowMs, isStrict)
    return written(shape, made, 201, Object.keys(Batches.valuesOf(body)))
  }
  if (method === "POST" && first === "batch")
    return yield* Batches.batch(place, shape, second ?? "", body, nowMs, isStrict)
  if (method === "POST" && first === "search") return searched(place, shape, asked)
  if (method === "POST" && first === "merge") {
    const kept = yield* actions.merge(shape, text(body, "primaryObjectId"), text(body, "objectIdToMerge"), nowMs)
    return kept === undefined ? Refusal.notFound : ok(200, shown(shape, kept, []))
  }
  return yield* one(place, shape, first, asked)
})

const written = (
  shape: Shape,
  result: Result.Result<Kept, Refusal.Refused>,
  status: number,
  asked: ReadonlyArray<string>
): Wire.Reply =>
  Result.match(result, {
    onSuccess: (kept) => ok(status, shown(shape, kept, asked)),
    onFailure: Refusal.reply
  })

const propertiesOf = ({ query }: Asked): ReadonlyArray<string> => query.getAll("properties").flatMap(texts)

const one = Effect.fnUntraced(function* (
  { actions, crm }: Batches.Place,
  shape: Shape,
  id: string,
  asked: Asked
): Effect.fn.Return<Wire.Reply> {
  const { body, method, nowMs, query } = asked
  const property = query.get("idProperty")
  const found = property === null ? crm.get(shape, id) : crm.by(shape, property, id)
  if (method === "DELETE") {
    yield* actions.archive(shape, id, nowMs)
    return { status: 204, headers: {}, body: "" }
  }
  if (found === undefined) return Refusal.notFound
  if (method === "GET") return ok(200, shown(shape, found, propertiesOf(asked)))
  if (method !== "PATCH") return Refusal.noRoute
  const values = Batches.valuesOf(body)
  return written(shape, yield* actions.update(shape, found.id, values, nowMs), 200, Object.keys(values))
})

const listed = ({ crm }: Batches.Place, shape: Shape, asked: Asked): Wire.Reply => {
  const { query } = asked
  const limit = Number(query.get("limit") ?? "10")
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) return Refusal.badRequest("limit must be between 1 and 100")
  const after = Number(query.get("after") ?? "0")
  // After the last id of the page before, so that an archived record moves no other.
  const all = crm.list(shape, query.get("archived") === "true")
  // Ids rise with time, and so do the positions of records.
  const start = Pages.firstAtLeast(all.length, (at) => Number(all[at]?.id), after + 1)
  const page = all.slice(start, start + limit)
  const last = page.at(-1)?.id
  return ok(200, {
    results: page.map((kept) => shown(shape, kept, propertiesOf(asked))),
    ...(start + limit < all.length &&
      last !== undefined && { paging: { next: { after: last, link: "?after=" + last } } })
  })
}

const searched = ({ crm, profile }: Batches.Place, shape: Shape, { body, lagMs, nowMs }: Asked): Wire.Reply => {
  const indexed = crm.list(shape, false).filter(({ updatedMs }) => updatedMs <= nowMs - lagMs)
  const found = Search.search(shape, indexed, body, profile)
  if (Result.isFailure(found)) return Refusal.badRequest(found.failure)
  const { after, records, total } = found.success
  return ok(200, {
    total,
    results: records.map((kept) => shown(shape, kept, texts(body["properties"]))),
    ...(after !== null && { paging: { next: { after, link: "?after=" + after } } })
  })
}
