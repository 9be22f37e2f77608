/** Records of the sandbox against what Stripe itself publishes: the SDK's types always, its example objects where they are at hand. */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import type { Fields } from "@syncline/core"
import { Effect, Option, Schema } from "effect"
import { Stripe } from "stripe"
import * as StripeSandbox from "../src/sandbox/index.ts"
import { stripe } from "../src/Stripe.ts"
import { accountShape } from "../src/sandbox/AccountRecord.ts"
import * as CreditNote from "../src/sandbox/CreditNote.ts"
import * as Customer from "../src/sandbox/Customer.ts"
import * as Invoice from "../src/sandbox/Invoice.ts"
import * as PaymentIntent from "../src/sandbox/PaymentIntent.ts"
import * as Plan from "../src/sandbox/Plan.ts"
import * as Price from "../src/sandbox/Price.ts"
import * as Product from "../src/sandbox/Product.ts"
import * as Refund from "../src/sandbox/Refund.ts"
import * as Subscription from "../src/sandbox/Subscription.ts"

/** The SDK turns decimals into objects of its own; on the wire they are text. */
type Wire<Record, Decimals extends keyof Record> = Omit<Record, Decimals> & {
  readonly [Name in Decimals]: string | null
}
type WirePrice = Wire<Stripe.Price, "unit_amount_decimal">
type WireItem = Omit<Stripe.SubscriptionItem, "price" | "plan"> & {
  readonly price: WirePrice
  readonly plan: Wire<Stripe.Plan, "amount_decimal">
}
type WireLine = Omit<Stripe.InvoiceLineItem, "pricing" | "quantity_decimal"> & {
  readonly pricing: Wire<Stripe.InvoiceLineItem.Pricing, "unit_amount_decimal"> | null
  readonly quantity_decimal: string | null
}
type WireList<Record> = Omit<Stripe.ApiList<unknown>, "data"> & { readonly data: ReadonlyArray<Record> }
type WireSubscription = Omit<Stripe.Subscription, "items"> & { readonly items: WireList<WireItem> }
type WireInvoice = Omit<Stripe.Invoice, "lines"> & { readonly lines: WireList<WireLine> }

const plan = Plan.make(StripeSandbox.demo, 1, StripeSandbox.defaultEpochMs, StripeSandbox.defaultSpanMs)

// The compiler does this part: a field that is missing, or of a kind that the SDK does not expect, fails `npm run check`.
const customer: Stripe.Customer = Customer.seeded(plan, 7)
const product: Stripe.Product = Product.seeded(plan, 7)
const price: WirePrice = Price.seeded(plan, 7)
const subscription: WireSubscription = Subscription.seeded(plan, 7)
const invoice: WireInvoice = Invoice.seeded(plan, 7)
const paymentIntent: Stripe.PaymentIntent = PaymentIntent.seeded(plan, 7)
const refund: Stripe.Refund = Refund.shape({
  id: "re_1",
  created: 1,
  amount: 5,
  currency: "usd",
  customer: null,
  paymentIntent: "pi_1"
})
type WireCreditNote = Omit<Stripe.CreditNote, "lines"> & {
  readonly lines: WireList<Wire<Stripe.CreditNoteLineItem, "unit_amount_decimal">>
}
const creditNote: WireCreditNote = CreditNote.shape({
  id: "cn_1",
  lineId: "cnli_1",
  created: 1,
  amount: 5,
  currency: "usd",
  customer: "cus_1",
  invoice: "in_1",
  isPaid: false,
  number: "A-1-CN-01"
})
const account: Stripe.Account = accountShape(0)

const records: Record<string, object> = {
  customer,
  product,
  price,
  subscription,
  invoice,
  payment_intent: paymentIntent,
  refund,
  credit_note: creditNote,
  account
}

/** Where Stripe's examples (2026-07) and the pinned version (2026-10, by the SDK's types) differ. */
const known: Record<string, { readonly gone?: ReadonlyArray<string>; readonly added?: ReadonlyArray<string> }> = {
  customer: { added: ["customer_account"] },
  product: { added: ["tax_details"] },
  invoice: { gone: ["subscription"] },
  payment_intent: { added: ["allowed_payment_method_types", "payment_record"] },
  account: { gone: ["external_accounts", "future_requirements", "requirements", "settings", "tos_acceptance"] }
}

const Examples = Schema.fromJsonString(
  Schema.Struct({ resources: Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Json)) })
)
const folder = process.env["SYNCLINE_SPECS"] ?? fileURLToPath(new URL("../../../../shared/specs", import.meta.url))
const file = `${folder}/stripe/fixtures3.json`
const examples = existsSync(file)
  ? Schema.decodeUnknownOption(Examples)(readFileSync(file, "utf8"))
  : Option.none<typeof Examples.Type>()

/** Kinds by JSON's words; null and stubs of nothing may stand for any of them. */
const kind = (value: unknown): string => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value)

describe("records of the sandbox", () => {
  it("are of the version that the connector and the SDK pin", () => {
    assert.strictEqual(StripeSandbox.apiVersion, stripe.apiVersion)
    assert.strictEqual(StripeSandbox.apiVersion, Stripe.API_VERSION)
  })

  it("hold every field that the SDK's types require", () => {
    for (const [entity, record] of Object.entries(records)) assert.propertyVal(record, "object", entity)
  })

  it.for(Object.keys(records))("have the fields of Stripe's example %s", (entity, { skip }) => {
    if (Option.isNone(examples)) return skip(`no ${file}`)
    const example = examples.value.resources[entity] ?? {}
    const record: Record<string, unknown> = { ...records[entity] }
    const { gone = [], added = [] } = known[entity] ?? {}
    assert.deepStrictEqual(
      Object.keys(record).sort(),
      [...Object.keys(example).filter((name) => !gone.includes(name)), ...added].sort()
    )
    for (const [name, value] of Object.entries(example)) {
      const ours = kind(record[name])
      if (record[name] === undefined || ours === "null" || kind(value) === "null") continue
      assert.strictEqual(ours, kind(value), `${entity}.${name}`)
    }
  })

  it.effect("have the same fields whether seeded or created", () =>
    Effect.gen(function* () {
      const account = yield* StripeSandbox.open({
        size: {
          ...StripeSandbox.empty,
          customers: 10,
          products: 2,
          prices: 4,
          subscriptions: 5,
          invoices: 10,
          paymentIntents: 5
        }
      })
      const customer = yield* account.user.create("customer", { name: "Ada" })
      const product = yield* account.user.create("product", { name: "Tea" })
      const price = yield* account.user.create("price", {
        product,
        currency: "usd",
        unit_amount: 5,
        recurring: { interval: "month" }
      })
      const created: Record<string, Fields | undefined> = {}
      const look = Effect.fn(function* (entity: string, fields: Fields) {
        const id = yield* account.user.create(entity, fields)
        created[entity] = (yield* account.truth(entity)).get(id)
      })
      yield* look("customer", {})
      yield* look("product", { name: "Tea" })
      yield* look("price", { product, currency: "usd", unit_amount: 5 })
      yield* look("subscription", { customer, items: [{ price }] })
      yield* look("invoice", { customer })
      yield* look("payment_intent", { amount: 5, currency: "usd" })
      for (const [entity, record] of Object.entries(created)) {
        assert.deepStrictEqual(Object.keys(record ?? {}).sort(), Object.keys(records[entity] ?? {}).sort(), entity)
      }
    })
  )
})
