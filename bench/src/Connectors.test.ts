import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Connectors from "./Connectors.ts"

it.live("no connector is told 429, nor makes more calls than a page, a poll and a write need", () =>
  Effect.gen(function* () {
    const names = ["stripe customer", "hubspot contact", "xero contact", "shopify order", "shopify customer"]
    const runs = yield* Connectors.run(250, names, () => undefined)
    assert.deepStrictEqual(
      runs.map(({ name }) => name),
      names
    )
    for (const { calls, callsPerWrite, deltaCalls, mostCalls, mostDeltaCalls, name, refused } of runs) {
      assert.strictEqual(refused, 0, name)
      assert.isAtMost(calls, mostCalls, name)
      // Shopify's clock is asked by a call of its own.
      assert.isAtMost(deltaCalls, mostDeltaCalls + (name.startsWith("shopify") ? 1 : 0), name)
      assert.isAtMost(callsPerWrite, 1, name)
    }
    assert.strictEqual(Connectors.lines(runs).length, runs.length + 1)
  })
)
