import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as Reconciliation from "./Reconciliation.ts"

const linked = { isMapped: true, isDeleted: false, createdAtMs: 1, touchedAtMs: 5, isPending: false, mark: "v1" }
const startedAtMs = 10

describe("a complete listing", () => {
  it.each<[string, Reconciliation.Comparison["link"], Reconciliation.Comparison["listed"], string]>([
    ["has what is linked", linked, { mark: "v1" }, "Nothing"],
    ["has it with another version", linked, { mark: "v2" }, "Fetch drifted"],
    ["has it as it was before it was touched", { ...linked, touchedAtMs: 10 }, { mark: "v0" }, "Nothing"],
    ["has no versions", linked, { mark: null }, "Nothing"],
    ["has a version where the image has none", { ...linked, mark: null }, { mark: "v2" }, "Nothing"],
    ["has what no link knows", null, { mark: null }, "Fetch missed"],
    ["has what was deleted", { ...linked, isDeleted: true }, { mark: "v1" }, "Fetch back"],
    ["lacks what is linked", linked, null, "Confirm"],
    ["lacks what was never read since it was linked", { ...linked, touchedAtMs: null }, null, "Confirm"],
    ["lacks what was linked since it began", { ...linked, createdAtMs: 10 }, null, "Nothing"],
    ["lacks what was touched since it began", { ...linked, touchedAtMs: 10 }, null, "Nothing"],
    ["lacks what was touched just before it began", { ...linked, touchedAtMs: 9 }, null, "Confirm"],
    ["lacks what is not mapped yet", { ...linked, isMapped: false }, null, "Nothing"],
    ["lacks what is known to be gone", { ...linked, isDeleted: true }, null, "Nothing"],
    ["lacks what is being written there", { ...linked, isPending: true }, null, "Nothing"],
    ["lacks what nobody knows", null, null, "Nothing"]
  ])("%s: %s", (_what, link, listed, line) => {
    const step = Reconciliation.stepOf({ link, listed }, startedAtMs, "complete")
    assert.strictEqual(step._tag === "Fetch" ? `Fetch ${step.why}` : step._tag, line)
  })
})

it("a listing that was cut short concludes no deletion, and still finds what was missed", () => {
  assert.strictEqual(Reconciliation.stepOf({ link: linked, listed: null }, startedAtMs, "cut short")._tag, "Nothing")
  assert.strictEqual(
    Reconciliation.stepOf({ link: null, listed: { mark: null } }, startedAtMs, "cut short")._tag,
    "Fetch"
  )
})

it("only a provider that says so makes a deletion", () =>
  assert.deepStrictEqual(Reconciliation.confirmed, { gone: "deletion", present: "change", silent: "nothing" }))

it.each<[number, number, boolean, "Free" | "Held"]>([
  [0, 0, false, "Free"],
  [10, 10, false, "Free"],
  [11, 11, false, "Held"],
  [11, 200, false, "Held"],
  [10, 200, false, "Free"],
  [50, 1000, false, "Free"],
  [51, 1000, false, "Held"],
  [1000, 1000, true, "Free"]
])("%i deletions of %i records, approved: %s: %s", (deletions, mapped, isApproved, tag) =>
  assert.strictEqual(Reconciliation.brake(deletions, mapped, isApproved)._tag, tag)
)

it("says how many are held, and the way out", () => {
  const verdict = Reconciliation.brake(51, 1000, false)
  assert.strictEqual(
    verdict._tag === "Held" ? verdict.reason : "",
    "51 of 1000 records are gone, more than the 50 that are deleted unasked; look at them, then approve the deletions"
  )
})

const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 }))

it.prop(
  "never more than ten or 5 % are deleted unasked",
  { deletions: Count, mapped: Count },
  ({ deletions, mapped }) => {
    const isFree = Reconciliation.brake(deletions, mapped, false)._tag === "Free"
    assert.strictEqual(isFree, deletions <= 10 || deletions <= mapped * 0.05)
  }
)
