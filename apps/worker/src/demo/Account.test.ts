import { assert, describe, it } from "@effect/vitest"
import { Journal } from "@syncline/connector/sandbox"
import { Cause, Effect, Exit } from "effect"
import * as Account from "./Account.ts"

describe("changes made by hand", () => {
  it.effect("that a full disk refuses are told with the way out, not as a bug", () =>
    Effect.gen(function* () {
      const full = new Journal.JournalUnusable({
        path: "/data/changes.jsonl",
        detail: "ENOSPC: no space left on device"
      })
      const problem = yield* Effect.flip(Account.byHand(Effect.die(full)))
      assert.strictEqual(problem.exitCode, 5)
      assert.include(problem.message, "/data/changes.jsonl: ENOSPC")
      assert.include(problem.wayOut, "Free the disk")
    })
  )

  it.effect("that fail for another reason stay a bug", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Account.byHand(Effect.die("impossible")))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    })
  )
})
