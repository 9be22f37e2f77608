import * as ShopifySandbox from "@syncline/connector-shopify/sandbox"
import * as XeroSandbox from "@syncline/connector-xero/sandbox"
import type { Fields, RecordId } from "@syncline/core"
import { assert, it } from "@effect/vitest"
import { Effect, type Schema } from "effect"
import example from "../src/ShopifyXero.ts"
import * as Stage from "./Stage.ts"

const people = ["Katherine Warren", "Zoë Müller", "Søren Æbel", "Анна Орлова", "愛子 佐藤", "Amélie O'Brien"]

const [shopUrl, booksUrl] = ["http://127.0.0.1:4012", "http://127.0.0.1:4013"]

const open = Effect.gen(function* () {
  const shop = yield* ShopifySandbox.open({ baseUrl: shopUrl, profile: { bulkMs: 0 } })
  const books = yield* XeroSandbox.open()
  const stage = yield* Stage.open(example, {
    shop: {
      url: shopUrl,
      handler: shop.handler,
      config: { shop: shop.domain, accessToken: ShopifySandbox.defaultAccessToken }
    },
    books: {
      url: booksUrl,
      handler: books.handler,
      config: { tenantId: books.tenantId, accessToken: XeroSandbox.defaultAccessToken, callsPerMinute: 100_000 }
    }
  })
  return { books, shop, ...stage }
})
type World = Effect.Success<typeof open>

const customerOf = (name: string, index: number): Fields => {
  const [firstName = "", lastName = ""] = name.split(" ")
  return { firstName, lastName, email: `person${index}@example.com`, tags: [] }
}

/** A shop with a few customers, things and orders, and books that know some of it already. */
const filled = Effect.fn(function* ({ books, shop }: World) {
  const customers: Array<RecordId> = []
  for (const [index, name] of people.entries())
    customers.push(yield* shop.user.create("customer", customerOf(name, index)))
  yield* books.user.create("contact", { Name: "Katherine Warren", EmailAddress: "person0@example.com" })
  yield* books.user.create("contact", { Name: "Landlord Ltd", FirstName: "Max", EmailAddress: "rent@example.com" })
  for (const [index, price] of ["19.90", "7.00", "0.25"].entries())
    yield* shop.user.create("product", {
      title: `Thing ${index}`,
      tags: [],
      status: "ACTIVE",
      sku: `SKU-${index}`,
      price
    })
  const variants = [...(yield* shop.truth("variant")).keys()]
  yield* books.user.create("item", { Code: "SKU-1", Name: "Old name", SalesDetails: { UnitPrice: 7 } })
  const line = (index: number, quantity: number, price: string) => ({
    id: `gid://shopify/LineItem/${index}`,
    title: `Thing ${index % 3}`,
    variantId: variants[index % 3] ?? null,
    quantity,
    price,
    tax: index % 2 === 0 ? "0.38" : "0"
  })
  const orders: Array<RecordId> = []
  for (const [index, customer] of customers.entries())
    orders.push(
      yield* shop.user.create("order", {
        name: `#${1001 + index}`,
        customer: { id: customer },
        lines: [line(index, 2, "19.90"), line(index + 1, 3, "7.00")],
        ...(index % 2 === 1 && { shipping: { title: "Courier", price: "4.90", tax: "0.93" } }),
        tags: []
      })
    )
  yield* shop.user.create("refund", { order: { id: orders[0] ?? "" }, note: "Scratched", amount: "19.90" })
  return { customers, orders }
})

const isObject = (value: Schema.Json | undefined): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)
const at = (value: Schema.Json | undefined, ...path: ReadonlyArray<string>): Schema.Json | undefined =>
  path.reduce<Schema.Json | undefined>((each, name) => (isObject(each) ? each[name] : undefined), value)
const lines = (value: Schema.Json | undefined): ReadonlyArray<Fields> =>
  Array.isArray(value) ? Array.from<Schema.Json>(value).filter(isObject) : []

