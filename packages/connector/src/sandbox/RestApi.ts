/** A plain REST provider over the wire, as its resources describe it: credentials, limits, lists, reads, writes, problems. */
import type { Fields } from "@syncline/core"
import { Clock, DateTime, Effect, Option, Schema } from "effect"
import type { Resource } from "../Resource.ts"
import * as Authorization from "./Authorization.ts"
import type { Calls } from "./Calls.ts"
import type { Faults } from "./Faults.ts"
import * as Idempotency from "./Idempotency.ts"
import type { Bucket } from "./RateLimit.ts"
import type { Refusal } from "./RestRefusal.ts"
import type { Bounds, RestRows, Slice } from "./RestRows.ts"
import { type Handler, json, type Reply, type Request } from "./Wire.ts"

export interface Place {
  readonly resource: Resource
  readonly rows: RestRows
  /** What is wrong with fields that are written to a record, or to a new one. */
  readonly refusals: (fields: Fields, known: Fields | null) => ReadonlyArray<Refusal>
}

export interface Options {
  readonly places: ReadonlyArray<Place>
  readonly token: string
  readonly skewMs: number
  readonly lagMs: number
  readonly limit: Bucket | null
  readonly faults: Faults
  readonly calls: Calls
}

const problem = (status: number, title: string, more: Fields = {}): Reply => ({
  ...json(status, JSON.stringify({ title, ...more })),
  headers: { "Content-Type": "application/problem+json" }
})

export const handler = (options: Options): Handler => {
  const { calls, faults, lagMs, limit, places, skewMs, token } = options
  const keys = new Map(places.map((place) => [place, keysOf(place)]))

  const answer = Effect.fnUntraced(function* (request: Request, nowMs: number): Effect.fn.Return<Reply> {
    if (Authorization.key(request) !== token) return problem(401, "The token is not known")
    if (limit?.take(nowMs) === false)
      return {
        ...problem(429, "Too many requests"),
        headers: { "Retry-After": "1", "Content-Type": "application/json" }
      }
    const place = places.find(({ resource: { path } }) => request.path === path || request.path.startsWith(`${path}/`))
    if (place === undefined) return problem(404, `There is nothing at ${request.path}`)
    const { path } = place.resource
    const id = request.path === path ? null : decodeURIComponent(request.path.slice(path.length + 1))
    yield* Effect.orDie(calls.record(`${request.method} ${id === null ? path : `${path}/{id}`}`))
    if (request.method === "GET") return read(place, request, id, { nowMs, lagMs })
    const failure = yield* faults.during(request)
    if (failure?.hasEffect === false) return failure.reply
    const done = write(place, keys.get(place), request, id, nowMs)
    return failure?.reply ?? done
  })

  return faults.around((request) =>
    Effect.gen(function* () {
      const nowMs = (yield* Clock.currentTimeMillis) + skewMs
      const reply = yield* answer(request, nowMs)
      return { ...reply, headers: { Date: httpDate(nowMs), ...reply.headers } }
    })
  )
}

/** A time as the `Date` header has it. */
const httpDate = (ms: number): string => DateTime.toDateUtc(DateTime.makeUnsafe(ms)).toUTCString()

const keysOf = ({ resource: { writes } }: Place): Idempotency.Idempotency | null =>
  writes?.repeat._tag === "Keyed" ? Idempotency.make(writes.repeat.keptMs) : null

const read = (
  place: Place,
  request: Request,
  id: string | null,
  { lagMs, nowMs }: { readonly nowMs: number; readonly lagMs: number }
): Reply => {
  const { resource, rows } = place
  if (id !== null) {
    const record = rows.get(id)
    return record === undefined ? problem(404, `${id} is not there`) : json(200, JSON.stringify(record))
  }
  const query = new URLSearchParams(request.query)
  const { after, items, limit: asked, next, size } = resource.page
  const limit = Math.min(size, Number(query.get(asked) ?? size))
  if (!Number.isInteger(limit) || limit < 1) return problem(400, `${asked} must be a whole number above 0`)
  const slice = sliceOf(place, query, query.get(after), limit, nowMs - lagMs)
  return json(200, JSON.stringify({ [items]: slice.records, [next]: slice.next }))
}

