/**
 * The account before it was opened, as pure functions of seed and index: ids, creation times, and who belongs to whom.
 *
 * Subscriptions are spread over customers created before them; each subscription's invoices follow one another; payment intents
 * belong to every nth invoice. All of it can be asked in both directions without looking at any record.
 */
import { Seed } from "@syncline/connector/sandbox"
import type { Size } from "./Options.ts"
import { currencies, person } from "./People.ts"

export const entities = [
  "customer",
  "product",
  "price",
  "subscription",
  "invoice",
  "payment_intent",
  "refund",
  "credit_note"
] as const
export type Entity = (typeof entities)[number]

/** Entities of the API that are no seeded records. */
export const isEntity = (name: string): name is Entity => entities.some((entity) => entity === name)

interface Kind {
  readonly prefix: string
  readonly isLong: boolean
  readonly stream: number
  /** The part of the account's life in which they were created, in thousandths. */
  readonly from: number
  readonly until: number
}

export const kinds: Record<Entity, Kind> = {
  product: { prefix: "prod_", isLong: false, stream: 1, from: 0, until: 50 },
  price: { prefix: "price_", isLong: true, stream: 2, from: 50, until: 100 },
  customer: { prefix: "cus_", isLong: false, stream: 3, from: 100, until: 900 },
  subscription: { prefix: "sub_", isLong: true, stream: 4, from: 120, until: 920 },
  invoice: { prefix: "in_", isLong: true, stream: 5, from: 140, until: 980 },
  payment_intent: { prefix: "pi_", isLong: true, stream: 6, from: 160, until: 1000 },
  refund: { prefix: "re_", isLong: true, stream: 7, from: 1000, until: 1000 },
  credit_note: { prefix: "cn_", isLong: true, stream: 8, from: 1000, until: 1000 }
}

export interface Plan {
  readonly counts: Record<Entity, number>
  readonly id: (entity: Entity, index: number) => string
  /** -1 for an id of another shape. */
  readonly indexOf: (entity: Entity, id: string) => number
  /** In seconds; never falls from one index to the next. */
  readonly created: (entity: Entity, index: number) => number
  readonly draw: (entity: Entity, index: number) => Seed.Draw
  readonly customerOf: (subscription: number) => number
  /** A price in the customer's currency where there is one. */
  readonly priceOf: (subscription: number, item: number) => number
  readonly currencyOf: (price: number) => string
  readonly isRecurring: (price: number) => boolean
  readonly productOf: (price: number) => number
  readonly itemsOf: (subscription: number) => number
  readonly subscriptionOf: (invoice: number) => number
  readonly latestInvoiceOf: (subscription: number) => number | null
  readonly invoiceOf: (paymentIntent: number) => number
}

/** Every 331st customer had been deleted. */
const deletedEvery = 331
const deletedAt = 97
export const isDeletedCustomer = (index: number): boolean => index % deletedEvery === deletedAt
export const deletedCustomers = (customers: number): number =>
  customers <= deletedAt ? 0 : Math.floor((customers - deletedAt - 1) / deletedEvery) + 1

export const make = (size: Size, seed: number, epochMs: number, spanMs: number): Plan => {
  if (size.subscriptions > 0 && size.customers * size.products * size.prices === 0) {
    throw new RangeError("a sandbox with subscriptions needs customers, products and prices")
  }
  if ((size.invoices > 0 && size.subscriptions === 0) || (size.paymentIntents > 0 && size.invoices === 0)) {
    throw new RangeError("a sandbox with invoices needs subscriptions, one with payment intents needs invoices")
  }
  const counts: Record<Entity, number> = {
    customer: size.customers,
    product: size.products,
    price: size.prices,
    subscription: size.subscriptions,
    invoice: size.invoices,
    payment_intent: size.paymentIntents,
    // These are made, never there from the start.
    refund: 0,
    credit_note: 0
  }
  const startSeconds = Math.floor((epochMs - spanMs) / 1000)
  const spanSeconds = spanMs / 1000
  const account = Seed.code(seed * 7919 + 13)
  const short = `S${account}${account.slice(0, 3)}`
  const long = `1S${account}B7Wz01${account.slice(1)}Qk`

  const draw = (entity: Entity, index: number) => new Seed.Draw(seed, kinds[entity].stream, index)
  // Nine of every 400 share their second, as imports and bulk edits make them.
  const clusterStart = (index: number): number => (index % 400 < 9 ? index - (index % 400) : index)
  const customerOf = (subscription: number): number => {
    const created = Math.floor(((subscription + 1) / counts.subscription) * counts.customer)
    const index = draw("subscription", subscription).int(Math.max(1, created))
    return isDeletedCustomer(index) ? index - 1 : index
  }
  const currencyOf = (price: number): string => currencies[price % currencies.length] ?? "usd"
  const isRecurring = (price: number): boolean =>
    price < currencies.length || Math.floor(price / currencies.length) % 5 !== 4
  const subscriptionOf = (invoice: number): number => Math.floor((invoice * counts.subscription) / counts.invoice)

  return {
    counts,
    id: (entity, index) => `${kinds[entity].prefix}${kinds[entity].isLong ? long : short}${Seed.code(index)}`,
    indexOf: (entity, id) => {
      const { prefix, isLong } = kinds[entity]
      const head = `${prefix}${isLong ? long : short}`
      return id.startsWith(head) ? Seed.indexOfCode(id.slice(head.length)) : -1
    },
    created: (entity, index) => {
      const { from, until } = kinds[entity]
      const start = clusterStart(index)
      const place = (start + new Seed.Draw(seed, 100 + kinds[entity].stream, start).int(1000) / 1000) / counts[entity]
      return startSeconds + Math.floor((spanSeconds * (from + (until - from) * place)) / 1000)
    },
    draw,
    customerOf,
    priceOf: (subscription, item) => {
      const { place } = person(draw("customer", customerOf(subscription)))
      const kind = currencies.findIndex((currency) => currency === place.currency)
      const rounds = Math.floor((counts.price - 1 - kind) / currencies.length) + 1
      if (kind < 0 || rounds < 1)
        return draw("subscription", subscription).int(Math.min(counts.price, currencies.length))
      // Different items of one subscription have different prices while there are enough of them.
      const round = (draw("subscription", subscription).int(rounds) + item) % rounds
      const price = kind + round * currencies.length
      return isRecurring(price) ? price : price - currencies.length
    },
    currencyOf,
    isRecurring,
    productOf: (price) => price % counts.product,
    itemsOf: (subscription) => (subscription % 250 === 17 ? 12 : subscription % 6 === 5 ? 2 : 1),
    subscriptionOf,
    latestInvoiceOf: (subscription) => {
      const last = Math.ceil(((subscription + 1) * counts.invoice) / counts.subscription) - 1
      return counts.invoice > 0 && last >= 0 && subscriptionOf(last) === subscription ? last : null
    },
    invoiceOf: (paymentIntent) => Math.floor((paymentIntent * counts.invoice) / counts.payment_intent)
  }
}
