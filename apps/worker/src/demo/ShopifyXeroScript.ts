/** What the last act says, whom and what its shop knows, and what both sides must agree in. Pure. */
import type { Fields, RecordId } from "@syncline/core"
import type { Schema } from "effect"
import * as Quantity from "../Quantity.ts"
import * as Style from "../Style.ts"

export interface Sizes {
  readonly customers: number
  readonly products: number
  readonly orders: number
  /** As many of the first customers and things the books know before the first sync. */
  readonly known: number
}

const first = ["Ada", "Katherine", "Zoë", "Søren", "Анна", "愛子", "Ngũgĩ", "Amélie"] as const
const last = ["Lovelace", "Müller", "Æbel", "Орлова", "佐藤", "O'Brien", "Nwosu"] as const
const goods = ["Surfboard", "Wetsuit", "Café blend", "盆栽キット", "Gift box 🎁", "Lamp"] as const

/** No two have one name: books allow none twice. */
export const person = (index: number): { firstName: string; lastName: string; email: string } => ({
  firstName: first[index % first.length] ?? "",
  lastName: last[Math.floor(index / first.length) % last.length] ?? "",
  email: `person.${index + 1}@example.com`
})

export const thing = (index: number): { title: string; sku: string; price: string } => ({
  title: `${goods[index % goods.length] ?? ""} ${index + 1}`,
  sku: `SKU-${String(index + 1).padStart(4, "0")}`,
  price: `${7 + index * 3}.${index % 2 === 0 ? "90" : "00"}`
})

/** One to three lines. */
export const basket = (index: number, variants: ReadonlyArray<RecordId>): ReadonlyArray<Fields> =>
  Array.from({ length: 1 + (index % 3) }, (_, line) => {
    const place = (index + line) % Math.max(1, variants.length)
    const { price, title } = thing(place)
    return {
      id: `gid://shopify/LineItem/${index * 10 + line + 1}`,
      title,
      variantId: variants[place] ?? null,
      quantity: 1 + ((index + line) % 3),
      price,
      tax: "0"
    }
  })

/** Of the first orders. */
export const refunds = ["7.90", "10.00"] as const

/** What both sides hold, by entity. */
export type Sides = Readonly<
  Record<string, { readonly source: ReadonlyArray<string>; readonly target: ReadonlyArray<string> }>
>

type Truth = Readonly<
  Record<
    "customer" | "variant" | "order" | "refund" | "contact" | "item" | "invoice" | "creditNote",
    ReadonlyMap<RecordId, Fields>
  >
>

type Json = Schema.Json | undefined

const at = (value: Json, ...path: ReadonlyArray<string>): Json =>
  path.reduce<Json>((each, name) => (isObject(each) ? each[name] : undefined), value)
const isObject = (value: Json): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value)
const lines = (value: Json): ReadonlyArray<Fields> =>
  Array.isArray(value) ? Array.from<Schema.Json>(value).filter(isObject) : []
const amount = (value: Json): number => Math.round(Number(at(value, "shopMoney", "amount")) * 100)
const cents = (value: Json): number => Math.round(Number(value) * 100)

/** People by their addresses, things by their numbers: neither side knows the other's ids. */
export const sides = (truth: Truth): Sides => {
  const all = (name: keyof Truth, tell: (record: Fields) => ReadonlyArray<Json>) =>
    [...truth[name].values()].map((record) => JSON.stringify(tell(record).map((value) => value ?? null))).toSorted()
  const byId = (name: keyof Truth, field: string) =>
    new Map([...truth[name]].map(([id, record]) => [JSON.stringify(id), record[field]]))
  const customers = byId("customer", "email")
  const contacts = byId("contact", "EmailAddress")
  const buyer = (id: Json): Json => customers.get(JSON.stringify(id ?? null))
  const payer = (record: Fields): Json => contacts.get(JSON.stringify(at(record["Contact"], "ContactID") ?? null))
  return {
    customer: {
      source: all("customer", ({ email, firstName, lastName }) => [firstName, lastName, email]),
      target: all("contact", ({ EmailAddress, FirstName, LastName }) => [FirstName, LastName, EmailAddress])
    },
    variant: {
      source: all("variant", ({ displayName, price, sku }) => [sku, displayName, cents(price)]),
      target: all("item", ({ Code, Name, SalesDetails }) => [Code, Name, cents(at(SalesDetails, "UnitPrice"))])
    },
    order: {
      source: all("order", (order) => [
        order["name"],
        buyer(at(order["customer"], "id")),
        ...lines(order["lines"]).flatMap((line) => [line["sku"], line["quantity"], amount(line["discountedTotalSet"])]),
        lines(order["lines"]).reduce((sum, line) => sum + amount(line["discountedTotalSet"]), 0)
      ]),
      target: all("invoice", (invoice) => [
        invoice["InvoiceNumber"],
        payer(invoice),
        ...lines(invoice["LineItems"]).flatMap((line) => [
          line["ItemCode"],
          line["Quantity"],
          cents(line["LineAmount"])
        ]),
        cents(invoice["Total"])
      ])
    },
    refund: {
      source: all("refund", ({ order, totalRefundedSet }) => [
        buyer(at(order, "customer", "id")),
        amount(totalRefundedSet)
      ]),
      target: all("creditNote", (note) => [payer(note), cents(note["Total"])])
    }
  }
}

/** Whether both sides of an entity hold the same. */
export const isSame = ({ source, target }: Sides[string]): boolean =>
  source.length === target.length && source.every((record, index) => record === target[index])

export const opening = (place: number, style: Style.Style): string =>
  `${Style.paint(style, "strong", `${place}. shopify-xero`)}: a Shopify shop and its books in Xero; customers are contacts, both ways, what is sold is an item, an order becomes a sales invoice, a refund a credit note`

export const edits =
  "Two prices were changed, one a side; the shop sold twice and gave money back twice; the books got a new contact; one customer was edited in both, in different fields, and another by two people at once in the same"

export const decision = (fields: number): string =>
  `${Quantity.of(fields, "conflict")} settled: of people and things Shopify is right, says the configuration; of an invoice Xero is`

const names: Readonly<Record<string, readonly [source: string, target: string]>> = {
  customer: ["customer", "contact"],
  variant: ["variant", "item"],
  order: ["order", "invoice"],
  refund: ["refund", "credit note"]
}

export const verdict = (told: Sides, isQuiet: boolean, style: Style.Style): ReadonlyArray<string> => {
  const marked = (isGood: boolean, text: string): string =>
    `${isGood ? Style.paint(style, "good", "✓") : Style.paint(style, "bad", "✗")} ${text}`
  const each = Object.entries(told).map(([entity, held]) => {
    const [source, target] = names[entity] ?? [entity, entity]
    const counted = `${Quantity.of(held.source.length, source)} and ${Quantity.of(held.target.length, target)}`
    return isSame(held) ? marked(true, `${counted} hold the same`) : marked(false, `${counted} do not hold the same`)
  })
  return [...each, marked(isQuiet, isQuiet ? "another sync would write nothing" : "another sync would write")]
}
