/** What the connector declares as writable, against the parameters of Stripe's SDK and the sandbox's. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Stripe } from "stripe"
import * as CreditNote from "../src/CreditNote.ts"
import * as Customer from "../src/Customer.ts"
import * as Invoice from "../src/Invoice.ts"
import * as Price from "../src/Price.ts"
import * as Product from "../src/Product.ts"
import * as Refund from "../src/Refund.ts"
import { resources } from "../src/sandbox/Routes.ts"
import { connected } from "./Connected.ts"

// The compiler does this part: a field that is no parameter of the SDK fails `npm run check`.
const creatable = {
  customer: Customer.writable satisfies ReadonlyArray<keyof Stripe.CustomerCreateParams>,
  product: Product.creatable satisfies ReadonlyArray<keyof Stripe.ProductCreateParams>,
  price: Price.creatable satisfies ReadonlyArray<keyof Stripe.PriceCreateParams>,
  invoice: Invoice.creatable satisfies ReadonlyArray<keyof Stripe.InvoiceCreateParams>,
  refund: Refund.creatable satisfies ReadonlyArray<keyof Stripe.RefundCreateParams>,
  credit_note: CreditNote.creatable satisfies ReadonlyArray<keyof Stripe.CreditNoteCreateParams>
}
const updatable = {
  customer: Customer.writable satisfies ReadonlyArray<keyof Stripe.CustomerUpdateParams>,
  product: Product.updatable satisfies ReadonlyArray<keyof Stripe.ProductUpdateParams>,
  price: Price.updatable satisfies ReadonlyArray<keyof Stripe.PriceUpdateParams>,
  invoice: Invoice.updatable satisfies ReadonlyArray<keyof Stripe.InvoiceUpdateParams>,
  refund: Refund.updatable satisfies ReadonlyArray<keyof Stripe.RefundUpdateParams>,
  credit_note: CreditNote.updatable satisfies ReadonlyArray<keyof Stripe.CreditNoteUpdateParams>
}

describe("what can be written", () => {
  for (const name of ["customer", "product", "price", "invoice", "refund", "credit_note"] as const) {
    it.effect(`of a ${name} is declared with its endpoints and known to the sandbox`, () =>
      Effect.gen(function* () {
        const { entity } = yield* connected()
        const { endpoints, target } = entity(name)
        assert.deepStrictEqual(endpoints.create?.fields, creatable[name])
        assert.deepStrictEqual(endpoints.update?.fields, updatable[name])
        assert.includeMembers(Object.keys(resources[name].create.parameters), [...creatable[name]])
        assert.includeMembers(Object.keys(resources[name].update.parameters), [...updatable[name]])
        assert.deepStrictEqual(Object.keys(target?.commands ?? {}), Object.keys(endpoints.commands ?? {}))
        assert.includeMembers(Object.keys(resources[name].commands), Object.keys(endpoints.commands ?? {}))
        assert.strictEqual(endpoints.delete === undefined, ["refund", "credit_note"].includes(name))
      })
    )
  }

  it.effect("is nothing of a subscription and a payment intent", () =>
    Effect.gen(function* () {
      const { entity } = yield* connected()
      for (const name of ["subscription", "payment_intent"]) {
        assert.isUndefined(entity(name).target)
        assert.isUndefined(entity(name).endpoints.create)
      }
    })
  )
})
