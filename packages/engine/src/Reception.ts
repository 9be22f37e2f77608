/**
 * Takes webhooks in: proves the sender over the bytes as they came, reads what is claimed, stores it, and only then says yes. Nothing
 * is written before the sender is proved, and nothing here calls a provider.
 */
import { createHash } from "node:crypto"
import { BoundedJson, type Claim, type Delivery, Signature, type WebhookRequest } from "@syncline/connector"
import { ConnectionName, Side, type TenantId } from "@syncline/core"
import { type Claims, type Fleet, Receive, SqlError, type Wakes } from "@syncline/store"
import { Clock, Effect, Metric, Option, Result, type Schema } from "effect"
import type { Connection } from "./Connection.ts"
import type { Pair } from "./Pair.ts"
import type { Registry } from "./Registry.ts"
import * as WebhookRoutes from "./WebhookRoutes.ts"

/** What the sender is told. The body is empty but for a handshake: some providers take any other for a failure. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Drivers that were woken by it. */
  readonly woken: ReadonlyArray<Wakes.Woken>
}

/** Requests of one connection, by what became of them. */
export const received = Metric.counter("syncline_webhooks_received", { incremental: true })

/** Requests of a connection that are stored within a second at most, and how many may come at once. */
const perSecond = 20_000

export interface Reception<E, R> {
  /** Answers what the sender is told. `path` is the last part of the address. */
  readonly receive: (path: string, request: WebhookRequest) => Effect.Effect<Answer, E, Services | R>
}

export type Services = Receive.Receive | Fleet.Fleet

/** `registryOf` is asked for the tenant whose path it is; null: there is no such tenant here. */
export const make = <E, R>(registryOf: (tenant: TenantId) => Effect.Effect<Registry | null, E, R>): Reception<E, R> => {
  const find = WebhookRoutes.finder()
  const admit = admission()
  const receive = Effect.fn("Reception.receive")(function* (path: string, request: WebhookRequest) {
    const found = yield* find(path)
    const registry = found === null ? null : yield* registryOf(found.tenant)
    const connection = registry?.connections.find(({ name }) => name === found?.connection)
    if (found === null || registry === null || connection === undefined || connection.webhooks === null)
      return answer(404)
    const refused = yield* refusal(connection, connection.webhooks, request)
    if (refused !== null) return refused
    const parsed = BoundedJson.parse(request.body)
    if (parsed instanceof BoundedJson.Malformed) return answer(400)
    if (!admit(path, yield* Clock.currentTimeMillis)) return later(429)
    const read = yield* Effect.result(connection.webhooks.parse(parsed.json, request))
    const arrival = Result.isSuccess(read)
      ? ofDelivery(registry, found.tenant, connection, request, read.success)
      : ofUnread(found.tenant, connection, request, read.failure)
    if (arrival.deliveries.length === 0) return answer(200)
    const { receive } = yield* Receive.Receive
    return { ...answer(200), woken: yield* receive(arrival) }
  })
  return {
    receive: (path, request) =>
      // Nothing was stored, and the provider sends it again.
      Effect.catchIf(receive(path, request), isPassing, () => Effect.succeed(later(503)))
  }
}

const isPassing = (error: unknown): error is SqlError | Receive.Overloaded =>
  error instanceof SqlError || error instanceof Receive.Overloaded

/** What is answered before anything is read of the body; null: it is genuine. */
const refusal = Effect.fnUntraced(function* (
  connection: Connection,
  { handshake, signature }: NonNullable<Connection["webhooks"]>,
  request: WebhookRequest
) {
  const shake = handshake?.(request, connection.config) ?? Option.none()
  if (Option.isSome(shake)) return { ...answer(shake.value.status), body: shake.value.text }
  if (request.method !== "POST") return { ...answer(405), headers: { allow: "POST" } }
  const verdict = Signature.verify(signature, request, connection.config, yield* Clock.currentTimeMillis)
  yield* count(connection, verdict)
  if (verdict === "no secret") yield* Effect.logWarning(secretless(connection))
  return verdict === "genuine" ? null : answer(401)
})

