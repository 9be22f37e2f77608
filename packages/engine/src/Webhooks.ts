/** The verbs about webhooks: taking them in, asking providers for them, and telling how they do. */
import { BoundedJson, type Subscription, type WebhookRequest } from "@syncline/connector"
import { ConnectionName, type JobName, Side, type TenantId } from "@syncline/core"
import { Claims, type Credentials, Receive, type SqlError, type Wakes, type WebhookPaths } from "@syncline/store"
import { Clock, Effect, Option, Redacted, Result, Schema } from "effect"
import type { Connection } from "./Connection.ts"
import { ConnectionFailed, type EngineError, Refused } from "./EngineError.ts"
import * as Explain from "./Explain.ts"
import * as Reception from "./Reception.ts"
import type { Registry } from "./Registry.ts"
import type { RunReport } from "./Report.ts"
import type * as Run from "./Run.ts"
import * as Runs from "./Runs.ts"
import * as StoredConfig from "./StoredConfig.ts"
import * as WebhookRoutes from "./WebhookRoutes.ts"

/** How the webhooks of a connection do. */
export interface WebhookReport {
  readonly connection: string
  readonly connector: string
  /** The last part of the address. Whoever knows it can knock, and is let in only with the secret. */
  readonly path: string
  readonly hasSecret: boolean
  /** Whether Syncline can ask for them; else a person does, at the provider. */
  readonly canSubscribe: boolean
  /** In the last day. */
  readonly deliveries: number
  readonly lastReceivedAtMs: number | null
  /** Bodies that the connector could not read. They are kept, and read again when it can. */
  readonly unread: number
  /** Versions of the provider's API, other than the connector's, that payloads had the shape of. */
  readonly otherVersions: ReadonlyArray<string>
  readonly jobs: ReadonlyArray<{
    readonly job: JobName
    /** Records that are to be read. */
    readonly waiting: number
    /** Of the changes found in the last day, how many no webhook had told of, 0 to 1; null: none was found. */
    readonly missedRate: number | null
  }>
}

/** What asking a provider came to. `by hand`: it cannot be asked. */
export interface SubscriptionReport {
  readonly connection: string
  readonly url: string
  readonly outcome: "kept" | "renewed" | "created" | "by hand"
  readonly topics: ReadonlyArray<string>
  /** What a new one is signed with, where the provider tells it, once. */
  readonly secret: Redacted.Redacted | null
  /** Whether the secret is kept, sealed, with the connection; else why not, and it has to be given to the connection by a person. */
  readonly kept: true | string
}

export interface Webhooks {
  /** Takes a request in. `path` is the last part of its address. Never fails: the answer says what the sender is told. */
  readonly receive: (path: string, request: WebhookRequest) => Effect.Effect<Reception.Answer>
  /** Syncs what webhooks claim, of an integration's or a job's pairs or of all, and waits for it. */
  readonly ingest: (name?: string) => Effect.Effect<RunReport, EngineError>
  /** Reads again what could not be read before. Answers drivers that were woken by it. */
  readonly reread: Effect.Effect<ReadonlyArray<Wakes.Woken>, EngineError>
  readonly list: Effect.Effect<ReadonlyArray<WebhookReport>, EngineError>
  /**
   * Makes each provider send webhooks about the records that are synced to `<address>/webhooks/<path>`. One that is as wanted is left
   * alone; those that others have made are not touched.
   */
  readonly sync: (address: string) => Effect.Effect<ReadonlyArray<SubscriptionReport>, EngineError>
}

export type Services = Reception.Services | WebhookPaths.WebhookPaths | Credentials.Credentials | Run.RunServices

const dayMs = 86_400_000

/** The verbs for a registry; `provided` gives them the store. */
export const make = (
  registry: Registry,
  tenant: TenantId,
  given: {
    readonly provided: <A>(effect: Effect.Effect<A, EngineError | SqlError, Services>) => Effect.Effect<A, EngineError>
    readonly receive: Webhooks["receive"]
  }
): Webhooks => {
  return {
    receive: given.receive,
    ingest: (name) => given.provided(Runs.run(registry, name, {}, { _tag: "Claims" })),
    reread: given.provided(
      Effect.map(
        Effect.forEach(registry.connections, (connection) => reread(registry, tenant, connection)),
        (woken) => woken.flat()
      )
    ),
    list: given.provided(list(registry, tenant)),
    sync: (address) => given.provided(sync(registry, tenant, address))
  }
}

const rereadAtOnce = 500

const Kept = Schema.Struct({
  method: Schema.String,
  url: Schema.String,
  headers: Schema.Record(Schema.String, Schema.String)
})
const keptOf = Schema.decodeUnknownOption(Kept)

const reread = Effect.fn("Webhooks.reread")(function* (registry: Registry, tenant: TenantId, connection: Connection) {
  const { webhooks } = connection
  if (webhooks === null) return []
  const receive = yield* Receive.Receive
  const name = ConnectionName.make(connection.name)
  const woken: Array<Wakes.Woken> = []
  for (const { body, id, request } of yield* receive.unread(tenant, name, rereadAtOnce)) {
    const parsed = BoundedJson.parse(body)
    const kept = keptOf(request)
    if (parsed instanceof BoundedJson.Malformed || Option.isNone(kept)) continue
    const read = yield* Effect.result(webhooks.parse(parsed.json, { ...kept.value, body }))
    if (Result.isFailure(read)) continue
    const claims = read.success.claims.flatMap((claim) => Reception.claimsOf(registry, connection, claim))
    woken.push(...(yield* receive.reread(tenant, name, id, claims)))
  }
  return woken
})

