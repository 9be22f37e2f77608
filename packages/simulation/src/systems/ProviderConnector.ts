/**
 * The connector of a simulated provider, written as anybody would write one: against its documentation, which is `Quirks`, and the
 * contract. It knows nothing of the simulation.
 */
import {
  type Auth,
  Conflicted,
  connector,
  type Connector,
  ConnectorError,
  entity,
  type Entity,
  type ErrorRule,
  type Http,
  type Patch,
  Rejected,
  type Repeat,
  Rest,
  type Seen,
  Transient,
  Verb
} from "@syncline/connector"
import { type Fields, RecordId, Reference } from "@syncline/core"
import { Effect, Option, Redacted, Schema } from "effect"
import * as ChangeFeed from "./ChangeFeed.ts"
import type { EntityLayout, Field } from "./Layout.ts"
import type { TokenHabits } from "./Grants.ts"
import { webhooks } from "./ProviderWebhooks.ts"
import { textOf } from "./Records.ts"
import { lookBackMs, type Quirks, searchLagMs } from "./Quirks.ts"

export interface Documentation {
  readonly name: string
  readonly baseUrl: string
  readonly quirks: Quirks
  readonly sendsWebhooks: boolean
  /** Whether its access tokens end, and how they are refreshed. */
  readonly tokens: TokenHabits | null
  readonly entities: ReadonlyArray<EntityLayout>
}

const Config = Schema.Struct({
  /** What it is entered with; where a person consents to that, the app's secret. */
  token: Schema.RedactedFromValue(Schema.String),
  /** What its webhooks are signed with; absent: it sends none. */
  secret: Schema.optionalKey(Schema.RedactedFromValue(Schema.String))
})
type Config = typeof Config.Type

export const make = (documentation: Documentation): Connector<Config> =>
  connector({
    name: documentation.name,
    apiVersion: "1",
    config: Config,
    remote: ({ token }) => ({
      _tag: "Http",
      baseUrl: documentation.baseUrl,
      auth:
        documentation.tokens === null
          ? { _tag: "Bearer", token }
          : consented(documentation, documentation.tokens, token),
      budgets: [],
      concurrent: 4,
      errors
    }),
    entities: () =>
      Object.fromEntries(documentation.entities.map((layout) => [layout.name, entityOf(documentation.quirks, layout)])),
    ...(documentation.sendsWebhooks && {
      webhooks: webhooks(({ secret }: Config) => secret ?? Redacted.make(""))
    }),
    check: () => Effect.map(Rest.get("/check", Schema.Struct({ account: Schema.String })), ({ account }) => account)
  })

const consented = ({ baseUrl }: Documentation, { graceMs, rotates }: TokenHabits, secret: Redacted.Redacted): Auth => ({
  _tag: "OAuth2",
  authorizeUrl: `${baseUrl}/oauth/authorize`,
  tokenUrl: `${baseUrl}/oauth/token`,
  scopes: ["records"],
  clientAuth: "json",
  clientId: "syncline",
  clientSecret: secret,
  refresh: { rotates, graceMs }
})

const Complaint = Schema.Struct({ fields: Schema.Record(Schema.String, Schema.String) })
const isComplaint = Schema.is(Complaint)

const errors: ReadonlyArray<ErrorRule> = [
  {
    when: "a request with the same key is still being worked on",
    matches: ({ status, text }) => status === 409 && text.includes("in progress"),
    reason: () => new Transient({ detail: "a request with the same key is in progress" }),
    example: { status: 409, text: '{"error":"in progress"}' }
  },
  {
    when: "somebody has the record open",
    matches: ({ status }) => status === 423,
    reason: () => new Transient({ detail: "the record is locked" }),
    example: { status: 423, text: '{"error":"somebody has the record open"}' }
  },
  {
    when: "the version is not the newest",
    matches: ({ status }) => status === 412,
    reason: ({ text }) => new Conflicted({ detail: text }),
    example: { status: 412, text: '{"error":"the record is at version 3"}' }
  },
  {
    when: "fields are refused",
    matches: ({ json, status }) => status === 422 && isComplaint(json),
    reason: ({ json }) => new Rejected({ fields: isComplaint(json) ? json.fields : {} }),
    example: { status: 422, text: '{"fields":{"company":"there is no such record"}}' }
  }
]

const valueOf = ({ kind }: Field): Schema.Codec<Schema.Json> => {
  switch (kind._tag) {
    case "Set":
      return Schema.NullOr(Schema.Array(Schema.String))
    case "Minor":
      return Schema.NullOr(Schema.Finite)
    case "Reference":
      return Schema.NullOr(Reference(kind.entity))
    default:
      return Schema.NullOr(Schema.String)
  }
}

const schemaOf = ({ tellsVersion }: Quirks, { fields }: EntityLayout): Schema.Codec<Fields, Schema.Json> => {
  const shape: Record<string, Schema.Codec<Schema.Json>> = { id: RecordId, updated_at: Schema.Finite }
  if (tellsVersion) shape["rev"] = Schema.Finite
  for (const field of fields) shape[field.name] = valueOf(field)
  return Schema.Struct(shape)
}

const repeatOf = ({ keptMs, protection }: Quirks): Repeat => {
  switch (protection) {
    case "Keyed":
      return { _tag: "Keyed", keptMs }
    case "Unique":
      return { _tag: "Unique", field: "birth" }
    case "Unsafe":
      return { _tag: "Unsafe" }
  }
}

const Tombstone = Schema.Struct({
  id: RecordId,
  deleted: Schema.Literal(true),
  merged_into: Schema.optionalKey(RecordId)
})
const isTombstone = Schema.is(Tombstone)

