/** HubSpot's CRM: objects of one shape, read by lists and searches, written in batches. */
import {
  AppOrToken,
  BaseUrl,
  type Budget,
  connector,
  type Entities,
  type Entity,
  type Http,
  type HttpRemote,
  type Reply,
  Rest
} from "@syncline/connector"
import { CanonicalMapping, type Fields, Transform } from "@syncline/core"
import { Effect, Schema } from "effect"
import * as Auth from "./Auth.ts"
import { crmObject } from "./CrmObject.ts"
import { errors } from "./Errors.ts"
import type { Kind, Shape } from "./Kind.ts"
import * as Standard from "./StandardKinds.ts"
import { webhooks } from "./Webhooks.ts"

/** Dated versions come each March and September and are kept for 18 months. https://developers.hubspot.com/docs/developer-tooling/platform/versioning */
export const apiVersion = "2026-09"

const Name = Schema.String.check(
  Schema.isPattern(/^[a-z][a-z0-9_]{0,99}$/, { expected: "a name in lower case, such as hs_lead_status" })
)
const Names = Schema.Array(Name)

const CustomObject = Schema.Struct({
  /** As `GET /crm/schemas/…` calls it: `2-3456789`. */
  type: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_-]+$/, { expected: "an object type id, such as 2-3456789" })),
  properties: Names,
  /** Of these, what HubSpot computes. */
  computed: Schema.optionalKey(Names),
  /** Where the marker's property is filed; an object's first group is named after it. */
  group: Name,
  associations: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        field: Name,
        entity: Name,
        to: Schema.NonEmptyString,
        category: Schema.Literals(["HUBSPOT_DEFINED", "USER_DEFINED", "INTEGRATOR_DEFINED"]),
        typeId: Schema.Int,
        isMany: Schema.Boolean
      })
    )
  )
})

export const Config = Schema.Struct({
  ...AppOrToken.fields(Auth.scopes),
  /** Another address than HubSpot's: a sandbox. */
  baseUrl: BaseUrl.orElse("https://api.hubapi.com"),
  /** More properties of the standard objects, by entity. */
  properties: Schema.optionalKey(Schema.Record(Schema.String, Names)),
  /** The account's own objects, by the name that their entity shall have. */
  customObjects: Schema.optionalKey(Schema.Record(Schema.String, CustomObject)),
  /** A unique property of every object that is created in, made when it is missing. */
  markerProperty: Name.pipe(Schema.withDecodingDefaultKey(Effect.succeed("syncline_op"))),
  /** How late HubSpot's search may show a change. */
  searchLagMs: Schema.Int.check(Schema.isBetween({ minimum: 60_000, maximum: 86_400_000 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(300_000))
  ),
  /** 100, 190 or 250 by the account's plan. https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines */
  callsPer10Seconds: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000_000 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(100))
  ),
  callsPerDay: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000_000 })).pipe(
    Schema.withDecodingDefaultKey(Effect.succeed(250_000))
  )
}).check(
  AppOrToken.isEither,
  Schema.makeFilter(({ baseUrl, callsPer10Seconds }) => callsPer10Seconds <= 250 || BaseUrl.isLoopback(baseUrl), {
    expected: "at most 250 callsPer10Seconds: HubSpot gives no account more, except a sandbox on this machine"
  }),
  Schema.makeFilter(
    ({ properties = {} }) =>
      Object.keys(properties).every((name) => Standard.all.some(({ entity }) => entity === name)),
    { expected: `properties only of ${Standard.all.map(({ entity }) => entity).join(", ")}` }
  ),
  Schema.makeFilter(
    ({ customObjects = {} }) =>
      !Object.keys(customObjects).some((name) => Standard.all.some(({ entity }) => entity === name)),
    { expected: "customObjects with names of their own, none of a standard entity" }
  )
)
export type Config = typeof Config.Type

const dayMs = 86_400_000