const list = Effect.fn("Webhooks.list")(function* (registry: Registry, tenant: TenantId) {
  const receive = yield* Receive.Receive
  const claims = yield* Claims.Claims
  const received = new Map((yield* receive.received(tenant, dayMs)).map((each) => [each.connection, each]))
  const waiting = yield* claims.waiting(tenant)
  const announced = yield* claims.announced(tenant, dayMs)
  return [...(yield* WebhookRoutes.ensure(registry, tenant))].map(([path, connection]): WebhookReport => {
    const { connector, name, webhooks } = connection
    const lately = received.get(name)
    return {
      connection: name,
      connector,
      path,
      hasSecret: secretsOf(connection).length > 0,
      canSubscribe: webhooks?.subscriptions !== undefined,
      deliveries: lately?.deliveries ?? 0,
      lastReceivedAtMs: lately?.lastReceivedAtMs ?? null,
      unread: lately?.unread ?? 0,
      otherVersions: lately?.otherVersions ?? [],
      jobs: pairsAt(registry, connection).map(({ job, key }) => {
        const told = announced.find((each) => each.job === job.name)
        const found = (told?.announced ?? 0) + (told?.missed ?? 0)
        return {
          job: job.name,
          waiting:
            waiting.find(({ entity, integration }) => entity === key.entity && integration === key.integration)
              ?.records ?? 0,
          missedRate: told === undefined || found === 0 ? null : told.missed / found
        }
      })
    }
  })
})

const pairsAt = ({ pairs }: Registry, connection: Connection) =>
  pairs.filter((pair) => Side.Side.literals.some((side) => Reception.isReadAt(pair, side, connection)))

/** Providers call nobody but over https, except a sandbox on this machine. */
const isPublic = (address: string): boolean =>
  URL.canParse(address) &&
  /^(https:\/\/|http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])[:/]|http:\/\/localhost$)/.test(`${address}/`)

const sync = Effect.fn("Webhooks.sync")(function* (registry: Registry, tenant: TenantId, address: string) {
  if (!isPublic(address)) {
    const detail = `"${address}" is no address that a provider can call: say where this worker is reached from outside, such as https://sync.example.com`
    return yield* new Refused({ detail })
  }
  const base = address.replace(/\/+$/, "")
  const reports: Array<SubscriptionReport> = []
  for (const [path, connection] of yield* WebhookRoutes.ensure(registry, tenant)) {
    const url = `${base}/webhooks/${path}`
    reports.push(
      yield* subscribe(registry, tenant, connection, url).pipe(
        Effect.provideContext(connection.services),
        Effect.catchTag("ConnectorError", (error) => {
          const detail = Explain.ofCheck(connection.name, error)
          return Effect.fail(new ConnectionFailed({ connection: connection.name, detail }))
        })
      )
    )
  }
  return reports
})

const subscribe = Effect.fnUntraced(function* (
  registry: Registry,
  tenant: TenantId,
  connection: Connection,
  url: string
) {
  const { apiVersion, config, name, webhooks } = connection
  const subscriptions = webhooks?.subscriptions
  const report = (outcome: SubscriptionReport["outcome"], topics: ReadonlyArray<string>): SubscriptionReport => ({
    connection: name,
    url,
    outcome,
    topics,
    secret: null,
    kept: true
  })
  if (subscriptions === undefined) return report("by hand", [])
  const entities = pairsAt(registry, connection).flatMap((pair) =>
    Side.Side.literals.filter((side) => Reception.isReadAt(pair, side, connection)).map((side) => pair[side].name)
  )
  const topics = subscriptions.topicsOf([...new Set(entities)])
  const found = (yield* subscriptions.list(config)).filter((each) => each.url === url)
  const [ours] = found.filter((each) => each.apiVersion === apiVersion || each.apiVersion === null)
  if (ours === undefined) {
    // The shape of payloads is fixed when it is made, so one of another version makes room for its successor.
    const { secret } = yield* subscriptions.create(config, { url, topics })
    const kept = secret === null ? true : yield* keep(tenant, connection, secret)
    for (const { id } of found) yield* subscriptions.remove(config, id)
    return { ...report("created", topics), secret, kept }
  }
  const nowMs = yield* Clock.currentTimeMillis
  if (isAsWanted(ours, topics, nowMs)) return report("kept", topics)
  yield* subscriptions.renew(config, ours, { url, topics })
  return report("renewed", topics)
})

const secretsOf = ({ config, webhooks }: Connection) => webhooks?.signature.secrets(config) ?? []

/** Beside those that there are: what was sent before is still signed with them. */
const keep = Effect.fnUntraced(function* (tenant: TenantId, connection: Connection, secret: Redacted.Redacted) {
  const field = connection.webhooks?.subscriptions?.secretsField
  if (field === undefined) return `${connection.connector} does not say where its connections keep it`
  const all = [secret, ...secretsOf(connection)].map((each) => Redacted.value(each))
  return yield* StoredConfig.put(tenant, ConnectionName.make(connection.name), { [field]: all }).pipe(
    Effect.as<SubscriptionReport["kept"]>(true),
    Effect.catchTag("Unsealable", ({ message }) => Effect.succeed(message))
  )
})

/** One that ends within a week is renewed now. */
const isAsWanted = (
  { expiresAtMs, isEnabled, topics }: Subscription,
  wanted: ReadonlyArray<string>,
  nowMs: number
): boolean =>
  isEnabled &&
  (expiresAtMs === null || expiresAtMs > nowMs + 7 * dayMs) &&
  (topics.includes("*") || wanted.every((topic) => topics.includes(topic)))
