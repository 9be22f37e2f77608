/**
 * A stand-in for a plain REST provider, made from the same resources that its connector is made from.
 *
 * It speaks JSON, knows one token, answers problems as RFC 9457 says, and validates what is written by the resource's schema.
 */
import type { Fields, RecordId } from "@syncline/core"
import { Clock, Effect, type Scope } from "effect"
import type { Resource } from "../Resource.ts"
import * as Calls from "./Calls.ts"
import {
  type ConformanceAccount,
  type ConformanceSandbox,
  type EntitySandbox,
  noScenes,
  type Opening,
  type Scenes
} from "./ConformanceSandbox.ts"
import * as Faults from "./Faults.ts"
import * as Journal from "./Journal.ts"
import * as RateLimit from "./RateLimit.ts"
import * as RestApi from "./RestApi.ts"
import * as RestRefusal from "./RestRefusal.ts"
import * as RestRows from "./RestRows.ts"
import type { Account } from "./Account.ts"
import * as Transport from "./Transport.ts"
import * as Webhooks from "./Webhooks.ts"
import { type Handler, json } from "./Wire.ts"

export type RestAccount = Account & ConformanceAccount & { readonly wire: object }

/** One resource, and how a person fills in its records. */
export interface RestEntity {
  readonly resource: Resource
  record(index: number, referred: (entity: string) => RecordId): Fields
  /** A field of free text that `record` fills. */
  readonly text: string
  readonly scenes?: Partial<Scenes<RestAccount>>
}

/** What a webhook tells. */
export interface RestEvent {
  readonly deliveryId: string
  readonly entity: string
  readonly id: RecordId
  readonly kind: "saved" | "deleted"
}

export interface Options {
  /** How it calls back; absent: it does not. */
  readonly webhooks?: {
    readonly body: (event: RestEvent) => Fields
    /** Those that prove the sender, of an attempt at this time. */
    readonly headers: (body: string, nowMs: number) => Readonly<Record<string, string>>
  }
  /** A connection's configuration with this token, as a person writes it. */
  readonly config: (token: string) => Fields
  /** Calls a second that the provider allows when it is asked to hold its limits. */
  readonly callsPerSecond: number
  readonly entities: { readonly [name: string]: RestEntity }
}

const token = "sandbox-token-4242"

/** Opened without a database, unlike those of databases. */
export interface RestSandbox extends ConformanceSandbox<RestAccount> {
  readonly open: (opening: Opening) => Effect.Effect<RestAccount, never, Scope.Scope>
}

export const make = (options: Options): RestSandbox => ({
  open: (opening) => open(options, opening),
  openings: { skewMs: true, lagMs: true, isLimited: true, size: true, byConsent: { none: "it is entered by a key" } },
  entities: Object.fromEntries(
    Object.entries(options.entities).map(([name, entity]): [string, EntitySandbox<RestAccount>] => [
      name,
      {
        record: (index, referred) => entity.record(index, referred),
        text: { field: entity.text, longest: 65_536 },
        removable: true,
        editsShow: true,
        scenes: { ...scenesOf(entity), ...entity.scenes }
      }
    ])
  ),
  missingScope: {
    reply: json(403, JSON.stringify({ title: "Not allowed", scope: "records:read" })),
    names: "records:read"
  },
  refusedInside200: { none: "a plain REST provider says no by its status" }
})

/** What follows from the resource: it refuses a value of another kind, and forgets what is deleted. */
const scenesOf = ({ resource, text }: RestEntity): Scenes<RestAccount> => ({
  ...noScenes("a plain REST provider keeps records as they are written"),
  ...(resource.writes !== undefined && { invalid: { fields: { [text]: { no: "text" } }, path: text } })
})

/** Opens the account: fresh, and gone with the process. */
const open = Effect.fn("RestSandbox.open")(function* (
  { callsPerSecond, config, entities, webhooks }: Options,
  { isLimited = false, lagMs = 0, size = 0, skewMs = 0 }: Opening
): Effect.fn.Return<RestAccount> {
  const epochMs = (yield* Clock.currentTimeMillis) + skewMs - lagMs
  const rows = new Map<string, RestRows.RestRows>()
  const sending = yield* Webhooks.make({ retryAfterMs: [1000, 60_000, 3_600_000] })
  const untold: Array<Omit<RestEvent, "deliveryId">> = []
  let told = 0
  const tell = Effect.suspend(() =>
    Effect.forEach(
      webhooks === undefined ? [] : untold.splice(0),
      (event) => {
        const body = JSON.stringify(webhooks?.body({ ...event, deliveryId: `evt_${(told += 1)}` }))
        return sending.tell({
          url: "https://hooks.example.org/sandbox",
          body,
          headers: (nowMs) => webhooks?.headers(body, nowMs + skewMs) ?? {}
        })
      },
      { discard: true }
    )
  )
  const exists = (entity: string, id: string) => rows.get(entity)?.get(id) !== undefined
  const places = Object.entries(entities).map(([name, { record, resource }], index): RestApi.Place => {
    const nobody = (): never => {
      throw new Error(`the records of "${name}" that exist from the start refer to others; say Schema.NullOr`)
    }
    const made = RestRows.make(resource, {
      size: index === 0 ? size : 0,
      epochMs,
      fields: (index) => record(index, nobody),
      onChange: (id, kind) => void untold.push({ entity: name, id, kind })
    })
    rows.set(name, made)
    return { resource, rows: made, refusals: RestRefusal.of(resource, made.preview, exists) }
  })
  const faults = Faults.make()
  const calls = Calls.make(Journal.memory)
  const limit = isLimited ? RateLimit.bucket(callsPerSecond) : null
  const answering = RestApi.handler({ places, token, skewMs, lagMs, limit, faults, calls })
  const handler: Handler = (request) => Effect.ensuring(answering(request), tell)
  const nowMs = Effect.map(Clock.currentTimeMillis, (ms) => ms + skewMs)
  const of = (entity: string): RestRows.RestRows => {
    const found = rows.get(entity)
    if (found === undefined) throw new Error(`the sandbox has no "${entity}", only ${[...rows.keys()].join(", ")}`)
    return found
  }
  return {
    config: config(token),
    wire: { handler, faults },
    authorization: null,
    webhooks: webhooks === undefined ? null : sending,
    remote: Transport.client(handler),
    handler,
    faults,
    calls,
    user: {
      create: (entity, fields) =>
        Effect.tap(
          Effect.map(nowMs, (ms) => of(entity).create(fields, ms).id),
          tell
        ),
      edit: (entity, id, fields) =>
        Effect.andThen(
          Effect.map(nowMs, (ms) => void of(entity).edit(id, fields, ms)),
          tell
        ),
      remove: (entity, id) =>
        Effect.andThen(
          Effect.map(nowMs, (ms) => void of(entity).remove(id, ms)),
          tell
        )
    },
    truth: (entity) => Effect.sync(() => of(entity).live()),
    count: (entity) => Effect.sync(() => of(entity).live().size)
  }
})
