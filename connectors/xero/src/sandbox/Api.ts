/** Xero's API over the wire: tokens, organisations, limits, lists, routes. */
import { Authorization, type Calls, type Faults, type OAuthServer, RateLimit, Wire } from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"
import { Effect, Result } from "effect"
import { Contact } from "../Contact.ts"
import { CreditNote } from "../CreditNote.ts"
import { Invoice } from "../Invoice.ts"
import { Item } from "../Item.ts"
import { Payment } from "../Payment.ts"
import * as Time from "../Time.ts"
import { type Books, resources, shown } from "./Books.ts"
import { text } from "./Json.ts"
import { type Broken, defaultAccessToken, type Limits, type Options, type Profile } from "./Options.ts"
import * as Refusal from "./Refusal.ts"
import type { Kept, Resource } from "./Resource.ts"
import * as Where from "./Where.ts"
import { envelope, type Writes } from "./Writes.ts"

export interface Api {
  readonly books: Books
  readonly writes: Writes
  readonly calls: Calls.Calls
  readonly faults: Faults.Faults
  readonly nowMs: Effect.Effect<number>
  readonly authorization: OAuthServer.OAuthServer
  readonly alsoReaches: NonNullable<Options["alsoReaches"]>
  readonly scopes: ReadonlyArray<string> | null
  readonly tenantId: string
  readonly organisation: Fields
  readonly limits: Limits | null
  readonly profile: Profile
  readonly broken: Broken
  /** How long a change stays invisible in lists. */
  readonly lagMs: number
}

const root = "/api.xro/2.0"
const dayMs = 86_400_000

export const handler = (api: Api): Wire.Handler => {
  const admit = admission(api.limits)
  return api.faults.around(
    Effect.fnUntraced(function* (request) {
      if (api.authorization.serves(request.path)) return yield* api.authorization.handler(request)
      const nowMs = yield* api.nowMs
      // The address may name the root of the API or leave it to the configuration.
      const path = request.path.startsWith(root) ? request.path.slice(root.length) : request.path
      const [plural = "", id = null] = path.slice(1).split("/").map(decodeURIComponent)
      const resource = resources.find((each) => each.plural === plural) ?? null
      yield* Effect.orDie(api.calls.record(`${request.method} /${plural}${id === null ? "" : "/{id}"}`))
      const refused = notAllowed(api, request, path, resource, nowMs)
      const { reply, headers } =
        refused === null
          ? yield* admit(nowMs, answer(api, { ...request, path }, resource, id, nowMs))
          : { reply: refused, headers: {} }
      return { ...reply, headers: { Date: Time.http(nowMs), ...headers, ...reply.headers } }
    })
  )
}

const notAllowed = (
  { authorization, scopes, tenantId }: Api,
  { headers }: Wire.Request,
  path: string,
  resource: Resource | null,
  nowMs: number
): Wire.Reply | null => {
  const token = Authorization.key({ method: "GET", path: "", query: "", headers, body: "" })
  if (token === undefined) return Refusal.noToken
  if (token !== defaultAccessToken && !authorization.accepts(token, nowMs)) return Refusal.tokenExpired(Time.iso(nowMs))
  if (path === "/connections") return null
  if (headers["xero-tenant-id"] !== tenantId) return Refusal.wrongTenant
  const scope = resource?.scope ?? "accounting.settings"
  const granted = scopes ?? authorization.scopesOf(token)
  return granted === null || granted.includes(scope) ? null : Refusal.missingScope(scope)
}

interface Admitted {
  readonly reply: Wire.Reply
  readonly headers: Readonly<Record<string, string>>
}

const admission = (limits: Limits | null) => {
  if (limits === null)
    return (_nowMs: number, handled: Effect.Effect<Wire.Reply>): Effect.Effect<Admitted> =>
      Effect.map(handled, (reply) => ({ reply, headers: {} }))
  const gate = RateLimit.gate(limits.atOnce)
  // Fixed windows of the clock, as the remaining counts in the headers show.
  const counts = { minute: -1, calls: 0, day: -1, dayCalls: 0 }
  return (nowMs: number, handled: Effect.Effect<Wire.Reply>): Effect.Effect<Admitted> =>
    Effect.suspend(() => {
      const [minute, day] = [Math.floor(nowMs / 60_000), Math.floor(nowMs / dayMs)]
      if (counts.minute !== minute) Object.assign(counts, { minute, calls: 0 })
      if (counts.day !== day) Object.assign(counts, { day, dayCalls: 0 })
      const headers = () => ({
        "X-MinLimit-Remaining": String(limits.perMinute - counts.calls),
        "X-DayLimit-Remaining": String(limits.perDay - counts.dayCalls),
        "X-AppMinLimit-Remaining": "9999"
      })
      const refuse = (what: "concurrent" | "minute" | "day", untilMs: number) =>
        Effect.succeed({ reply: Refusal.tooMany(what, Math.ceil((untilMs - nowMs) / 1000)), headers: headers() })
      if (counts.dayCalls >= limits.perDay) return refuse("day", (day + 1) * dayMs)
      if (counts.calls >= limits.perMinute) return refuse("minute", (minute + 1) * 60_000)
      if (!gate.enter()) return refuse("concurrent", nowMs + 1000)
      counts.calls += 1
      counts.dayCalls += 1
      return Effect.ensuring(
        Effect.map(handled, (reply) => ({ reply, headers: headers() })),
        Effect.sync(gate.leave)
      )
    })
}