const sliceOf = (
  { resource, rows }: Place,
  query: URLSearchParams,
  after: string | null,
  limit: number,
  visibleMs: number
): Slice => {
  const { since, filters = [] } = resource
  if (since !== undefined && query.has(since.from)) {
    const bounds: Bounds = {
      fromMs: msOf(query.get(since.from)) ?? 0,
      untilMs: Math.min(visibleMs, msOf(query.get(since.until)) ?? visibleMs)
    }
    return rows.changed(bounds, after, limit)
  }
  const wanted = filters.flatMap((name) => {
    const value = query.get(name)
    return value === null ? [] : [{ name, value }]
  })
  const matches = (record: Fields) => wanted.every(({ name, value }) => textOf(record[name]) === value)
  return rows.list(Number(after ?? 0), limit, matches, visibleMs)
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value ?? null))

const msOf = (text: string | null): number | null =>
  text === null ? null : Option.getOrNull(Option.map(DateTime.make(text), DateTime.toEpochMillis))

const Body = Schema.fromJsonString(Schema.Record(Schema.String, Schema.Json))
const bodyOf = Schema.decodeUnknownOption(Body)

const write = (
  place: Place,
  keys: Idempotency.Idempotency | null | undefined,
  request: Request,
  id: string | null,
  nowMs: number
): Reply => {
  const { resource, rows } = place
  const { writes } = resource
  if (writes === undefined) return problem(405, "Read only")
  if (request.method === "DELETE" && writes.removes && id !== null)
    return rows.remove(id, nowMs) ? { status: 204, headers: {}, body: "" } : problem(404, `${id} is not there`)
  if (request.method !== (id === null ? "POST" : writes.update)) return problem(405, `No ${request.method} here`)
  const body = Option.getOrNull(bodyOf(request.body))
  if (body === null) return problem(400, "The body is not a JSON object")
  const act = () => (id === null ? create(place, body, nowMs) : update(place, request, id, body, nowMs))
  const header = id === null && writes.repeat._tag === "Keyed" ? writes.repeat.header : null
  const key = header === null ? undefined : request.headers[header]
  if (keys === undefined || keys === null || key === undefined) return act()
  const fingerprint = `${request.method} ${request.path} ${request.body}`
  const verdict = keys.begin(key, fingerprint, nowMs)
  switch (verdict._tag) {
    case "Replay":
      return verdict.reply
    case "Differs":
      return problem(422, "This key was used with another body")
    case "InUse":
      return problem(409, "This key is in use")
    case "First": {
      const reply = act()
      if (reply.status < 400) keys.finish({ key, fingerprint, atMs: nowMs, reply })
      else keys.abandon(key)
      return reply
    }
  }
}

const refused = (refusals: ReadonlyArray<Refusal>): Reply =>
  problem(422, "Not valid", {
    errors: refusals.map(({ detail, field }) => ({ detail, pointer: `#/${field.replaceAll(".", "/")}` }))
  })

const create = ({ refusals, rows }: Place, body: Fields, nowMs: number): Reply => {
  const found = refusals(body, null)
  return found.length > 0 ? refused(found) : json(201, JSON.stringify(rows.create(body, nowMs).record))
}

const update = (
  { refusals, resource, rows }: Place,
  request: Request,
  id: string,
  body: Fields,
  nowMs: number
): Reply => {
  const known = rows.get(id)
  if (known === undefined) return problem(404, `${id} is not there`)
  const expected = request.headers["if-match"]
  const version = resource.version === undefined ? undefined : textOf(known[resource.version])
  if (version !== undefined && expected !== undefined && expected !== version)
    return problem(412, `${id} is at version ${version}`)
  const found = refusals(body, known)
  return found.length > 0 ? refused(found) : json(200, JSON.stringify(rows.edit(id, body, nowMs) ?? known))
}
