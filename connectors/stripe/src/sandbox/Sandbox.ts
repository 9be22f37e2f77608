/** What the conformance checks drive: accounts, how a person fills in each kind of object, and what Stripe does that others do not. */
import {
  type ConformanceAccount,
  type ConformanceSandbox,
  noScenes,
  type Opening,
  Wire
} from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"
import { Effect, Schema } from "effect"
import { apiVersion, defaultApiKey, documentedLimits, empty } from "./Options.ts"
import { open, type StripeAccount } from "./StripeAccount.ts"

export type Account = StripeAccount & ConformanceAccount

/** The address serves no one: requests of a client within the process reach the account whatever host they name. */
const baseUrl = "http://127.0.0.1:4010"

const opened = Effect.fn("StripeSandbox.opened")(function* ({
  isLimited = false,
  lagMs = 0,
  size = 0,
  skewMs = 0
}: Opening): Effect.fn.Return<Account> {
  const account = yield* open({
    size: { ...empty, customers: size },
    skewMs,
    profile: { eventLagMs: lagMs },
    limits: isLimited ? documentedLimits : null
  })
  return {
    ...account,
    user: {
      ...account.user,
      create: (entity, fields) => Effect.andThen(ready(account, entity, fields), account.user.create(entity, fields)),
      // The bank describes a refund; no parameter does.
      edit: (entity, id, fields) =>
        entity === "refund" ? account.plant(entity, id, fields) : account.user.edit(entity, id, fields)
    },
    config: {
      apiKey: defaultApiKey,
      baseUrl,
      concurrency: 4,
      webhookSecrets: [yield* subscribed(account.handler)],
      ...(!isLimited && { requestsPerSecond: 1_000_000 })
    },
    wire: { handler: account.handler, faults: account.faults },
    authorization: null
  }
})

/** Before a person gives money back, it has come; before he takes an invoice back, it is out. */
const ready = Effect.fnUntraced(function* (account: StripeAccount, entity: string, fields: Fields) {
  const known = (entity: string, id: unknown) =>
    Effect.map(account.truth(entity), (all) => [...all].find(([known]) => known === id))
  if (entity === "refund") {
    const [id, payment] = (yield* known("payment_intent", fields["payment_intent"])) ?? []
    if (id !== undefined && payment?.["status"] !== "succeeded")
      yield* account.press("payment_intent", id, "confirm", { payment_method: "pm_card_visa" })
  }
  if (entity !== "credit_note") return
  const [id, invoice] = (yield* known("invoice", fields["invoice"])) ?? []
  if (id === undefined || invoice?.["status"] !== "draft") return
  yield* account.press("invoice", id, "add_lines", { lines: [{ amount: 1_000_000, description: "Work" }] })
  yield* account.press("invoice", id, "finalize")
})

/** Asks for every event, and answers what they will be signed with. */
const subscribed = (handler: Wire.Handler): Effect.Effect<string> =>
  Effect.map(
    handler({
      method: "POST",
      path: "/v1/webhook_endpoints",
      query: "",
      headers: { authorization: `Bearer ${defaultApiKey}` },
      body: new URLSearchParams({
        url: "https://hooks.example.org/stripe",
        "enabled_events[0]": "*",
        api_version: apiVersion
      }).toString()
    }),
    (reply) => Schema.decodeUnknownSync(Endpoint)(Wire.text(reply)).secret
  ).pipe(Effect.orDie)

const Endpoint = Schema.fromJsonString(Schema.Struct({ secret: Schema.String }))

const asWritten = "Stripe keeps values as they are sent"
const none = {
  ...noScenes(asWritten),
  children: { none: "it has no list of children" },
  cap: { none: "Stripe's lists have no cap" },
  times: { none: "Stripe sets its times itself, in whole seconds" },
  fates: { none: "it is neither archived nor merged" }
}

/** https://docs.stripe.com/api/metadata: no more than 500 characters; a description has more, but no limit that is documented. */
const longest = 5000

/** An invoice that is no draft any more, with more lines than an invoice shows. https://docs.stripe.com/api/invoices/object */
const finalized = Effect.fn(function* (account: Account, lines: number) {
  const customer = yield* account.user.create("customer", { name: "Ada" })
  const id = yield* account.user.create("invoice", { customer, description: "A draft" })
  yield* account.press("invoice", id, "add_lines", {
    lines: Array.from({ length: lines }, (_, index) => ({ amount: 100 + index, description: `Line ${index}` }))
  })
  yield* account.press("invoice", id, "finalize")
  return id
})

