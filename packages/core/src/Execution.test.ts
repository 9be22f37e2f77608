import { assert, describe, it } from "@effect/vitest"
import * as Counters from "./Counters.ts"
import * as Execution from "./Execution.ts"

describe("an execution ends as", () => {
  it.each<[string, Parameters<typeof Counters.of>[0], Execution.Ending, Execution.Status]>([
    ["nothing had changed", {}, "read to the end", "completed"],
    ["all came through", { created: 2, updated: 1, deleted: 1, skipped: 3 }, "read to the end", "completed"],
    ["a conflict waits for a person", { conflicted: 1 }, "read to the end", "completed"],
    ["some failed", { created: 1, failed: 9 }, "read to the end", "completed_with_errors"],
    ["some failed, the others were unchanged", { skipped: 1, failed: 1 }, "read to the end", "completed_with_errors"],
    ["all failed", { failed: 3 }, "read to the end", "failed"],
    ["writes are under way", { created: 1, queued: 1 }, "read to the end", "running"],
    ["writes are under way, the rest failed", { failed: 1, queued: 1 }, "read to the end", "running"],
    ["it was halted", { created: 10 }, "halted", "failed"],
    ["it was halted before any record", {}, "halted", "failed"],
    ["its time was up", { created: 10, queued: 2 }, "timed out", "timed_out"],
    ["it was cancelled", { failed: 10 }, "cancelled", "cancelled"]
  ])("%s: %j, %s → %s", (_, counts, ending, status) =>
    assert.strictEqual(Execution.conclude(Counters.of(counts), ending), status)
  )
})

it("only a running execution moves, and to every ending", () => {
  for (const before of Execution.Status.literals) {
    for (const after of Execution.Status.literals) {
      assert.strictEqual(
        Execution.mayMove(before, after),
        before === "running" && after !== "running",
        `${before} → ${after}`
      )
    }
    assert.strictEqual(Execution.hasEnded(before), before !== "running")
  }
})
