/** The default mappings into the built-in vocabulary. */
import { assert, describe, it } from "@effect/vitest"
import { Contact, CreditNote, FieldMapping, type Fields, Invoice, Link, Product, Refund } from "@syncline/core"
import { Effect, Result, Schema } from "effect"
import { connected } from "../test/Connected.ts"
import { stored, written } from "../test/Written.ts"
import { empty } from "./sandbox/index.ts"

const loaded = (rules: ReadonlyArray<FieldMapping.Rule>) => Result.getOrThrow(FieldMapping.load(rules, "bidirectional"))

const forward = (rules: ReadonlyArray<FieldMapping.Rule>, record: Fields): Fields =>
  Result.getOrThrow(FieldMapping.forward(loaded(rules), record))

describe("every record of the account is one of the built-in vocabulary", () => {
  const cases: ReadonlyArray<readonly [entity: string, type: string, Schema.Codec<unknown, unknown>, Fields]> = [
    ["customer", "contact", Contact.Contact, {}],
    ["product", "product", Product.Product, {}],
    // Lines do not travel.
    ["invoice", "invoice", Invoice.Invoice, { lines: [] }]
  ]
  for (const [name, type, schema, rest] of cases) {
    it.effect(`${name} as ${type}`, () =>
      Effect.gen(function* () {
        const { account, entity } = yield* connected()
        const { canonical } = entity(name)
        assert.strictEqual(canonical?.type, type)
        const records = [...(yield* account.truth(name)).values()]
        assert.isAbove(records.length, 0)
        for (const record of records) {
          const made = { ...forward(canonical?.rules ?? [], record), ...rest }
          Schema.decodeUnknownSync(schema)(made)
        }
      })
    )
  }
})

/** Stripe has no cleared company: the field is absent. */
const withoutCompany = (contact: Fields): Fields =>
  Object.fromEntries(Object.entries(contact).filter(([name]) => name !== "company"))

it.effect("a contact becomes a customer, and is the same contact when it is read back", () =>
  Effect.gen(function* () {
    const { verbs, entity } = yield* written()
    const rules = entity("customer").canonical?.rules ?? []
    const contact = {
      full_name: "Ada Lovelace",
      company: "Analytical Ltd",
      email: "ada@example.org",
      phone: "+41446681800",
      address: { line1: "1 Row", line2: null, city: "London", region: null, postal_code: "W1", country: "GB" },
      note: null
    }
    const patch = Result.getOrThrow(FieldMapping.backward(loaded(rules), contact))
    const ada = stored(yield* verbs("customer").create("op", patch))
    assert.deepStrictEqual(forward(rules, ada), contact)
    const moved = { ...contact, company: null, address: { ...contact.address, city: "Paris", line1: null } }
    const after = stored(
      yield* verbs("customer").update("op 2", ada, Result.getOrThrow(FieldMapping.backward(loaded(rules), moved)))
    )
    assert.deepStrictEqual(forward(rules, after), withoutCompany(moved))
  })
)

const unlinked: FieldMapping.References = {
  keyOf: (side, _entity, id) => Link.keyOf(side, id),
  idAt: (_side, _entity, key) => Link.parseKey(key).id
}

describe("joined with another account's", () => {
  for (const name of ["customer", "product"]) {
    it.effect(`every ${name} becomes one that is the same in the built-in vocabulary`, () =>
      Effect.gen(function* () {
        const source = yield* connected({ size: { ...empty, customers: 60, products: 12 } })
        const { verbs } = yield* written()
        const canonical = source.entity(name).canonical ?? { type: "", rules: [] }
        const mapping = loaded(FieldMapping.join(canonical, canonical))
        for (const record of (yield* source.account.truth(name)).values()) {
          const shared = Result.getOrThrow(FieldMapping.lift(mapping, "source", record, unlinked))
          const patch = Result.getOrThrow(FieldMapping.lower(mapping, "target", shared, null, unlinked))
          const made = stored(yield* verbs(name).create(typeof record["id"] === "string" ? record["id"] : "", patch))
          const told = Result.getOrThrow(FieldMapping.lift(mapping, "target", made, unlinked))
          assert.deepStrictEqual(
            Object.entries(told).filter(([, value]) => value !== null),
            Object.entries(shared).filter(([, value]) => value !== null)
          )
        }
      })
    )
  }

  it.effect("an invoice's customer, currency and status travel both ways, what Stripe computes neither", () =>
    Effect.gen(function* () {
      const { entity } = yield* written()
      const canonical = entity("invoice").canonical ?? { type: "", rules: [] }
      const { fields } = loaded(FieldMapping.join(canonical, canonical))
      assert.deepStrictEqual(
        fields.map((field) => field.name),
        ["contact", "status", "currency"]
      )
    })
  )
})

