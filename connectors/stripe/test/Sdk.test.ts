/** Stripe's official SDK drives the sandbox over HTTP; and a sandbox that lies is found out by it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import type * as StripeSandbox from "../src/sandbox/index.ts"
import * as ReadChecks from "./ReadChecks.ts"
import * as RuleChecks from "./RuleChecks.ts"
import * as WriteChecks from "./WriteChecks.ts"
import { world } from "./World.ts"

const checks = { ...ReadChecks.checks, ...WriteChecks.checks, ...RuleChecks.checks }
const restrictedKeys = { rk_test_readsCustomers0001: ["customer"] }

describe("the official SDK against the sandbox", () => {
  for (const [name, check] of Object.entries(checks)) {
    it.effect(name, () => Effect.flatMap(world({ restrictedKeys }), check))
  }
})

/** The names of the checks that fail. */
const failing = Effect.fn(function* (broken: StripeSandbox.Broken) {
  const names: Array<string> = []
  for (const [name, check] of Object.entries(checks)) {
    const exit = yield* Effect.exit(Effect.scoped(Effect.flatMap(world({ restrictedKeys, broken }), check)))
    if (Exit.isFailure(exit)) names.push(name)
  }
  return names
})

describe("a sandbox that lies fails the suite", () => {
  it.effect("when has_more ends lists early", () =>
    Effect.gen(function* () {
      assert.include(
        yield* failing({ hasMore: true }),
        "auto-pagination finds every record of every list, newest first"
      )
    })
  )

  it.effect("when every second edit makes no event", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* failing({ events: true }), ["every change is an event with what was there before"])
    })
  )

  it.effect("when a repeated idempotency key runs again", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* failing({ idempotency: true }), [
        "a key repeats its answer, refuses other parameters, and is forgotten after a day",
        "a failure is stored as well, and repeated as such"
      ])
    })
  )
})
