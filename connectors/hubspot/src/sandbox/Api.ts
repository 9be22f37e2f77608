/** HubSpot over the wire: tokens, scopes, limits, and the routes of both families of paths, dated and numbered. */
import { ErrorCatalogue, Rest } from "@syncline/connector"
import { Authorization, type Calls, type Faults, type OAuthServer, Wire } from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"
import { DateTime, Effect } from "effect"
import type { Shape } from "../Kind.ts"
import type { Place } from "./Batches.ts"
import type { Belonging } from "./Belonging.ts"
import { hash, list, text } from "./Json.ts"
import * as Limits from "./Limits.ts"
import * as Objects from "./Objects.ts"
import { defaultAccessToken, type Options } from "./Options.ts"
import * as Refusal from "./Refusal.ts"

export interface Api extends Place {
  readonly belonging: Belonging
  readonly calls: Calls.Calls
  readonly faults: Faults.Faults
  readonly nowMs: Effect.Effect<number>
  readonly authorization: OAuthServer.OAuthServer
  readonly withoutScope: ReadonlyArray<string>
  readonly portalId: number
  readonly limits: NonNullable<Options["limits"]> | null
  readonly lagMs: number
}

interface Route {
  readonly area: "objects" | "associations" | "properties"
  readonly isStrict: boolean
  readonly rest: ReadonlyArray<string>
}

/** `/crm/objects/2026-09/contacts` and `/crm/v3/objects/contacts` are one. */
const routed = (path: string): Route | null => {
  const [crm, one = "", other = "", ...rest] = path.slice(1).split("/").map(decodeURIComponent)
  if (crm !== "crm") return null
  const isStrict = /^\d{4}-\d\d$/.test(other)
  const area = isStrict ? one : /^v[34]$/.test(one) ? other : ""
  return area === "objects" || area === "associations" || area === "properties" ? { area, isStrict, rest } : null
}

const jsonOf = (body: string): Fields => {
  const json = ErrorCatalogue.parse(body)
  return isFields(json) ? json : {}
}
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)

export const handler = (api: Api): Wire.Handler => {
  const gate = Limits.gate(api.limits)
  return api.faults.around(
    Effect.fnUntraced(function* (request) {
      if (api.authorization.serves(request.path)) return yield* api.authorization.handler(request)
      const nowMs = yield* api.nowMs
      const isSearch = request.path.endsWith("/search")
      yield* Effect.orDie(api.calls.record(`${request.method} ${request.path.replace(/\/\d+$/, "/{id}")}`))
      const refused = notAllowed(api, request, nowMs) ?? gate.refuse(nowMs, isSearch)
      const reply = refused ?? (yield* executed(api, request, nowMs))
      return {
        ...reply,
        headers: {
          Date: DateTime.toDateUtc(DateTime.makeUnsafe(nowMs)).toUTCString(),
          ...gate.headers(nowMs, isSearch),
          ...reply.headers
        }
      }
    })
  )
}

const notAllowed = (
  { authorization, crm, withoutScope }: Api,
  request: Wire.Request,
  nowMs: number
): Wire.Reply | null => {
  const token = Authorization.key(request)
  if (token === undefined) return Refusal.noToken
  if (token !== defaultAccessToken && !authorization.accepts(token, nowMs)) return Refusal.tokenExpired
  const route = routed(request.path)
  const type = crm.shapeOf(route?.rest[0] ?? "")?.type
  if (route === null || type === undefined) return null
  const isRead = request.method === "GET" || /\/(search|batch\/read)$/.test(request.path)
  const scope = `crm.${route.area === "properties" ? "schemas" : "objects"}.${type}.${isRead ? "read" : "write"}`
  const granted = authorization.scopesOf(token)
  const isMissing = withoutScope.includes(type) || (granted !== null && !granted.includes(scope))
  return isMissing ? Refusal.missingScope(scope) : null
}

/** What goes wrong inside the provider meets only what changes something. */
const executed = Effect.fnUntraced(function* (api: Api, request: Wire.Request, nowMs: number) {
  const isRead = request.method === "GET" || /\/(search|batch\/read)$/.test(request.path)
  const failure = isRead ? undefined : yield* api.faults.during(request)
  if (failure?.hasEffect === false) return failure.reply
  const reply = yield* answer(api, request, nowMs)
  return failure?.reply ?? reply
})

