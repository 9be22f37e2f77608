import { assert, it } from "@effect/vitest"
import { RecordId } from "./Ids.ts"
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

it("a record's key tells where it was born, and its id there", () => {
  for (const id of ["cus_1", "~", "~t1", "~s1", "~f1", "~?1", "x~"].map((each) => RecordId.make(each)))
    for (const side of ["source", "target"] as const)
      assert.deepStrictEqual(Link.parseKey(Link.keyOf(side, id)), { side, id })
  assert.strictEqual(Link.keyOf("source", RecordId.make("cus_1")), "cus_1")
  assert.strictEqual(Link.keyOf("target", RecordId.make("7")), "~t7")
  assert.strictEqual(Link.keyOf("source", RecordId.make("~t7")), "~s~t7")
  assert.strictEqual(Link.formerKeyOf("target", RecordId.make("7")), "~f~t7")
  assert.deepStrictEqual(Link.parseKey(Link.formerKeyOf("target", RecordId.make("7"))), { side: "target", id: "7" })
})
