import { assert, describe, it } from "@effect/vitest"
import { cannot, type Given, lineOf, situationOf } from "../test/Given.ts"
import * as Planner from "./Planner.ts"

const oneWay = { direction: "source_to_target" } as const
const ignored = { deletes: "ignore" } as const

describe("a record that one side has not", () => {
  it.each<[string, Given, string]>([
    // The other side has none yet.
    ["a create waits", { is: "a", other: null, hasOther: false, status: "pending", toOther: "create a" }, "unchanged"],
    [
      "changed before the create was sent",
      { is: "b", other: null, hasOther: false, status: "pending", toOther: "create a" },
      "create target f=b"
    ],
    [
      "a field more before the create was sent",
      { is: "a,x", other: null, hasOther: false, status: "pending", toOther: "create a" },
      "create target f=a g=x"
    ],
    [
      "gone before the create was sent",
      { is: "gone", other: null, hasOther: false, status: "pending", toOther: "create a" },
      "nothing"
    ],
    [
      "a create is sent",
      { is: "a", other: null, hasOther: false, status: "pending", sentOther: "create a" },
      "unchanged"
    ],
    [
      "changed while the create is sent",
      { is: "b", other: null, hasOther: false, status: "pending", sentOther: "create a" },
      "update target f=b"
    ],
    [
      "changed back behind a sent create",
      {
        was: "b",
        is: "a",
        other: null,
        hasOther: false,
        status: "in_doubt",
        sentOther: "create a",
        toOther: "update b"
      },
      "nothing"
    ],
    [
      "changed while the create is in doubt",
      { is: "b", other: null, hasOther: false, status: "in_doubt", sentOther: "create a" },
      "update target f=b"
    ],
    [
      "changed again behind a create in doubt",
      {
        was: "b",
        is: "c",
        other: null,
        hasOther: false,
        status: "in_doubt",
        sentOther: "create a",
        toOther: "update b"
      },
      "update target f=c"
    ],
    [
      "gone while the create is sent",
      { is: "gone", other: null, hasOther: false, status: "pending", sentOther: "create a" },
      "wait for target"
    ],
    [
      "gone while the create is in doubt",
      { is: "gone", other: null, hasOther: false, status: "in_doubt", sentOther: "create a" },
      "wait for target"
    ],
    ["nothing under way: it waited", { is: "a", other: null, hasOther: false, status: "pending" }, "create target f=a"],
    ["refused and unchanged", { is: "a", other: null, hasOther: false, status: "failed" }, "unchanged"],
    ["refused and changed", { is: "b", other: null, hasOther: false, status: "failed" }, "create target f=b"],
    [
      "refused, still in the ledger, unchanged",
      { is: "a", other: null, hasOther: false, status: "failed", toOther: "create a" },
      "unchanged"
    ],
    [
      "refused, still in the ledger, changed",
      { is: "b", other: null, hasOther: false, status: "failed", toOther: "create a" },
      "create target f=b"
    ],
    [
      "gone, and the other never had it",
      { is: "gone", other: null, hasOther: false, status: "pending" },
      "never known"
    ],

    ["gone before it was created again", { is: "gone", other: null, toOther: "create a" }, "nothing"],

    // Deletions.
    ["gone at the source", { is: "gone" }, "delete target"],
    ["gone at the target", { at: "target", is: "gone" }, "delete source"],
    ["gone with an edit on its way", { was: "b", is: "gone", toOther: "update b" }, "delete target"],
    ["gone while an edit is sent", { was: "b", is: "gone", sentOther: "update b" }, "delete target"],
    ["gone again", { was: null, is: "gone", isDeleted: true, toOther: "delete" }, "unchanged"],
    ["gone at both, the delete waits", { other: null, is: "gone", isDeleted: true, toHere: "delete" }, "nothing"],
    ["gone at both, known", { was: null, other: null, is: "gone", isDeleted: true }, "unchanged"],
    ["gone, known gone at the other", { other: null, is: "gone", isDeleted: true }, "agreed"],
    ["gone, deletions are ignored", { is: "gone", policy: ignored }, "ignored"],
    ["gone, ignored, and an edit was on its way here", { is: "gone", toHere: "update c", policy: ignored }, "nothing"],
    [
      "gone, ignored, and an edit is on its way to the other",
      { was: "b", is: "gone", toOther: "update b", policy: ignored },
      "ignored"
    ],
    ["gone, and the target cannot delete", { is: "gone", policy: cannot("target", "delete") }, "cannot"],
    ["gone where it travels", { is: "gone", policy: oneWay }, "delete target"],
    ["gone where it does not travel from", { at: "target", is: "gone", policy: oneWay }, "drift"],
    ["a delete waits here, nothing changed", { other: null, is: "a", isDeleted: true, toHere: "delete" }, "unchanged"],
    [
      "unchanged where the other was deleted and this cannot be",
      { other: null, is: "a", isDeleted: true },
      "unchanged"
    ],
    ["back before the delete was sent", { was: null, is: "a", isDeleted: true, toOther: "delete" }, "nothing"],
    [
      "back with a field that the other lacks",
      { was: null, is: "a,x", isDeleted: true, toOther: "delete" },
      "update target g=x"
    ],
    ["back while the delete is sent", { was: null, is: "a", isDeleted: true, sentOther: "delete" }, "wait for target"],
    ["back after the delete", { was: null, other: null, is: "a", isDeleted: true }, "create target f=a"],
    [
      "back after the delete, where it does not travel from",
      { at: "target", was: null, other: null, is: "a", isDeleted: true, policy: oneWay },
      "drift"
    ],
    ["edited where deletions are ignored", { other: null, is: "b", isDeleted: true, policy: ignored }, "ignored"],
    ["a create towards here lost its reason", { was: null, is: "a", toHere: "create a" }, "nothing"]
  ])("%s", (_what, given, line) =>
    assert.strictEqual(lineOf(Planner.plan(situationOf(given, "last_write_wins"))), line)
  )
})