const answer = (api: Api, request: Wire.Request, nowMs: number): Effect.Effect<Wire.Reply> => {
  if (/^\/account-info\/(v3|\d{4}-\d\d)\/details$/.test(request.path))
    return Effect.succeed(
      Wire.json(
        200,
        JSON.stringify({ portalId: api.portalId, accountType: "STANDARD", timeZone: "UTC", companyCurrency: "EUR" })
      )
    )
  const route = routed(request.path)
  const shape = api.crm.shapeOf(route?.rest[0] ?? "")
  if (route === null || shape === undefined) return Effect.succeed(Refusal.noRoute)
  const body = jsonOf(request.body)
  const rest = route.rest.slice(1)
  switch (route.area) {
    case "objects":
      return Objects.answer(api, shape, rest, {
        method: request.method,
        query: new URLSearchParams(request.query),
        body,
        nowMs,
        isStrict: route.isStrict,
        lagMs: api.lagMs
      })
    case "associations":
      return associated(api, shape, rest, body, nowMs)
    case "properties":
      return Effect.sync(() => property(api, shape, rest[0], request.method, body))
  }
}

const associated = Effect.fnUntraced(function* (
  { actions, belonging, crm }: Api,
  from: Shape,
  [toType = "", , verb]: ReadonlyArray<string>,
  body: Fields,
  nowMs: number
): Effect.fn.Return<Wire.Reply> {
  const to = crm.shapeOf(toType)
  if (to === undefined) return Refusal.noRoute
  const inputs = list(body, "inputs")
  const at = Rest.iso(nowMs)
  const complete = (results: ReadonlyArray<Fields>, errors: ReadonlyArray<Fields>, status: number): Wire.Reply =>
    Wire.json(
      errors.length > 0 ? 207 : status,
      JSON.stringify({
        status: "COMPLETE",
        results,
        ...(errors.length > 0 && { numErrors: errors.length, errors }),
        startedAt: at,
        completedAt: at
      })
    )
  const results: Array<Fields> = []
  const errors: Array<Fields> = []
  if (verb === "read") {
    for (const id of inputs.map((input) => text(input, "id"))) {
      const others = [...belonging.of(from.type, id, to.type)].filter(([other]) => crm.get(to, other) !== undefined)
      if (others.length === 0)
        errors.push(
          Refusal.fields({
            status: 404,
            category: "OBJECT_NOT_FOUND",
            message: `No ${to.entity} is associated with ${from.entity} ${id}.`,
            context: { fromObjectId: [id] }
          })
        )
      else
        results.push({
          from: { id },
          to: others.map(([other, labels]) => ({
            toObjectId: other,
            associationTypes: [...labels].map((typeId) => ({ category: "HUBSPOT_DEFINED", typeId, label: null }))
          }))
        })
    }
    return complete(results, errors, 200)
  }
  for (const input of inputs) {
    const id = text(hash(input, "from"), "id")
    if (verb === "archive") {
      for (const other of list(input, "to")) yield* actions.part(from, id, to, text(other, "id"))
      continue
    }
    const other = text(hash(input, "to"), "id")
    for (const type of list(input, "types")) {
      if (yield* actions.belong(from, id, to, other, Number(text(type, "associationTypeId"))))
        results.push({
          fromObjectTypeId: from.type,
          fromObjectId: id,
          toObjectTypeId: to.type,
          toObjectId: other,
          labels: []
        })
      else errors.push(Refusal.fields(Refusal.missing(to.type, [other])))
    }
  }
  return verb === "archive" ? { status: 204, headers: {}, body: "" } : complete(results, errors, 201)
})

const property = ({ crm }: Api, shape: Shape, name: string | undefined, method: string, body: Fields): Wire.Reply => {
  const shownAs = (name: string, isUnique: boolean): Fields => ({
    name,
    label: name,
    type: "string",
    fieldType: "text",
    groupName: shape.group,
    hasUniqueValue: isUnique
  })
  if (method === "POST" && name === undefined) {
    const made = text(body, "name")
    if (crm.propertyOf(shape, made) !== undefined) return Refusal.reply(Refusal.taken(`A property named ${made}`, made))
    crm.define(shape, made, body["hasUniqueValue"] === true)
    return Wire.json(201, JSON.stringify(shownAs(made, body["hasUniqueValue"] === true)))
  }
  const found = crm.propertyOf(shape, name ?? "")
  return method !== "GET" || found === undefined
    ? Refusal.notFound
    : Wire.json(200, JSON.stringify(shownAs(name ?? "", found.isUnique)))
}