const answer = (
  api: Api,
  request: Wire.Request,
  resource: Resource | null,
  id: string | null,
  nowMs: number
): Effect.Effect<Wire.Reply> => {
  if (request.path === "/connections") return Effect.succeed(connections(api))
  if (!(request.headers["accept"] ?? "").includes("json"))
    return Effect.succeed({ status: 200, headers: { "Content-Type": "text/xml" }, body: "<Response/>" })
  if (request.path === "/Organisation" || request.path === "/Organisations")
    return Effect.succeed(ok("Organisations", [api.organisation], nowMs))
  if (resource === null) return Effect.succeed(Refusal.notFound)
  if (request.method !== "GET") return api.writes.answer(request, resource, id, nowMs)
  return Effect.succeed(id === null ? list(api, request, resource, nowMs) : one(api, resource, id, nowMs))
}

const ok = (plural: string, records: ReadonlyArray<Fields>, nowMs: number, more: Fields = {}): Wire.Reply =>
  Wire.json(200, JSON.stringify(envelope(plural, records, nowMs, more)))

const connections = ({ alsoReaches, organisation, tenantId }: Api): Wire.Reply =>
  Wire.json(
    200,
    JSON.stringify(
      [{ tenantId, name: organisation["Name"] ?? "" }, ...alsoReaches].map(({ name, tenantId }) => ({
        id: tenantId,
        authEventId: tenantId,
        tenantId,
        tenantType: "ORGANISATION",
        tenantName: name,
        createdDateUtc: "2026-01-01T00:00:00.0000000",
        updatedDateUtc: "2026-01-01T00:00:00.0000000"
      }))
    )
  )

const one = ({ books }: Api, resource: Resource, id: string, nowMs: number): Wire.Reply => {
  const found = books.get(resource.entity, id)
  return found === undefined ? Refusal.notFound : ok(resource.plural, [shown(found)], nowMs)
}

/** What a filter may name: the fields that the connector's schema declares. */
const fieldsOf = ({ entity }: Resource): ReadonlySet<string> => new Set(declared[entity] ?? [])

const declared: Readonly<Record<string, ReadonlyArray<string>>> = {
  contact: Object.keys(Contact.fields),
  item: Object.keys(Item.fields),
  invoice: Object.keys(Invoice.fields),
  payment: Object.keys(Payment.fields),
  credit_note: Object.keys(CreditNote.fields)
}

const strictSince = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/

/** To the second; a form that Xero does not take counts as none at all. */
const sinceMs = ({ headers }: Wire.Request, profile: Profile): number => {
  const text = headers["if-modified-since"] ?? ""
  const ms = strictSince.test(text) ? Time.ms(`${text}Z`) : profile.isStrictOnModifiedSince ? null : Time.ms(text)
  return ms ?? Number.NEGATIVE_INFINITY
}

const list = (api: Api, request: Wire.Request, resource: Resource, nowMs: number): Wire.Reply => {
  const query = new URLSearchParams(request.query)
  const where = query.get("where") ?? ""
  const all = shownFrom(api.books.list(resource.entity), nowMs - api.lagMs)
  const parsed = where === "" ? Result.succeed(() => true) : Where.parse(where, fieldsOf(resource))
  if (Result.isFailure(parsed)) return Refusal.query(parsed.failure)
  const since = sinceMs(request, api.profile)
  const ids = (query.get("IDs") ?? "").split(",").filter((id) => id !== "")
  const isWithArchived = query.get("includeArchived") === "true"
  const isShown = ({ fields, updatedMs }: Kept): boolean =>
    Math.floor(updatedMs / 1000) * 1000 >= since &&
    (isWithArchived || !resource.isArchived(fields)) &&
    (ids.length === 0 || (resource.hasIds && ids.includes(text(fields, resource.idField)))) &&
    (where === "" || parsed.success({ ...fields, UpdatedDateUTC: Time.iso(updatedMs) }))
  const isEverything = isWithArchived && ids.length === 0 && where === "" && since === Number.NEGATIVE_INFINITY
  const found = isEverything ? all : all.filter(isShown)
  const isOldestFirst = !/desc/i.test(query.get("order") ?? "") || api.broken.order === true
  const ordered = isOldestFirst ? found.toReversed() : found
  if (!resource.isPaged) return ok(resource.plural, ordered.map(show(true)), nowMs)
  const hasPage = query.has("page")
  const page = Math.max(1, Number(query.get("page") ?? 1))
  const pageSize = Math.min(1000, Math.max(1, Number(query.get("pageSize") ?? 100)))
  const pageCount = Math.max(1, Math.ceil(ordered.length / pageSize) - (api.broken.lastPage === true ? 1 : 0))
  const records = ordered
    .slice((page - 1) * pageSize, page * pageSize)
    .map(show(hasPage || !api.profile.dropsLinesWithoutPage))
  return ok(resource.plural, page > pageCount ? [] : records, nowMs, {
    pagination: { page, pageSize, pageCount, itemCount: ordered.length }
  })
}

/** Newest first, without what does not show yet. */
const shownFrom = (all: ReadonlyArray<Kept>, untilMs: number): ReadonlyArray<Kept> =>
  (all[0]?.updatedMs ?? 0) <= untilMs ? all : all.filter(({ updatedMs }) => updatedMs <= untilMs)

const show =
  (withLines: boolean) =>
  (kept: Kept): Fields =>
    shown(kept, withLines)