/** Read from both stand-ins, without the engine. */
const isEven = Effect.fn(function* ({ books, shop }: World) {
  const [customers, contacts] = [yield* shop.truth("customer"), yield* books.truth("contact")]
  assert.deepStrictEqual(
    Stage.told([...contacts.values()].map((each) => [each["FirstName"], each["LastName"], each["EmailAddress"]])),
    Stage.told([...customers.values()].map((each) => [each["firstName"], each["lastName"], each["email"]]))
  )
  const [variants, items] = [yield* shop.truth("variant"), yield* books.truth("item")]
  assert.deepStrictEqual(
    Stage.told([...items.values()].map((each) => [each["Code"], each["Name"], at(each, "SalesDetails", "UnitPrice")])),
    Stage.told([...variants.values()].map((each) => [each["sku"], each["displayName"], Number(each["price"])]))
  )
  const emailByContact = new Map([...contacts].map(([id, each]) => [String(id), each["EmailAddress"]]))
  const emailByCustomer = new Map([...customers].map(([id, each]) => [String(id), each["email"]]))
  const emailOf = (contact: Schema.Json | undefined) => emailByContact.get(Stage.text(at(contact, "ContactID")))
  const [orders, invoices] = [yield* shop.truth("order"), yield* books.truth("invoice")]
  assert.deepStrictEqual(
    Stage.told(
      [...invoices.values()].map((each) => [
        each["InvoiceNumber"],
        each["Type"],
        emailOf(each["Contact"]),
        lines(each["LineItems"]).map((line) => [at(line, "ItemCode"), at(line, "Quantity"), at(line, "LineAmount")]),
        each["Total"]
      ])
    ),
    Stage.told(
      [...orders.values()].map((each) => {
        const amount = (value: Schema.Json | undefined): number => Number(at(value, "shopMoney", "amount"))
        const { shippingLine } = each
        const sold = lines(each["lines"]).map((line) => [
          at(line, "sku"),
          at(line, "quantity"),
          amount(line["discountedTotalSet"])
        ])
        const delivered = isObject(shippingLine) ? [[null, 1, amount(shippingLine["discountedTotalSet"])]] : []
        const charged = [...sold, ...delivered].map(([, , worth]) => Number(worth))
        const total = charged.reduce((sum, worth) => sum + worth, amount(each["currentTotalTaxSet"]))
        return [
          each["name"],
          "ACCREC",
          emailByCustomer.get(Stage.text(at(each["customer"], "id"))),
          [...sold, ...delivered],
          Math.round(total * 100) / 100
        ]
      })
    )
  )
  const [refunds, notes] = [yield* shop.truth("refund"), yield* books.truth("credit_note")]
  assert.deepStrictEqual(
    Stage.told([...notes.values()].map((each) => [each["Type"], emailOf(each["Contact"]), each["Total"]])),
    Stage.told(
      [...refunds.values()].map((each) => [
        "ACCRECCREDIT",
        emailByCustomer.get(Stage.text(at(each["order"], "customer", "id"))),
        Number(at(each["totalRefundedSet"], "shopMoney", "amount"))
      ])
    )
  )
})

const idWhere = (records: ReadonlyMap<RecordId, Fields>, field: string, value: unknown): RecordId => {
  const found = [...records].find(([, record]) => record[field] === value)
  assert.isDefined(found, `${field} ${String(value)}`)
  return found[0]
}

/** Both are edited: different fields, different records, and once the same field. */
const edited = Effect.fn(function* (
  { books, shop }: World,
  { customers, orders }: Effect.Success<ReturnType<typeof filled>>
) {
  const [ada = assert.fail(), bea = assert.fail(), cyd = assert.fail()] = customers
  const contactOf = (index: number) =>
    Effect.map(books.truth("contact"), (contacts) => idWhere(contacts, "EmailAddress", `person${index}@example.com`))
  yield* shop.user.edit("customer", ada, { email: "ada@example.org" })
  yield* books.user.edit("contact", yield* contactOf(0), { LastName: "Warren-Smith" })
  yield* shop.user.edit("customer", bea, { firstName: "Zoe" })
  yield* books.user.edit("contact", yield* contactOf(1), { FirstName: "Zoey" })
  yield* books.user.create("contact", {
    Name: "Walk In",
    FirstName: "Walk",
    LastName: "In",
    EmailAddress: "walk@example.com"
  })
  yield* shop.user.remove("customer", idWhere(yield* shop.truth("customer"), "email", "rent@example.com"))

  const variants = yield* shop.truth("variant")
  const items = yield* books.truth("item")
  yield* shop.user.edit("variant", idWhere(variants, "sku", "SKU-0"), { price: "21.00" })
  yield* books.user.edit("item", idWhere(items, "Code", "SKU-1"), { SalesDetails: { UnitPrice: 8 } })
  yield* shop.user.edit("variant", idWhere(variants, "sku", "SKU-2"), { price: "0.30" })
  yield* books.user.edit("item", idWhere(items, "Code", "SKU-2"), { SalesDetails: { UnitPrice: 0.35 } })

  const [invoices, shown] = [yield* books.truth("invoice"), yield* shop.truth("order")]
  const accounted = idWhere(invoices, "InvoiceNumber", "#1002")
  yield* books.user.edit("invoice", accounted, {
    DueDate: "2026-12-31",
    LineItems: lines(invoices.get(accounted)?.["LineItems"]).map((line) => ({
      ...line,
      AccountCode: "200"
    }))
  })
  const order = shown.get(orders[1] ?? assert.fail())
  yield* shop.user.edit("order", orders[1] ?? assert.fail(), {
    lines: lines(order?.["lines"]).map((line, index) => ({
      id: at(line, "id") ?? "",
      title: at(line, "title") ?? "",
      variantId: at(line, "variant", "id") ?? null,
      quantity: index + 5,
      price: at(line, "originalUnitPriceSet", "shopMoney", "amount") ?? "",
      tax: "0"
    }))
  })
  yield* shop.user.create("order", {
    name: "#1007",
    customer: { id: cyd },
    lines: [{ id: "gid://shopify/LineItem/99", title: "Gift", variantId: null, quantity: 1, price: "5.00", tax: "0" }],
    tags: []
  })
  yield* shop.user.create("refund", { order: { id: orders[1] ?? assert.fail() }, note: null, amount: "7.00" })
})

