import { assert, describe, it } from "@effect/vitest"
import * as StripeSandbox from "@syncline/connector-stripe/sandbox"
import { RecordId } from "@syncline/core"
import { Effect } from "effect"
import * as Hands from "./Hands.ts"
import * as Tables from "./Tables.ts"

const size: StripeSandbox.Size = {
  customers: 300,
  products: 20,
  prices: 40,
  subscriptions: 120,
  invoices: 240,
  paymentIntents: 30
}

const truths = (account: StripeSandbox.StripeAccount) =>
  Effect.map(
    Effect.forEach(Tables.all, ({ entity }) => account.truth(entity)),
    (each) => new Map(each.flatMap((records) => [...records]))
  )

describe("a person's changes", () => {
  it.effect("are forty edits, five creations and three deletions, each time others", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual([Hands.editCount, Hands.creationCount, Hands.deletionCount], [40, 5, 3])
      const account = yield* StripeSandbox.open({ size })
      for (const salt of [0, 1, 977]) {
        const before = yield* truths(account)
        yield* Hands.change(account, salt)
        const after = yield* truths(account)
        const marked = [...after.values()].filter(({ metadata }) =>
          JSON.stringify(metadata).includes(`"edited_by_demo":"${salt}"`)
        )
        const created = [...after.keys()].filter((id) => !before.has(id))
        const gone = [...before.keys()].filter((id) => !after.has(id))
        assert.strictEqual(marked.length, Hands.editCount, "edits")
        assert.strictEqual(created.length, Hands.creationCount, "creations")
        assert.strictEqual(gone.length, Hands.deletionCount, "deletions")
      }
    })
  )
})

it.each([
  [10, 3, 0, [0, 3, 6]],
  [10, 3, 8, [8, 1, 4]],
  [2, 5, 1, [1, 0]],
  [0, 3, 1, []]
])("of %i ids %i are picked, with salt %i these: %j", (ids, count, salt, picked) => {
  const all = Array.from({ length: ids }, (_, index) => RecordId.make(`id_${index}`))
  assert.deepStrictEqual(
    Hands.pick(all, count, salt),
    picked.map((index) => RecordId.make(`id_${index}`))
  )
})