const Items = Schema.Struct({ items: Schema.Array(Schema.Json) })

export const entityOf = (quirks: Quirks, layout: EntityLayout): Entity => {
  const path = `/${layout.name}`
  const schema = schemaOf(quirks, layout)
  const readOne = Rest.item(schema, "id")
  const seen = (raw: Schema.Json): Seen<Fields> => {
    if (!isTombstone(raw)) return readOne(raw)
    return raw.merged_into === undefined ? Verb.gone(raw.id) : { _tag: "Merged", id: raw.id, into: raw.merged_into }
  }
  const shown = (items: ReadonlyArray<Schema.Json>) => items.map(seen)
  const lagMs = lookBackMs(quirks)
  const get = (ids: ReadonlyArray<RecordId>) =>
    Effect.map(Rest.get(`${path}/records`, Items, { ids: ids.join(",") }), ({ items }) => shown(items))
  const search = (field: string, values: ReadonlyArray<string>) =>
    Effect.map(Rest.get(`${path}/search`, Items, { field, value: values }), ({ items }) => shown(items))
  const names = layout.fields.map(({ name }) => name)
  return entity<Fields, Http>(schema, {
    id: "id",
    ...(quirks.tellsVersion && { version: "rev" }),
    changedAt: ({ updated_at }) => (typeof updated_at === "number" ? updated_at : null),
    changedAtPrecisionMs: Math.max(1, quirks.stampMs),
    endpoints: {
      list: { method: "GET", path: `${path}/list`, deltaSyncField: "updated_at", pageSize: quirks.pageSize },
      get: { method: "GET", path: `${path}/records` },
      changes: { method: "GET", path: `${path}/changes` },
      create: { method: "POST", path, fields: names },
      update: { method: "PATCH", path: `${path}/{id}`, fields: names },
      delete: { method: "DELETE", path: `${path}/{id}` }
    },
    source: {
      deltaSyncField: "updated_at",
      supportsWebhooks: false,
      list: ChangeFeed.listing(path, readOne, isTombstone),
      changes:
        quirks.feed === "log"
          ? ChangeFeed.log(path, lagMs, quirks.tellsGone)
          : ChangeFeed.window({ path, quirks, lagMs, shown }),
      get: { max: quirks.getMax, run: get },
      lookup: { fields: ["birth"], max: 5, run: search }
    },
    target: {
      create: {
        ...Verb.each(({ key, patch }) => write("POST", path, key, patch, null, readOne)),
        repeat: repeatOf(quirks),
        find: {
          max: 5,
          lagMs: searchLagMs(quirks),
          run: (ops) =>
            Effect.map(
              found(
                ops.map(({ patch }) => patch["birth"]),
                search,
                get
              ),
              (byBirth) =>
                new Map(
                  ops.flatMap(({ key, patch }) => {
                    const made = byBirth.get(textOf(patch["birth"]))
                    return made === "silent" ? [] : [[key, Option.fromNullishOr(made)] as const]
                  })
                )
            )
        }
      },
      update: {
        ...Verb.each(({ base, id, key, patch }) =>
          write("PATCH", `${path}/${id}`, key, patch, quirks.tellsVersion ? base["rev"] : null, readOne)
        ),
        refusesStale: quirks.checksVersion && quirks.tellsVersion
      },
      remove: {
        ...Verb.each(({ base, id, key }) =>
          Verb.removed(
            write("DELETE", `${path}/${id}`, key, null, quirks.tellsVersion ? base["rev"] : null, () => null)
          )
        ),
        as: "deleted"
      }
    }
  })
}

type Read = (raw: unknown) => Seen<Fields> | null

const write = Effect.fnUntraced(function* (
  method: "POST" | "PATCH" | "DELETE",
  path: string,
  key: string,
  patch: Patch<Fields> | null,
  version: unknown,
  read: Read
) {
  const call = {
    method,
    path,
    headers: {
      "idempotency-key": key,
      ...(typeof version === "number" && { "if-match": String(version) })
    },
    ...(patch !== null && { json: patch })
  }
  const json = yield* method === "DELETE"
    ? Effect.as(Rest.call(call, Schema.Undefined), null)
    : Rest.call(call, Schema.Json)
  const seen = read(json)
  if (seen?._tag === "Present") return seen.record
  if (method === "DELETE") return {}
  return yield* new ConnectorError({
    operation: Rest.operation(call),
    reason: new Transient({ detail: "the answer to a write is not a record of this entity" })
  })
})

/** The index may show what is gone by now, so each hit is read. */
const found = Effect.fnUntraced(function* (
  births: ReadonlyArray<unknown>,
  search: (
    field: string,
    values: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Seen<Fields>>, ConnectorError, Http>,
  get: (ids: ReadonlyArray<RecordId>) => Effect.Effect<ReadonlyArray<Seen<Fields>>, ConnectorError, Http>
) {
  const hits = yield* search(
    "birth",
    births.flatMap((birth) => (typeof birth === "string" ? [birth] : []))
  )
  const byBirth = new Map<string, Fields | "silent">()
  for (const hit of hits) {
    const id = hit._tag === "Present" ? hit.record["id"] : null
    if (hit._tag !== "Present" || typeof id !== "string") continue
    const answers = yield* get([RecordId.make(id)])
    // Who does not answer may be there: that is known later.
    if (answers.length === 0) byBirth.set(textOf(hit.record["birth"]), "silent")
    for (const seen of answers) if (seen._tag === "Present") byBirth.set(textOf(seen.record["birth"]), seen.record)
  }
  return byBirth
})