it.live("what one side cannot hold waits alone, with a word on what to do", () =>
  Effect.gen(function* () {
    const { books, engine, query, shop } = yield* open
    yield* shop.user.create("order", { name: "#1001", lines: [], tags: [] })
    const ada = yield* shop.user.create("customer", customerOf("Ada Lovelace", 1))
    yield* shop.user.create("order", { name: "#1002", customer: { id: ada }, lines: [], tags: [] })
    yield* books.user.create("item", { Code: "NEW", Name: "Only in the books", SalesDetails: { UnitPrice: 7 } })
    yield* engine.run("sales")
    const waiting = yield* query("select entity, message from syncline.retry_ledger order by entity")
    assert.strictEqual(waiting.length, 2, JSON.stringify(waiting))
    assert.include(JSON.stringify(waiting[0]), "map Contact.ContactID to the contact that stands for all guests")
    assert.include(JSON.stringify(waiting[1]), "make it in Shopify and give it the same number (sku)")
    const numbers = [...(yield* books.truth("invoice")).values()].map((each) => each["InvoiceNumber"])
    assert.deepStrictEqual(numbers, ["#1002"])
  }).pipe(Effect.scoped, Stage.leaping)
)

it.live("a shop and its books hold the same, before and after both were edited", () =>
  Effect.gen(function* () {
    const world = yield* open
    const known = yield* filled(world)
    yield* world.sync
    yield* isEven(world)
    yield* world.isQuiet

    yield* edited(world, known)
    yield* world.sync
    yield* isEven(world)
    yield* world.isQuiet
    const contacts = yield* world.books.truth("contact")
    assert.deepInclude(contacts.get(idWhere(contacts, "EmailAddress", "ada@example.org")), { LastName: "Warren-Smith" })
    assert.deepInclude(contacts.get(idWhere(contacts, "EmailAddress", "person1@example.com")), { FirstName: "Zoe" })
    const items = yield* world.books.truth("item")
    assert.deepStrictEqual(
      ["SKU-0", "SKU-1", "SKU-2"].map((code) =>
        at(items.get(idWhere(items, "Code", code)), "SalesDetails", "UnitPrice")
      ),
      [21, 8, 0.3]
    )
    const invoices = yield* world.books.truth("invoice")
    const accounted = invoices.get(idWhere(invoices, "InvoiceNumber", "#1002"))
    assert.isDefined(accounted)
    assert.strictEqual(accounted["DueDate"], "2026-12-31")
    assert.deepStrictEqual(
      lines(accounted["LineItems"]).map((line) => [at(line, "AccountCode"), at(line, "Quantity")]),
      [
        ["200", 5],
        ["200", 6],
        ["200", 1]
      ]
    )

    // What an accountant has changed in an invoice stays, whatever becomes of its order.
    const agreed = idWhere(invoices, "InvoiceNumber", "#1003")
    yield* world.books.user.edit("invoice", agreed, {
      LineItems: [{ Description: "As agreed on the phone", Quantity: 1, LineAmount: 50 }]
    })
    yield* world.sync
    yield* world.shop.user.edit("order", known.orders[2] ?? assert.fail(), {
      lines: [{ id: "gid://shopify/LineItem/98", title: "Gift", variantId: null, quantity: 1, price: "5.00", tax: "0" }]
    })
    yield* world.sync
    assert.deepStrictEqual(
      lines((yield* world.books.truth("invoice")).get(agreed)?.["LineItems"]).map((line) => at(line, "Description")),
      ["As agreed on the phone"]
    )
    yield* world.isQuiet
  }).pipe(Effect.scoped, Stage.leaping)
)
