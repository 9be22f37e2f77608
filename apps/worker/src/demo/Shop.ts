/** The last act's systems: a Shopify shop and its books in Xero, both in this process, and what their people do. */
import * as ShopifySandbox from "@syncline/connector-shopify/sandbox"
import * as XeroSandbox from "@syncline/connector-xero/sandbox"
import { Server } from "@syncline/connector/sandbox"
import type { Fields, RecordId } from "@syncline/core"
import { Effect } from "effect"
import * as ExitCode from "../ExitCode.ts"
import { Problem } from "../Problem.ts"
import * as ShopifyXeroScript from "./ShopifyXeroScript.ts"

export interface Served {
  readonly shop: ShopifySandbox.ShopifyShop
  readonly books: XeroSandbox.XeroOrganisation
  readonly shopUrl: string
  readonly booksUrl: string
}

const notHeard = ({ detail }: Server.ServerUnusable) =>
  new Problem({
    message: `a sandbox cannot listen on this machine: ${detail}`,
    wayOut: "",
    exitCode: ExitCode.failed
  })

/** Both as they are before the first sync: the books know the first of the customers, and some things, already. */
export const open = Effect.fn("Shop.open")(function* (sizes: ShopifyXeroScript.Sizes) {
  // The address is known once somebody listens, and files of bulk operations are said to lie there.
  let answer: ShopifySandbox.ShopifyShop["handler"] | null = null
  const { url: shopUrl } = yield* Effect.mapError(
    Server.listen((request) => (answer === null ? Effect.die("the shop is not open yet") : answer(request))),
    notHeard
  )
  const shop = yield* ShopifySandbox.open({ baseUrl: shopUrl, profile: { bulkMs: 100 } })
  answer = shop.handler
  const books = yield* XeroSandbox.open({ baseCurrency: "EUR" })
  const { url: booksUrl } = yield* Effect.mapError(Server.listen(books.handler), notHeard)
  const served: Served = { shop, books, shopUrl, booksUrl }
  yield* fill(served, sizes)
  return served
})

const fill = Effect.fnUntraced(function* ({ books, shop }: Served, sizes: ShopifyXeroScript.Sizes) {
  const customers: Array<RecordId> = []
  for (let index = 0; index < sizes.customers; index += 1) {
    const person = ShopifyXeroScript.person(index)
    customers.push(yield* shop.user.create("customer", { ...person, tags: [] }))
    const { email, firstName, lastName } = person
    if (index < sizes.known)
      yield* books.user.create("contact", {
        Name: `${firstName} ${lastName}`,
        FirstName: firstName,
        LastName: lastName,
        EmailAddress: email
      })
  }
  for (let index = 0; index < sizes.products; index += 1) {
    const { price, sku, title } = ShopifyXeroScript.thing(index)
    yield* shop.user.create("product", { title, sku, price, status: "ACTIVE", tags: [] })
    if (index < sizes.known)
      yield* books.user.create("item", { Code: sku, Name: title, SalesDetails: { UnitPrice: Number(price) } })
  }
  const variants = [...(yield* shop.truth("variant")).keys()]
  for (let index = 0; index < sizes.orders; index += 1) {
    const customer = customers[index % customers.length] ?? ""
    yield* order({ shop }, index, customer, ShopifyXeroScript.basket(index, variants))
  }
})

const order = ({ shop }: Pick<Served, "shop">, index: number, customer: string, lines: ReadonlyArray<Fields>) =>
  shop.user.create("order", { name: `#${1001 + index}`, customer: { id: customer }, lines, tags: [] })

const idWhere = (records: ReadonlyMap<RecordId, Fields>, field: string, value: string) =>
  Effect.fromNullishOr([...records].find(([, record]) => record[field] === value)?.[0]).pipe(Effect.orDie)

/** What the people of both systems do between two syncs. */
export const edit = Effect.fn("Shop.edit")(function* ({ books, shop }: Served, sizes: ShopifyXeroScript.Sizes) {
  const contactOf = (index: number) =>
    Effect.flatMap(books.truth("contact"), (all) => idWhere(all, "EmailAddress", ShopifyXeroScript.person(index).email))
  const customerOf = (index: number) =>
    Effect.flatMap(shop.truth("customer"), (all) => idWhere(all, "email", ShopifyXeroScript.person(index).email))
  const itemOf = (index: number) =>
    Effect.flatMap(books.truth("item"), (all) => idWhere(all, "Code", ShopifyXeroScript.thing(index).sku))
  const variantOf = (index: number) =>
    Effect.flatMap(shop.truth("variant"), (all) => idWhere(all, "sku", ShopifyXeroScript.thing(index).sku))

  // One person, two fields; another person, one field.
  const [moved, renamed] = [yield* customerOf(0), yield* customerOf(1)]
  const [married, nicknamed] = [yield* contactOf(0), yield* contactOf(1)]
  yield* shop.user.edit("customer", moved, { email: "new.address@example.org" })
  yield* books.user.edit("contact", married, { LastName: "Warren-Smith" })
  yield* shop.user.edit("customer", renamed, { firstName: "Katharina" })
  yield* books.user.edit("contact", nicknamed, { FirstName: "Kat" })
  yield* books.user.create("contact", {
    Name: "Walk In",
    FirstName: "Walk",
    LastName: "In",
    EmailAddress: "walk.in@example.com"
  })
  // Prices: one a side.
  yield* shop.user.edit("variant", yield* variantOf(0), { price: "99.00" })
  yield* books.user.edit("item", yield* itemOf(1), { SalesDetails: { UnitPrice: 45.5 } })
  // Sales and refunds.
  const variants = [...(yield* shop.truth("variant")).keys()]
  for (const index of [sizes.orders, sizes.orders + 1])
    yield* order({ shop }, index, yield* customerOf(2), ShopifyXeroScript.basket(index, variants))
  const orders = yield* shop.truth("order")
  for (const [index, amount] of ShopifyXeroScript.refunds.entries())
    yield* shop.user.create("refund", {
      order: { id: yield* idWhere(orders, "name", `#${1001 + index}`) },
      note: null,
      amount
    })
})

/** What each side holds of an entity, as text that is equal where both hold the same; past every connector and every image. */
export const told = Effect.fn("Shop.told")(function* ({ books, shop }: Served) {
  const truth = {
    customer: yield* shop.truth("customer"),
    variant: yield* shop.truth("variant"),
    order: yield* shop.truth("order"),
    refund: yield* shop.truth("refund"),
    contact: yield* books.truth("contact"),
    item: yield* books.truth("item"),
    invoice: yield* books.truth("invoice"),
    creditNote: yield* books.truth("credit_note")
  }
  return ShopifyXeroScript.sides(truth)
})