export const sandbox: ConformanceSandbox<Account> = {
  open: opened,
  openings: { skewMs: true, lagMs: true, isLimited: true, size: true, byConsent: { none: "it is entered by a key" } },
  entities: {
    customer: {
      record: (index) => ({ name: `Customer ${index}`, email: `c${index}@example.com`, description: `Note ${index}` }),
      text: { field: "description", longest },
      removable: true,
      editsShow: true,
      scenes: {
        ...none,
        numbers: [{ name: "A balance", balance: -1_234_567 }],
        empty: [{ name: "No phone" }, { name: "A phone", phone: "+49 30 1234567" }],
        fates: (account) => [
          {
            what: "a deleted customer, of whom a stub is left",
            id: Effect.tap(account.user.create("customer", { name: "Gone" }), (id) =>
              account.user.remove("customer", id)
            ),
            seen: "Gone"
          }
        ],
        invalid: { fields: { name: "Ada", email: "no address at all" }, path: "email" }
      }
    },
    product: {
      record: (index) => ({ name: `Product ${index}`, description: `Thing ${index}` }),
      text: { field: "description", longest },
      removable: true,
      editsShow: true,
      scenes: none
    },
    price: {
      record: (index, referred) => ({
        currency: "eur",
        product: referred("product"),
        unit_amount: 100 + index,
        recurring: { interval: "month" },
        nickname: `Price ${index}`
      }),
      text: { field: "nickname", longest },
      removable: { none: "prices are archived, never deleted" },
      editsShow: true,
      scenes: none
    },
    subscription: {
      record: (index, referred) => ({
        customer: referred("customer"),
        items: [{ price: referred("price") }],
        description: `Subscription ${index}`
      }),
      text: { field: "description", longest: 500 },
      removable: { none: "subscriptions are canceled, never deleted" },
      editsShow: true,
      scenes: none
    },
    invoice: {
      record: (index, referred) => ({
        customer: referred("customer"),
        description: `Invoice ${index}`,
        footer: `Footer ${index}`
      }),
      text: { field: "description", longest },
      removable: true,
      editsShow: true,
      scenes: {
        ...none,
        children: (account) => Effect.map(finalized(account, 23), (id) => ({ id, path: "lines.data", count: 23 })),
        fates: (account) => [
          {
            what: "a void invoice",
            id: Effect.tap(finalized(account, 1), (id) => account.press("invoice", id, "void")),
            seen: "Present"
          }
        ],
        locked: (account) =>
          Effect.map(finalized(account, 1), (id) => ({ id, patch: { description: "Too late" }, says: "editable" }))
      }
    },
    payment_intent: {
      record: (index) => ({ amount: 1000 + index, currency: "eur", description: `Payment ${index}` }),
      text: { field: "description", longest: 1000 },
      removable: { none: "payments are never deleted" },
      // There is no event payment_intent.updated. https://docs.stripe.com/api/events/types
      editsShow: { none: "Stripe has no event for an edited payment; only its states are told" },
      scenes: none
    },
    refund: {
      record: (_, referred) => ({ payment_intent: referred("payment_intent"), amount: 1 }),
      // The bank writes it.
      text: { field: "description", longest: 0 },
      removable: { none: "a refund is for ever" },
      editsShow: true,
      scenes: none
    },
    credit_note: {
      record: (index, referred) => ({ invoice: referred("invoice"), amount: 100 + index, memo: `Memo ${index}` }),
      text: { field: "memo", longest },
      removable: { none: "credit notes are voided, never deleted" },
      editsShow: true,
      scenes: none
    }
  },
  // A restricted key without the permission. https://docs.stripe.com/keys#limit-access
  missingScope: {
    reply: Wire.json(
      403,
      JSON.stringify({
        error: {
          type: "invalid_request_error",
          message:
            "The provided key 'rk_test_****4242' does not have the required permissions for this endpoint on account 'acct_1'. Having the 'rak_customer_read' permission would allow this request to continue."
        }
      })
    ),
    names: "rak_customer_read"
  },
  refusedInside200: { none: "Stripe says no by its status" }
}
