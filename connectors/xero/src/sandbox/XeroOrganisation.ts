/** A Xero organisation that lives in this process. */
import {
  type Account,
  Calls,
  Faults,
  Journal,
  OAuthServer,
  Transport,
  Webhooks,
  type Wire
} from "@syncline/connector/sandbox"
import { type Fields, RecordId } from "@syncline/core"
import { Clock, Effect } from "effect"
import * as XeroWire from "../Wire.ts"
import * as Api from "./Api.ts"
import * as Books from "./Books.ts"
import { text } from "./Json.ts"
import {
  believed,
  defaultClientId,
  defaultClientSecret,
  defaultTenantId,
  defaultWebhookKey,
  empty,
  type Options
} from "./Options.ts"
import type { Resource } from "./Resource.ts"
import * as Subscription from "./Subscription.ts"
import * as Writes from "./Writes.ts"

export interface XeroOrganisation extends Account {
  readonly tenantId: string
  /** Makes one contact the loser of a merge; the winner lives on. */
  readonly merge: (loser: RecordId, winner: RecordId) => Effect.Effect<void>
  readonly webhooks: Webhooks.Webhooks
  readonly nowMs: Effect.Effect<number>
  readonly authorization: OAuthServer.OAuthServer
}

/** Our records, as a person would type them at Xero. */
const typed = (fields: Fields): Fields => XeroWire.written(fields, {})

export const open = Effect.fn("XeroSandbox.open")(function* (
  options: Options & { readonly lagMs?: number } = {}
): Effect.fn.Return<XeroOrganisation> {
  const nowMs = Effect.map(Clock.currentTimeMillis, (ms) => ms + (options.skewMs ?? 0))
  const baseCurrency = options.baseCurrency ?? "NZD"
  const tenantId = options.tenantId ?? defaultTenantId
  const profile = { ...believed, ...options.profile }
  const broken = options.broken ?? {}
  const books = Books.make({
    size: options.size ?? empty,
    seed: options.seed ?? 1,
    epochMs: yield* nowMs,
    baseCurrency
  })
  const faults = Faults.make()
  const calls = Calls.make(Journal.memory)
  const webhooks = yield* Webhooks.make({ retryAfterMs: Subscription.retryAfterMs, ...options.webhooks })
  const tell = Subscription.tell({
    webhooks,
    url: options.webhooks?.url ?? null,
    key: options.webhooks?.key ?? defaultWebhookKey,
    tenantId,
    nowMs
  })
  const writes = Writes.make({
    books,
    faults,
    keysKeptMs: profile.keysKeptMs,
    forgetsKeys: broken.idempotency === true,
    tell
  })
  const authorization = OAuthServer.make({
    clientId: defaultClientId,
    clientSecret: defaultClientSecret,
    authorizePath: "/identity/connect/authorize",
    tokenPaths: ["/connect/token"],
    graceMs: profile.refreshGraceMs,
    nowMs
  })
  const handler: Wire.Handler = Api.handler({
    books,
    writes,
    calls,
    faults,
    nowMs,
    authorization,
    alsoReaches: options.alsoReaches ?? [],
    scopes: options.scopes ?? null,
    tenantId,
    organisation: {
      OrganisationID: tenantId,
      Name: options.name ?? "Ridgeway Ltd",
      BaseCurrency: baseCurrency,
      CountryCode: "NZ",
      OrganisationStatus: "ACTIVE"
    },
    limits: options.limits ?? null,
    profile,
    broken,
    lagMs: options.lagMs ?? 0
  })
  const known = (entity: string): Resource => {
    const found = Books.resources.find((each) => each.entity === entity)
    if (found !== undefined) return found
    throw new Error(
      `the Xero sandbox has no "${entity}", only ${Books.resources.map((each) => each.entity).join(", ")}`
    )
  }
  const live = (entity: string) =>
    books.list(entity).filter(({ fields }) => !known(entity).isArchived(fields) && fields["Status"] !== "DELETED")

  return {
    tenantId,
    handler,
    remote: Transport.client(handler),
    faults,
    calls,
    webhooks,
    nowMs,
    authorization,
    user: {
      create: (entity, fields) =>
        Effect.gen(function* () {
          const made = yield* writes.byHand(known(entity), typed(fields), null, yield* nowMs)
          return RecordId.make(text(made, known(entity).idField))
        }),
      edit: (entity, id, fields) =>
        Effect.gen(function* () {
          yield* writes.byHand(known(entity), typed(fields), id, yield* nowMs)
        }),
      remove: (entity, id) =>
        Effect.gen(function* () {
          yield* writes.removeByHand(known(entity), id, yield* nowMs)
        })
    },
    merge: (loser, winner) =>
      Effect.gen(function* () {
        yield* writes.byHand(
          known("contact"),
          { ContactStatus: "ARCHIVED", MergedToContactID: winner },
          loser,
          yield* nowMs
        )
      }),
    truth: (entity) =>
      Effect.sync(
        () =>
          new Map(
            live(entity).map((kept) => [
              RecordId.make(text(kept.fields, known(entity).idField)),
              XeroWire.readFields(Books.shown(kept))
            ])
          )
      ),
    count: (entity) => Effect.sync(() => live(entity).length)
  }
})
