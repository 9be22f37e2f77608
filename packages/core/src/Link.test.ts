import { assert, it } from "@effect/vitest"
import * as Link from "./Link.ts"

const lawful = new Set([
  "pending → mapped",
  "pending → failed",
  "pending → in_doubt",
  "failed → pending",
  "mapped → stale",
  "stale → mapped",
  "in_doubt → mapped",
  "in_doubt → pending",
  "in_doubt → failed"
])

it("a link makes the lawful moves and no other", () => {
  for (const before of Link.Status.literals) {
    for (const after of Link.Status.literals) {
      assert.strictEqual(Link.mayMove(before, after), lawful.has(`${before} → ${after}`), `${before} → ${after}`)
    }
  }
})
