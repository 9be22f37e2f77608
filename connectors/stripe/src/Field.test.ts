import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Rest } from "@syncline/connector"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type Stripe from "stripe"
import { CreditNote } from "./CreditNote.ts"
import { Customer } from "./Customer.ts"
import { Invoice } from "./Invoice.ts"
import { PaymentIntent } from "./PaymentIntent.ts"
import { Price } from "./Price.ts"
import { Product } from "./Product.ts"
import { Refund } from "./Refund.ts"
import { Subscription } from "./Subscription.ts"

/** Fields of Stripe's own type that ours does not declare; `deleted` is what a stub has instead of a record. */
type Undeclared<Official, Ours> = Exclude<keyof Official, keyof Ours | "deleted">
/** Fields that we expect and Stripe's type does not know. */
type Invented<Official, Ours> = Exclude<keyof Ours, keyof Official>
type Difference<Official, Ours> = Undeclared<Official, Ours> | Invented<Official, Ours>

/** Compiles only while the two name the same fields. */
const sameFields = <_Difference extends never>(): void => undefined

const entities: Record<string, Schema.Codec<{ readonly id: string }, unknown>> = {
  customer: Customer,
  product: Product,
  price: Price,
  subscription: Subscription,
  invoice: Invoice,
  payment_intent: PaymentIntent,
  refund: Refund,
  credit_note: CreditNote
}

const specs = process.env["SYNCLINE_SPECS"] ?? fileURLToPath(new URL("../../../../shared/specs", import.meta.url))
const fixtures = `${specs}/stripe/fixtures3.json`
const Fixtures = Schema.fromJsonString(Schema.Struct({ resources: Schema.Record(Schema.String, Schema.Json) }))

describe("Stripe's fields", () => {
  it("are those of the official SDK's types, no more and no fewer", () => {
    sameFields<Difference<Stripe.Customer, Customer>>()
    sameFields<Difference<Stripe.Product, Product>>()
    sameFields<Difference<Stripe.Price, Price>>()
    sameFields<Difference<Stripe.Subscription, Subscription>>()
    sameFields<Difference<Stripe.Invoice, Invoice>>()
    sameFields<Difference<Stripe.PaymentIntent, PaymentIntent>>()
    sameFields<Difference<Stripe.Refund, Refund>>()
    sameFields<Difference<Stripe.CreditNote, CreditNote>>()
  })

  for (const [name, schema] of Object.entries(entities)) {
    it.skipIf(!existsSync(fixtures))(`fit Stripe's own example of a ${name}`, () => {
      const { resources } = Schema.decodeUnknownSync(Fixtures)(readFileSync(fixtures, "utf8"))
      const [item] = Rest.items(schema, "id")([resources[name]])
      assert.strictEqual(item?._tag === "Unreadable" ? item.why : "fits", "fits")
    })
  }
})