const answer = (status: number): Answer => ({ status, headers: {}, body: "", woken: [] })

const later = (status: 429 | 503): Answer => ({ ...answer(status), headers: { "retry-after": "1" } })

const count = ({ name }: Connection, verdict: Signature.Verdict) =>
  Metric.update(Metric.withAttributes(received, { connection: name, verdict }), 1)

const secretless = ({ connector, name }: Connection): string =>
  `a webhook of connection "${name}" was refused, because there is no secret to prove it by; give the connection what ${connector} signs with, or let Syncline ask for webhooks: syncline webhooks sync`

/** A bucket for each path that holds a second's worth. */
const admission = (): ((path: string, nowMs: number) => boolean) => {
  const buckets = new Map<string, { tokens: number; atMs: number }>()
  return (path, nowMs) => {
    const bucket = buckets.get(path) ?? { tokens: perSecond, atMs: nowMs }
    buckets.set(path, bucket)
    const passedMs = Math.max(0, nowMs - bucket.atMs)
    bucket.tokens = Math.min(perSecond, bucket.tokens + (passedMs * perSecond) / 1000)
    bucket.atMs = nowMs
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }
}

const ofDelivery = (
  registry: Registry,
  tenant: TenantId,
  connection: Connection,
  { body }: WebhookRequest,
  { apiVersion, claims }: Delivery
): Receive.Arrival => {
  const byDelivery = Map.groupBy(claims, ({ deliveryId }) => deliveryId)
  return {
    tenant,
    connection: ConnectionName.make(connection.name),
    body,
    deliveries: [...byDelivery].map(([id, claims]) => ({
      id,
      claims: claims.flatMap((claim) => claimsOf(registry, connection, claim))
    })),
    unread: null,
    otherVersion: apiVersion === undefined || apiVersion === connection.apiVersion ? null : apiVersion
  }
}

/** Its id is its content: the provider's own stands in what cannot be read. Headers that prove or identify somebody are left out. */
const ofUnread = (
  tenant: TenantId,
  connection: Connection,
  { body, headers, method, url }: WebhookRequest,
  error: Schema.SchemaError
): Receive.Arrival => {
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !secretHeader.test(name)))
  return {
    tenant,
    connection: ConnectionName.make(connection.name),
    body,
    deliveries: [{ id: `sha256:${createHash("sha256").update(body).digest("hex")}`, claims: [] }],
    unread: { request: { method, url, headers: kept }, why: error.message.replaceAll(/\s+/g, " ").slice(0, 300) },
    otherVersion: null
  }
}

const secretHeader = /authorization|cookie|signature|hmac|token|secret/

/** What a claim means for each pair that reads the entity there. A merged record is gone under its id, and another one changed. */
export const claimsOf = (
  { pairs }: Registry,
  connection: Connection,
  { account, change, entity }: Claim
): ReadonlyArray<Claims.Claim> => {
  if (account !== undefined && connection.webhooks?.concerns?.(account, connection.config) === false) return []
  const ids = change._tag === "Merged" ? [change.id, change.into] : [change.id]
  return pairs.flatMap((pair) =>
    Side.Side.literals
      .filter((side) => isReadAt(pair, side, connection) && pair[side].name === entity)
      .flatMap((side) =>
        ids.map((id) => ({
          integration: pair.key.integration,
          entity: pair.key.entity,
          side,
          id,
          job: pair.job.name
        }))
      )
  )
}

/** Whether a side is this connection's, and its changes travel. */
export const isReadAt = (pair: Pair, side: Side.Side, connection: Connection): boolean => {
  const { direction } = pair.job
  const isRead =
    direction === "bidirectional" || direction === (side === "source" ? "source_to_target" : "target_to_source")
  return isRead && pair[side].connection.name === connection.name
}