/**
 * Per app and account, in ten seconds that roll: a window must hold a burst and what is refilled meanwhile, so less than the
 * units is given out, evenly. https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
 */
const budgets = ({ callsPer10Seconds, callsPerDay }: Config): ReadonlyArray<Budget> => [
  { units: Math.max(1, Math.floor(callsPer10Seconds * evenly)), windowMs: 9900, of: "connection" },
  { units: Math.max(callsPerDay, callsPer10Seconds), windowMs: dayMs, of: "connection" }
]
const evenly = 0.85

/** Searches share the account's 5 a second: 50 of the 100 calls that ten seconds allow. */
const searchesPer10Seconds = 50

/** While something is left, the even pace holds; nothing left means that others of this app spend it too. */
const remaining = ({ headers }: Reply): { readonly units: number; readonly restorePerSecond: number } | undefined => {
  const number = (name: string): number => Number(headers[`x-hubspot-ratelimit-${name}`] ?? Number.NaN)
  const [left, max, windowMs] = [number("remaining"), number("max"), number("interval-milliseconds")]
  return left === 0 && max > 0 && windowMs > 0
    ? { units: 0, restorePerSecond: (max * 1000 * evenly) / windowMs }
    : undefined
}

const remote = (config: Config): HttpRemote => ({
  _tag: "Http",
  baseUrl: config.baseUrl,
  auth: AppOrToken.auth(config, Auth.app(config.baseUrl, apiVersion)),
  budgets: budgets(config),
  remaining,
  errors
})

const kindOf = (shape: Shape, config: Config): Kind => ({
  ...shape,
  properties: [...new Set([...shape.properties, ...(config.properties?.[shape.entity] ?? [])])],
  path: `/crm/objects/${apiVersion}/${shape.type}`,
  apiVersion,
  marker: config.markerProperty,
  lagMs: config.searchLagMs,
  searchCost:
    BaseUrl.isLoopback(config.baseUrl) && config.callsPer10Seconds > 250
      ? 1
      : Math.max(1, Math.ceil(config.callsPer10Seconds / searchesPer10Seconds))
})

const canonical: Readonly<Record<string, CanonicalMapping.CanonicalMapping>> = {
  contact: CanonicalMapping.of<Fields>()("contact", [
    { source: "firstname", target: "first_name" },
    { source: "lastname", target: "last_name" },
    { source: "company", target: "company" },
    { source: "email", target: "email", transform: Transform.lower },
    { source: "address", target: "address.line1" },
    { source: "city", target: "address.city" },
    { source: "state", target: "address.region" },
    { source: "zip", target: "address.postal_code" }
  ]),
  product: CanonicalMapping.of<Fields>()("product", [
    { source: "name", target: "name" },
    { source: "hs_sku", target: "sku" },
    { source: "description", target: "description" }
  ])
}

const entities = (config: Config): Entities<Http> => {
  const named = (shape: Shape): readonly [string, Entity] => [
    shape.entity,
    crmObject(kindOf(shape, config), canonical[shape.entity])
  ]
  const own = Object.entries(config.customObjects ?? {}).map(([entity, custom]): Shape => ({
    entity,
    type: custom.type,
    properties: custom.properties,
    computed: custom.computed ?? [],
    references: {},
    associations: custom.associations ?? [],
    modified: "hs_lastmodifieddate",
    group: custom.group
  }))
  return Object.fromEntries([...Standard.all, ...own].map(named))
}

const Account = Schema.Struct({ portalId: Schema.Finite, accountType: Schema.optionalKey(Schema.String) })

export const hubspot = connector({
  name: "hubspot",
  apiVersion,
  config: Config,
  remote,
  entities,
  check: () =>
    Effect.map(
      Rest.get(`/account-info/${apiVersion}/details`, Account),
      ({ accountType, portalId }) => `account ${portalId}${accountType === undefined ? "" : ` (${accountType})`}`
    ),
  webhooks
})
