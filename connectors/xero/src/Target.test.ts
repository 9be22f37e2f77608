import { assert, describe, it } from "@effect/vitest"
import { OpKey } from "@syncline/core"
import { Effect, Option } from "effect"
import { connected, idOf, refusal, stored } from "../test/Connected.ts"

describe("Xero write", () => {
  it.effect("one bad contact of a batch fails alone, named", () =>
    Effect.gen(function* () {
      const { create, organisation } = yield* connected()
      const [ada, nobody, mail] = yield* create(
        "contact",
        { Name: "Ada" },
        { FirstName: "No" },
        { Name: "B", EmailAddress: "x" }
      )
      assert.strictEqual(stored(ada)["Name"], "Ada")
      assert.deepInclude(refusal(nobody), { _tag: "Rejected", fields: { Name: "The Contact Name must be specified." } })
      assert.deepInclude(refusal(mail), { _tag: "Rejected", fields: { EmailAddress: "Email address must be valid." } })
      assert.strictEqual(yield* organisation.count("contact"), 1)
    })
  )

  it.effect("the same batch sent again makes no second contact", () =>
    Effect.gen(function* () {
      const { create, organisation } = yield* connected({ profile: { keysKeptMs: 3_600_000 } })
      yield* create("contact", { Name: "Ada" }, { Name: "Bea" })
      const [again] = yield* create("contact", { Name: "Ada" }, { Name: "Bea" })
      assert.strictEqual(stored(again)["Name"], "Ada")
      assert.strictEqual(yield* organisation.count("contact"), 2)
    })
  )

  it.effect("a create whose answer was lost is found by its mark, and one that never was is not", () =>
    Effect.gen(function* () {
      const { create, entity, organisation, run } = yield* connected()
      yield* organisation.faults.next(1, ({ method }) => method === "PUT", { _tag: "DropAfter" })
      const error = yield* Effect.flip(create("contact", { Name: "Ada" }))
      assert.strictEqual(error.reason._tag, "OutcomeUnknown")
      const find = entity("contact").target?.create?.find
      if (find === undefined) return assert.fail("no find")
      const sought = ["op-0", "op-9"].map((key) => ({ key: OpKey.make(key), patch: {}, sentAtMs: 0 }))
      const found = yield* run(find.run(sought))
      assert.deepStrictEqual(
        sought.map(({ key }) => Option.map(found.get(key) ?? Option.none(), ({ Name }) => Name)),
        [Option.some("Ada"), Option.none()]
      )
    })
  )

  it.effect("an invoice for nobody is refused with what to do, and nothing is sent for it", () =>
    Effect.gen(function* () {
      const { create, requests } = yield* connected()
      const [none, guest] = yield* create(
        "invoice",
        { Type: "ACCREC", LineItems: [] },
        { Type: "ACCREC", LineItems: [], Contact: { ContactID: null } }
      )
      for (const each of [none, guest]) {
        const reason = refusal(each)
        if (reason._tag !== "Rejected") return assert.fail(`it is ${reason._tag}`)
        assert.include(reason.fields["Contact"], "map Contact.ContactID")
      }
      assert.isEmpty(requests)
    })
  )

  it.effect("a name that is taken is a conflict", () =>
    Effect.gen(function* () {
      const { create } = yield* connected()
      const [, second] = yield* create("contact", { Name: "Ada" }, { Name: "ADA" })
      assert.strictEqual(refusal(second)._tag, "Conflicted")
    })
  )

  it.effect("an update sends what differs, clears by null, and without a difference makes no call", () =>
    Effect.gen(function* () {
      const { create, requests, update } = yield* connected()
      const [made] = yield* create("contact", {
        Name: "Ada",
        EmailAddress: "a@example.com",
        Addresses: { POBOX: { City: "Bern", PostalCode: "3000" } }
      })
      const base = stored(made)
      requests.splice(0)
      assert.deepStrictEqual(
        stored(yield* update("contact", base, { Name: "Ada", EmailAddress: "a@example.com" })),
        base
      )
      assert.strictEqual(requests.length, 0)
      const changed = stored(
        yield* update("contact", base, { EmailAddress: null, Addresses: { POBOX: { City: "Thun" } } })
      )
      assert.deepInclude(changed, { EmailAddress: null, Addresses: { POBOX: { City: "Thun" } } })
      assert.deepStrictEqual(JSON.parse(requests[0]?.body ?? ""), {
        Contacts: [
          {
            ContactID: base["ContactID"],
            EmailAddress: "",
            Addresses: [{ AddressType: "POBOX", City: "Thun", PostalCode: "" }]
          }
        ]
      })
    })
  )

  it.effect("a field that Xero computes is refused before anything is sent", () =>
    Effect.gen(function* () {
      const { create, requests } = yield* connected()
      const [made] = yield* create("contact", { Name: "Ada", IsCustomer: true })
      assert.strictEqual(refusal(made)._tag, "Rejected")
      assert.strictEqual(requests.length, 0)
    })
  )

  it.effect("a removed contact is archived, twice the same", () =>
    Effect.gen(function* () {
      const { create, organisation, remove } = yield* connected()
      const [made] = yield* create("contact", { Name: "Ada" })
      stored(yield* remove("contact", stored(made)))
      stored(yield* remove("contact", stored(made)))
      assert.strictEqual(yield* organisation.count("contact"), 0)
    })
  )

  it.effect("a paid invoice says why it stays, and an approved one why it is not deleted", () =>
    Effect.gen(function* () {
      const { create, organisation, remove, update } = yield* connected()
      const contact = yield* organisation.user.create("contact", { Name: "Ada" })
      const [made] = yield* create("invoice", {
        Type: "ACCREC",
        Contact: { ContactID: contact },
        Status: "AUTHORISED",
        DueDate: "2026-12-31",
        LineItems: [{ Description: "Work", Quantity: 2, UnitAmount: 10.5, AccountCode: "200" }]
      })
      const invoice = stored(made)
      assert.deepInclude(invoice, { Total: 21, AmountDue: 21, DueDate: "2026-12-31", InvoiceNumber: "INV-0001" })
      assert.match(JSON.stringify(refusal(yield* remove("invoice", invoice))), /VOIDED/)
      const id = idOf(invoice, "InvoiceID")
      yield* organisation.user.create("payment", { Invoice: { InvoiceID: id }, Amount: 21 })
      assert.match(JSON.stringify(refusal(yield* update("invoice", invoice, { DueDate: "2027-01-31" }))), /paid/)
    })
  )

  it.effect("an item is made, changed and deleted; its code is taken once", () =>
    Effect.gen(function* () {
      const { create, organisation, remove, update } = yield* connected()
      const [made, twice] = yield* create("item", { Code: "A", Name: "Board" }, { Code: "A", Name: "Other" })
      assert.strictEqual(refusal(twice)._tag, "Conflicted")
      const item = stored(yield* update("item", stored(made), { SalesDetails: { UnitPrice: 19.99 } }))
      assert.deepInclude(item, { Code: "A", SalesDetails: { UnitPrice: 19.99 } })
      stored(yield* remove("item", item))
      stored(yield* remove("item", item))
      assert.strictEqual(yield* organisation.count("item"), 0)
    })
  )

  it.effect("a payment is made and deleted, and its invoice follows", () =>
    Effect.gen(function* () {
      const { create, organisation, remove } = yield* connected()
      const contact = yield* organisation.user.create("contact", { Name: "Ada" })
      const invoice = yield* organisation.user.create("invoice", {
        Type: "ACCREC",
        Contact: { ContactID: contact },
        Status: "AUTHORISED",
        DueDate: "2026-12-31",
        LineItems: [{ Description: "Work", UnitAmount: 10 }]
      })
      const status = Effect.map(organisation.truth("invoice"), (all) => all.get(invoice)?.["Status"])
      const [made] = yield* create("payment", { Invoice: { InvoiceID: invoice }, Account: { Code: "090" }, Amount: 10 })
      assert.strictEqual(yield* status, "PAID")
      stored(yield* remove("payment", stored(made)))
      assert.strictEqual(yield* status, "AUTHORISED")
    })
  )

  it.effect("a limit is waited out, never hit twice", () =>
    Effect.gen(function* () {
      const { calls, drain, entity, organisation } = yield* connected(
        { size: { contacts: 10, items: 0, invoices: 0 }, limits: { atOnce: 5, perMinute: 3, perDay: 5000 } },
        { callsPerMinute: 1000 }
      )
      for (let round = 0; round < 6; round += 1) yield* drain(entity("contact").source.list)
      assert.isAtMost(yield* calls, 24)
      assert.isAtLeast(yield* organisation.calls.total, 18)
    })
  )
})
