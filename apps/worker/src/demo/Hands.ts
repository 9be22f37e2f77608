/** What a person does in the sandbox account between two syncs: forty edits, five creations, three deletions. */
import type { Account } from "@syncline/connector/sandbox"
import type { Fields } from "@syncline/core"
import { Effect } from "effect"

/**
 * How many records of each entity are edited, and which of them may be: Stripe refuses edits of what has ended. Payment intents are
 * left alone, because their edits make no event: https://docs.stripe.com/api/events/types
 */
const edits: ReadonlyArray<{
  readonly entity: string
  readonly count: number
  readonly may: (record: Fields) => boolean
}> = [
  { entity: "customer", count: 14, may: () => true },
  { entity: "product", count: 6, may: () => true },
  { entity: "price", count: 6, may: () => true },
  { entity: "subscription", count: 6, may: ({ status }) => status === "active" },
  { entity: "invoice", count: 8, may: ({ status }) => status === "open" || status === "paid" }
]

export const editCount = edits.reduce((sum, { count }) => sum + count, 0)

const creations: ReadonlyArray<{ readonly entity: string; readonly fields: (salt: number) => Fields }> = [
  { entity: "customer", fields: (salt) => ({ name: "Ngũgĩ wa Thiong'o", email: `ngugi.${salt}@example.com` }) },
  {
    entity: "customer",
    fields: (salt) => ({ name: "山田 太郎 🧾", email: `yamada.${salt}@example.com`, phone: "+81 3 1234 5678" })
  },
  { entity: "customer", fields: (salt) => ({ name: "فاطمة الصباح", email: `fatima.${salt}@example.com` }) },
  { entity: "product", fields: (salt) => ({ name: `Syncline mug ${salt}` }) },
  { entity: "product", fields: (salt) => ({ name: `Syncline poster ${salt}`, description: "Two layers, folded once" }) }
]

export const creationCount = creations.length

/** Customers, because they are what people delete; their subscriptions end with them. */
export const deletionCount = 3

/** `count` of the ids, spread over all of them; other salts take others. */
export const pick = <A>(ids: ReadonlyArray<A>, count: number, salt: number): ReadonlyArray<A> => {
  const taken = Math.min(count, ids.length)
  const stride = Math.max(1, Math.floor(ids.length / Math.max(1, taken)))
  return Array.from({ length: taken }, (_, index) => ids[(index * stride + salt) % ids.length]).filter(
    (id) => id !== undefined
  )
}

/**
 * Makes the changes. `salt` makes them other changes than last time: an edit that changes nothing makes no event.
 *
 * Deletes first and creates last, so that what is edited is there before and after.
 */
export const change = Effect.fn("Hands.change")(function* (account: Account, salt: number) {
  const { create, edit, remove } = account.user
  const customers = [...(yield* account.truth("customer")).keys()]
  for (const id of pick(customers, deletionCount, salt * 7 + 3)) yield* remove("customer", id)
  for (const { count, entity, may } of edits) {
    const records = yield* account.truth(entity)
    const ids = [...records].filter(([, record]) => may(record)).map(([id]) => id)
    for (const id of pick(ids, count, salt)) yield* edit(entity, id, { metadata: { edited_by_demo: String(salt) } })
  }
  for (const { entity, fields } of creations) yield* create(entity, fields(salt))
})
