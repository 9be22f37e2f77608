import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { freshDatabase } from "../../../tooling/PostgresForTests.ts"
import * as WebhookFuzz from "./WebhookFuzz.ts"

describe("webhooks of every bad kind", () => {
  it.live("harm nobody, and none that proves nothing is let in", () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(() => freshDatabase())
      const outcome = yield* WebhookFuzz.play(url, 1, 2000)
      assert.deepInclude(outcome, { requests: 2000, crashes: 0, forgeries: 0 })
      assert.isAbove(outcome.accepted, 20)
      assert.isUndefined(outcome.statuses[503])
      assert.notProperty({}, "polluted")
    }).pipe(Effect.scoped)
  )
})
