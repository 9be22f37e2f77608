import { assert, describe, it } from "@effect/vitest"
import * as Outage from "./Outage.ts"

describe("a run that a connection stopped", () => {
  const stopped = (reason: "Unauthorized" | "Forbidden" | "Transient" | "RateLimited", pauseMs: number | null = null) =>
    Outage.openingOf({ reason: "why", stop: { connection: "shop", reason, pauseMs } })

  it.each([
    [
      "refused credentials block it",
      stopped("Unauthorized"),
      { state: "blocked_auth", reason: "why", afterMs: 60_000 }
    ],
    ["no answer lets it rest", stopped("Transient"), { state: "backoff", reason: "why", afterMs: 2_000 }],
    [
      "a pause is as long as the provider asks",
      stopped("RateLimited", 5_000),
      { state: "backoff", reason: "why", afterMs: 5_000 }
    ],
    ["a scope that is missing is about one entity", stopped("Forbidden"), null],
    ["what stopped by itself is not its", Outage.openingOf({ reason: null, stop: null }), null]
  ])("%s", (_, found, wanted) => {
    assert.deepStrictEqual(found, wanted)
  })

  it("is asked again twice as late each time, to a longest", () => {
    const times = (state: "backoff" | "blocked_auth") =>
      [0, 1, 2, 3, 4, 5, 6, 50].map((probes) => Outage.probeAfterMs(state, probes) / 1000)
    assert.deepStrictEqual(times("backoff"), [2, 4, 8, 16, 32, 64, 120, 120])
    assert.deepStrictEqual(times("blocked_auth"), [60, 120, 240, 480, 900, 900, 900, 900])
  })
})

describe("a job whose execution failed", () => {
  const job = { maxRetries: 3, retryOnFailure: true }

  it("is started again later each time, as often in a row as it says", () => {
    assert.deepStrictEqual(
      [0, 1, 2, 3].map((retries) => Outage.retryAfterMs(job, "failed", retries)),
      [10_000, 20_000, 40_000, null]
    )
    assert.strictEqual(Outage.retryAfterMs({ ...job, maxRetries: 10 }, "timed_out", 9), 600_000)
  })

  it.each(["completed", "completed_with_errors", "cancelled"] as const)("is not, when it was %s", (status) => {
    assert.isNull(Outage.retryAfterMs(job, status, 0))
  })

  it("is not, where nobody wants it", () => {
    assert.isNull(Outage.retryAfterMs({ ...job, retryOnFailure: false }, "failed", 0))
  })

  it("goes on within a second when it was the store that did not answer, and is never given up for that", () => {
    const shop = { connection: "shop", reason: "Transient", pauseMs: null } as const
    assert.isTrue(Outage.isOfStore({ failure: "transient", stop: null }))
    assert.isFalse(Outage.isOfStore({ failure: "transient", stop: shop }))
    assert.isFalse(Outage.isOfStore({ failure: null, stop: null }))
    assert.deepStrictEqual(
      [0, 1, 2, 50].map((retries) => Outage.storeAfterMs(retries)),
      [1_000, 2_000, 4_000, 60_000]
    )
  })
})
