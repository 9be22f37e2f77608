/** The Admin API over the wire: tokens, scopes, the bucket, documents, files of bulk operations. */
import { type Calls, type Faults, Idempotency, type OAuthServer, Wire } from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"
import { Effect, Option, Schema } from "effect"
import { type DocumentNode, Kind, type OperationDefinitionNode, parse } from "graphql"
import { apiVersion } from "../Admin.ts"
import * as Time from "../Time.ts"
import * as Cost from "./Cost.ts"
import { defaultAccessToken } from "./Options.ts"
import type { Happening } from "./Shop.ts"
import * as Root from "./Root.ts"

export interface Api {
  readonly context: (nowMs: number) => Root.Context
  readonly calls: Calls.Calls
  readonly faults: Faults.Faults
  readonly nowMs: Effect.Effect<number>
  readonly authorization: OAuthServer.OAuthServer
  readonly scopes: ReadonlyArray<string> | null
  readonly bucket: Cost.Bucket | null
  readonly forgetsKeys: boolean
  readonly tell: (happenings: ReadonlyArray<Happening>, nowMs: number) => Effect.Effect<void>
}

const Body = Schema.fromJsonString(
  Schema.Struct({
    query: Schema.String,
    variables: Schema.optionalKey(Schema.NullOr(Schema.Record(Schema.String, Schema.Json)))
  })
)
const decode = Schema.decodeUnknownOption(Body)

export const handler = (api: Api): Wire.Handler => {
  const keys = Idempotency.make(86_400_000)
  return api.faults.around(
    Effect.fnUntraced(function* (request) {
      if (api.authorization.serves(request.path)) return yield* api.authorization.handler(request)
      const nowMs = yield* api.nowMs
      const reply = yield* answer(api, keys, request, nowMs)
      const context = api.context(nowMs)
      yield* api.tell(context.shop.happenings(), nowMs)
      return {
        ...reply,
        headers: { Date: Time.http(nowMs), "X-Shopify-API-Version": apiVersion, ...reply.headers }
      }
    })
  )
}

const json = (status: number, body: unknown): Wire.Reply => Wire.json(status, JSON.stringify(body))

const answer = Effect.fnUntraced(function* (
  api: Api,
  keys: Idempotency.Idempotency,
  request: Wire.Request,
  nowMs: number
): Effect.fn.Return<Wire.Reply> {
  const file = /^\/bulk\/(\d+)\.jsonl$/.exec(request.path)
  if (file !== null && request.method === "GET") {
    yield* Effect.orDie(api.calls.record("GET /bulk/{id}"))
    return part(api.context(nowMs).jobs.file(`gid://shopify/BulkOperation/${file[1]}`), request)
  }
  const token = request.headers["x-shopify-access-token"] ?? ""
  if (token !== defaultAccessToken && !api.authorization.accepts(token, nowMs))
    return json(401, { errors: "[API] Invalid API key or access token (unrecognized login or wrong password)" })
  const body = Option.getOrNull(decode(request.body))
  if (!request.path.endsWith("/graphql.json") || request.method !== "POST" || body === null)
    return json(404, { errors: "Not Found" })
  const document = parsed(body.query)
  const operation = document?.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION)
  const root = rootOf(operation)
  yield* Effect.orDie(api.calls.record(`${operation?.operation ?? "query"} ${root}`))
  const variables = body.variables ?? {}
  const missing = missingScope(
    api.scopes ?? api.authorization.scopesOf(token),
    root,
    operation?.operation === "mutation"
  )
  if (missing !== null) return json(200, denied(root, missing))
  const cost = document === null ? 1 : Cost.of(document, variables)
  if (cost > Cost.most) return json(200, tooDear(cost))
  const left = api.bucket === null ? Number.MAX_SAFE_INTEGER : api.bucket.take(cost, nowMs)
  if (api.bucket !== null && left === null) return json(200, throttled(cost, api.bucket, nowMs))
  const failure = operation?.operation === "mutation" ? yield* api.faults.during(request) : undefined
  if (failure?.hasEffect === false) return failure.reply
  const run = () => {
    const result = Root.answer(api.context(nowMs), body.query, variables)
    const errors = result.errors?.map((error) => ({ message: error.message, extensions: { code: "undefinedField" } }))
    return json(200, {
      ...(result.data !== undefined && { data: result.data }),
      ...(errors !== undefined && { errors }),
      extensions: { cost: told(cost, api.bucket, nowMs) }
    })
  }
  const key = idempotencyKey(operation, variables)
  if (key === null && mandatory.has(root)) return json(200, keyless(root))
  const again = { key: key ?? "", root, fingerprint: request.body, nowMs }
  const reply = key === null || api.forgetsKeys ? run() : once(keys, again, run)
  return failure?.reply ?? reply
})