it.effect("money that was given back is a refund, in each of its states", () =>
  Effect.gen(function* () {
    const { account, entity } = yield* written()
    const payment = yield* account.user.create("payment_intent", { amount: 1990, currency: "eur" })
    yield* account.press("payment_intent", payment, "confirm", { payment_method: "pm_card_visa" })
    yield* account.user.create("refund", { payment_intent: payment, amount: 1250, reason: "requested_by_customer" })
    const [made = {}] = (yield* account.truth("refund")).values()
    const refund = forward(entity("refund").canonical?.rules ?? [], made)
    Schema.decodeUnknownSync(Refund.Refund)(refund)
    assert.deepInclude(refund, {
      total: "12.50",
      currency: "EUR",
      reason: "requested_by_customer",
      status: "succeeded"
    })
    const told = { requires_action: "pending", pending: "pending", failed: "failed", canceled: "cancelled" }
    for (const [status, state] of Object.entries(told))
      assert.include(forward(entity("refund").canonical?.rules ?? [], { ...made, status }), { status: state })
  })
)

it.effect("what takes an invoice back is a credit note, and one that is written names its invoice and why", () =>
  Effect.gen(function* () {
    const { account, entity, verbs } = yield* written()
    const rules = entity("credit_note").canonical?.rules ?? []
    const customer = yield* account.user.create("customer", { name: "Ada" })
    const invoice = yield* account.user.create("invoice", { customer })
    yield* account.press("invoice", invoice, "add_lines", { lines: [{ amount: 5000, description: "Work" }] })
    yield* account.press("invoice", invoice, "finalize")
    const wanted = { invoice, reason: "product_unsatisfactory", note: "Sorry" }
    const patch = Result.getOrThrow(FieldMapping.backward(loaded(rules), wanted))
    const note = stored(yield* verbs("credit_note").create("op", { ...patch, amount: 1500 }))
    const told = forward(rules, note)
    Schema.decodeUnknownSync(CreditNote.CreditNote)({ ...told, lines: [] })
    assert.deepInclude(told, { ...wanted, contact: customer, status: "issued", total: "15.00", currency: "USD" })
    const voided = stored(yield* verbs("credit_note").command("void", "op 2", note))
    assert.include(forward(rules, voided), { status: "void" })
  })
)

it.effect("a product's own number is kept in its metadata", () =>
  Effect.gen(function* () {
    const { verbs, entity } = yield* written()
    const rules = entity("product").canonical?.rules ?? []
    const product = { name: "Tea", sku: "T-1", description: null, is_active: false }
    const tea = stored(
      yield* verbs("product").create("op", Result.getOrThrow(FieldMapping.backward(loaded(rules), product)))
    )
    assert.deepStrictEqual(forward(rules, tea), product)
    assert.strictEqual(entity("product").changedAt?.(tea), Number(tea["updated"]) * 1000)
  })
)

it.effect.each<readonly [currency: string, total: string]>([
  ["usd", "15.00"],
  ["jpy", "1500"],
  ["kwd", "1.500"],
  ["isk", "15.00"]
])("1500 minor units in %s are %s", ([currency, total]) =>
  Effect.map(connected(), ({ entity }) => {
    const invoice = { id: "in_1", customer: "cus_1", status: "open", currency, total: 1500 }
    assert.include(forward(entity("invoice").canonical?.rules ?? [], invoice), {
      total,
      currency: currency.toUpperCase()
    })
  })
)
