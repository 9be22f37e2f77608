/** A Stripe account that lives in this process. */
import type { Fields } from "@syncline/core"
import { RecordId } from "@syncline/core"
import { type Account, Calls, Faults, Journal, Transport, type Webhooks, type Wire } from "@syncline/connector/sandbox"
import { Clock, Effect, Result } from "effect"
import * as Api from "./Api.ts"
import * as Form from "./Form.ts"
import { text } from "./Json.ts"
import * as Ledger from "./Ledger.ts"
import { believed, defaultApiKey, defaultEpochMs, defaultSpanMs, empty, type Options } from "./Options.ts"
import { entities, type Entity, isEntity } from "./Plan.ts"
import type { Refusal } from "./Refusal.ts"
import { changed, done } from "./Resource.ts"
import { resources } from "./Routes.ts"
import * as WebhookEndpoints from "./WebhookEndpoints.ts"
import * as Writes from "./Writes.ts"

export interface StripeAccount extends Account {
  readonly apiKey: string
  /** A person's press of a button: `finalize` of an invoice. */
  readonly press: (entity: string, id: RecordId, command: string, fields?: Fields) => Effect.Effect<void>
  /** Puts fields into a record as they are, valid or not, with the event an edit makes: for what the API would never let in. */
  readonly plant: (entity: string, id: RecordId, fields: Fields) => Effect.Effect<void>
  /** What the account sends to its webhook endpoints. */
  readonly webhooks: Webhooks.Webhooks
  /** Stripe's clock. */
  readonly nowMs: Effect.Effect<number>
}

/** Opens the account: a new one, or the one that the journals remember. */
export const open = Effect.fn("StripeSandbox.open")(function* (options: Options = {}): Effect.fn.Return<StripeAccount> {
  const epochMs = options.epochMs ?? defaultEpochMs
  const spanMs = options.spanMs ?? defaultSpanMs
  const profile = { ...believed, ...options.profile }
  const broken = options.broken ?? {}
  // Nothing may be created before what was there, so under a clock that begins earlier Stripe's time begins at the epoch.
  const skewMs = options.skewMs ?? 0
  const shiftMs = skewMs + Math.max(0, epochMs - skewMs - (yield* Clock.currentTimeMillis))
  const nowMs = Effect.map(Clock.currentTimeMillis, (ms) => ms + shiftMs)
  const endpoints = yield* WebhookEndpoints.make(options.webhooks)
  const ledger = Ledger.make({
    size: options.size ?? empty,
    seed: options.seed ?? 1,
    epochMs,
    spanMs,
    cachedTexts: options.cachedTexts ?? 2048,
    profile,
    losesEvents: broken.events === true,
    journal: options.changes ?? Journal.memory,
    onEvents: endpoints.tell
  })
  const faults = Faults.make()
  const calls = Calls.make(options.calls ?? Journal.memory)
  const account = { ledger, profile, broken, nowMs, created: Math.floor((epochMs - spanMs) / 1000) }
  const writes = Writes.make(account, faults)
  const apiKey = options.apiKey ?? defaultApiKey
  const handler: Wire.Handler = Api.handler({
    account,
    writes,
    calls,
    faults,
    endpoints,
    apiKey,
    restrictedKeys: options.restrictedKeys ?? {},
    limits: options.limits ?? null
  })

  const byHand = (route: Writes.Writing, fields: Fields) => {
    const sent = Form.fromJson(fields)
    return writes.byHand(route, typeof sent === "string" ? new Map() : sent).pipe(
      Effect.orDie,
      Effect.flatMap((result) =>
        Result.isSuccess(result) ? Effect.succeed(result.success) : Effect.die(impossible(route, result.failure))
      )
    )
  }
  const act = (
    entity: string,
    id: RecordId,
    pick: (resource: (typeof resources)[Entity]) => Writes.Writing | undefined,
    fields: Fields
  ) =>
    Effect.suspend(() => {
      const route = pick(resources[known(entity)])
      return route === undefined
        ? Effect.die(new Error(`a ${entity} cannot do that: ${id}`))
        : Effect.asVoid(byHand(route, fields))
    })

  return {
    apiKey,
    handler,
    remote: Transport.client(handler),
    faults,
    calls,
    webhooks: endpoints.webhooks,
    nowMs,
    user: {
      create: (entity, fields) =>
        Effect.suspend(() =>
          Effect.map(byHand({ _tag: "Create", resource: resources[known(entity)] }, fields), (record) =>
            RecordId.make(text(record, "id"))
          )
        ),
      edit: (entity, id, fields) =>
        act(entity, id, (resource) => ({ _tag: "Act", resource, id, action: resource.update }), fields),
      remove: (entity, id) =>
        act(entity, id, (resource) => resource.remove && { _tag: "Act", resource, id, action: resource.remove }, {})
    },
    press: (entity, id, command, fields = {}) =>
      act(
        entity,
        id,
        (resource) => {
          const action = resource.commands[command]
          return action && { _tag: "Act", resource, id, action }
        },
        fields
      ),
    plant: (entity, id, fields) =>
      act(
        entity,
        id,
        (resource) => ({
          _tag: "Act",
          resource,
          id,
          action: {
            parameters: {},
            run: (record) =>
              done(changed(resource.entity, record, { ...record, ...fields, id }, ...editEvents[resource.entity]))
          }
        }),
        {}
      ),
    truth: (entity) =>
      Effect.sync(() => {
        const records = ledger.records[known(entity)]
        const live = new Map<RecordId, Fields>()
        for (let position = 0; position < records.size(); position += 1) {
          const record = records.at(position)
          if (record !== undefined) live.set(RecordId.make(text(record, "id")), record)
        }
        return live
      }),
    count: (entity) => Effect.sync(() => ledger.records[known(entity)].count())
  }
})

/** What an edit is called in the feed; payment intents have no such event. */
const editEvents: Record<Entity, ReadonlyArray<string>> = {
  customer: ["customer.updated"],
  product: ["product.updated"],
  price: ["price.updated"],
  subscription: ["customer.subscription.updated"],
  invoice: ["invoice.updated"],
  payment_intent: [],
  refund: ["refund.updated"],
  credit_note: ["credit_note.updated"]
}

const known = (entity: string): Entity => {
  if (isEntity(entity)) return entity
  throw new Error(`the Stripe sandbox has no "${entity}", only ${entities.join(", ")}`)
}

const impossible = ({ resource }: Writes.Writing, { message, param }: Refusal): Error =>
  new Error(`a person could not do that to a ${resource.entity}: ${message}${param === undefined ? "" : ` (${param})`}`)