/** A key belongs to a request; the same with other parameters is refused. */
const once = (
  keys: Idempotency.Idempotency,
  {
    fingerprint,
    key,
    nowMs,
    root
  }: { readonly key: string; readonly root: string; readonly fingerprint: string; readonly nowMs: number },
  run: () => Wire.Reply
): Wire.Reply => {
  const verdict = keys.begin(key, fingerprint, nowMs)
  switch (verdict._tag) {
    case "Replay":
      return verdict.reply
    case "Differs":
      return keyed(root, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
    case "InUse":
      return keyed(root, "IDEMPOTENCY_CONCURRENT_REQUEST")
    case "First": {
      const reply = run()
      keys.finish({ key, fingerprint, atMs: nowMs, reply })
      return reply
    }
  }
}

const keyed = (root: string, code: string): Wire.Reply =>
  json(200, { data: { [root]: { userErrors: [{ code, field: null, message: code }] } } })

/** Of those that are answered here, the mutations that are refused without a key. https://shopify.dev/docs/api/usage/idempotent-requests */
const mandatory: ReadonlySet<string> = new Set(["inventorySetQuantities", "refundCreate"])

const keyless = (root: string) => ({
  errors: [
    {
      message: `The @idempotent directive is required for ${root}.`,
      extensions: { code: "BAD_REQUEST" },
      path: [root]
    }
  ]
})

const parsed = (query: string): DocumentNode | null => {
  try {
    return parse(query)
  } catch {
    return null
  }
}

const rootOf = (operation: OperationDefinitionNode | undefined): string => {
  const first = operation?.selectionSet.selections[0]
  return first?.kind === Kind.FIELD ? first.name.value : "?"
}

const idempotencyKey = (operation: OperationDefinitionNode | undefined, variables: Fields): string | null => {
  const first = operation?.selectionSet.selections[0]
  if (first?.kind !== Kind.FIELD) return null
  const value = first.directives
    ?.find(({ name }) => name.value === "idempotent")
    ?.arguments?.find(({ name }) => name.value === "key")?.value
  if (value?.kind === Kind.STRING) return value.value
  const given = value?.kind === Kind.VARIABLE ? variables[value.name.value] : null
  return typeof given === "string" ? given : null
}

/** Which scope a root field asks for. */
const missingScope = (scopes: ReadonlyArray<string> | null, root: string, isWrite: boolean): string | null => {
  if (scopes === null) return null
  const noun = /^(customer|order|refund|product|inventory|company|companies)/.exec(root)?.[1]
  if (noun === undefined) return null
  const scope = `${isWrite ? "write" : "read"}_${noun === "company" || noun === "companies" ? "customers" : noun === "refund" ? "orders" : noun === "inventory" ? noun : `${noun}s`}`
  return scopes.includes(scope) ? null : scope
}

export const denied = (root: string, scope: string) => ({
  errors: [
    {
      message: `Access denied for ${root} field.`,
      locations: [{ line: 1, column: 1 }],
      extensions: { code: "ACCESS_DENIED", requiredAccess: `\`${scope}\` access scope.` },
      path: [root]
    }
  ],
  data: { [root]: null }
})

const told = (cost: number, bucket: Cost.Bucket | null, nowMs: number) => ({
  requestedQueryCost: cost,
  actualQueryCost: cost,
  throttleStatus: {
    maximumAvailable: bucket?.size ?? 1_000_000_000,
    currentlyAvailable: Math.floor(bucket?.left(nowMs) ?? 1_000_000_000),
    restoreRate: bucket?.perSecond ?? 50_000_000
  }
})

const tooDear = (cost: number) => ({
  errors: [
    {
      message: `Query cost is ${cost}, which exceeds the single query max cost limit (${Cost.most}).`,
      extensions: { code: "MAX_COST_EXCEEDED", cost, maxCost: Cost.most }
    }
  ]
})

const throttled = (cost: number, bucket: Cost.Bucket, nowMs: number) => ({
  errors: [
    {
      message: "Throttled",
      extensions: { code: "THROTTLED", documentation: "https://shopify.dev/api/usage/rate-limits" }
    }
  ],
  extensions: { cost: { ...told(cost, bucket, nowMs), actualQueryCost: null } }
})

/** A range of the file, as storage answers it. */
const part = (bytes: Buffer | null, { headers }: Wire.Request): Wire.Reply => {
  if (bytes === null) return { status: 404, headers: {}, body: "" }
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers["range"] ?? "")
  if (range === null)
    return { status: 200, headers: { "Content-Type": "application/jsonl" }, body: Uint8Array.from(bytes) }
  const [from, until] = [Number(range[1]), Math.min(Number(range[2]), bytes.length - 1)]
  return {
    status: 206,
    headers: { "Content-Type": "application/jsonl", "Content-Range": `bytes ${from}-${until}/${bytes.length}` },
    body: Uint8Array.from(bytes.subarray(from, until + 1))
  }
}
