import { assert, describe, it } from "@effect/vitest"
import { cannot, type Given, lineOf, situationOf } from "../test/Given.ts"
import * as Planner from "./Planner.ts"

const planOf = (given: Given, strategy: Planner.Policy["strategy"] = "last_write_wins") =>
  lineOf(Planner.plan(situationOf(given, strategy)))

const oneWay = { direction: "source_to_target" } as const
const oneWayBack = { direction: "target_to_source" } as const

describe("whatever the strategy", () => {
  it.each<[string, Given, string]>([
    // A record that was never met.
    ["new at the source", { isNew: true, is: "a" }, "create target f=a"],
    ["new at the target", { isNew: true, at: "target", is: "a" }, "create source f=a"],
    ["new with two fields", { isNew: true, is: "a,x" }, "create target f=a g=x"],
    ["new with a cleared field", { isNew: true, is: "a,null" }, "create target f=a g=null"],
    ["new and gone", { isNew: true, is: "gone" }, "never known"],
    ["new and gone, while a create is in doubt", { isNew: true, isDoubted: true, is: "gone" }, "wait for doubts"],
    ["new, while a create is in doubt here", { isNew: true, isDoubted: true, is: "a" }, "wait for doubts"],
    ["new where it travels", { isNew: true, is: "a", policy: oneWay }, "create target f=a"],
    ["new where it does not travel from", { isNew: true, at: "target", is: "a", policy: oneWay }, "drift"],
    ["new where it does not travel from, back", { isNew: true, is: "a", policy: oneWayBack }, "drift"],
    ["new, back", { isNew: true, at: "target", is: "a", policy: oneWayBack }, "create source f=a"],
    ["new, and the target cannot create", { isNew: true, is: "a", policy: cannot("target", "create") }, "cannot"],
    [
      "new at the target, which cannot create",
      { isNew: true, at: "target", is: "a", policy: cannot("target", "create") },
      "create source f=a"
    ],
    [
      "new with a field that only travels back",
      { isNew: true, is: "a,x", field: { direction: "target_to_source" } },
      "create target g=x"
    ],
    [
      "new with a field of the other's authority",
      { isNew: true, is: "a", field: { authority: "target" } },
      "create target f=a"
    ],
    ["new with a required reference missing", { isNew: true, is: "a,x", missing: "required" }, "wait for references"],
    ["new with an optional reference missing", { isNew: true, is: "a,x", missing: "optional" }, "create target g=x"],

    // Linked, nothing under way.
    ["unchanged at the source", { is: "a" }, "unchanged"],
    ["unchanged at the target", { at: "target", is: "a" }, "unchanged"],
    ["unchanged, and the other is written otherwise", { is: "a", other: "A" }, "unchanged"],
    ["unchanged, but for fields that are not shared", { is: "a,,z" }, "unchanged"],
    ["a stale reading of a change", { is: "b", isStale: true }, "stale read"],
    ["a stale reading of a deletion", { is: "gone", isStale: true }, "stale read"],
    ["changed at the source", { is: "b" }, "update target f=b"],
    ["changed at the target", { at: "target", is: "b" }, "update source f=b"],
    ["one of two fields changed", { was: "a,x", other: "a,x", is: "a,y" }, "update target g=y"],
    ["both fields changed", { was: "a,x", other: "a,x", is: "b,y" }, "update target f=b g=y"],
    ["cleared", { is: "null" }, "update target f=null"],
    ["gone from the record", { is: "" }, "update target f=null"],
    ["set for the first time", { was: "a", other: "a", is: "a,x" }, "update target g=x"],
    ["absent becomes null", { was: "a", other: "a", is: "a,null" }, "unchanged"],
    ["changed to what the other has", { is: "b", other: "b" }, "agreed"],
    ["only tidied, while the other's change is pending", { was: " a", is: "a", toHere: "update b" }, "unchanged"],
    [
      "gone, while what the other's provider made of a write is pending",
      { is: "gone", toHere: "update A" },
      "delete target"
    ],
    ["only tidied, and gone at the other", { was: "a", is: "A", toHere: "delete" }, "unchanged"],
    [
      "changed, while what the other's provider made of a write is pending",
      { is: "b", toHere: "update A" },
      "update target f=b"
    ],
    [
      "to what the other changed it to, but for the case",
      { is: "b", toHere: "update B" },
      "update target f=b, !f source"
    ],
    ["changed where the link is stale", { is: "b", status: "stale" }, "update target f=b"],
    ["changed, and the target cannot update", { is: "b", policy: cannot("target", "update") }, "cannot"],
    [
      "changed at the target, which cannot update",
      { at: "target", is: "b", policy: cannot("target", "update") },
      "update source f=b"
    ],
    ["changed where it travels", { is: "b", policy: oneWay }, "update target f=b"],
    ["changed where it does not travel from", { at: "target", is: "b", policy: oneWay }, "drift"],
    ["changed where it does not travel from, back", { is: "b", policy: oneWayBack }, "drift"],
    ["changed a field that does not travel from here", { is: "b", field: { direction: "target_to_source" } }, "drift"],
    [
      "changed under the other's authority",
      { is: "b", field: { authority: "target" } },
      "update source f=a, !f target"
    ],
    ["changed under this side's authority", { is: "b", field: { authority: "source" } }, "update target f=b"],
    ["changed to the value of the authority", { is: "b", other: "b", field: { authority: "target" } }, "agreed"],
    [
      "set where the authority has none",
      { was: "", other: "", is: "b", field: { authority: "target" } },
      "update target f=b"
    ],
    [
      "changed under an authority that cannot be written here",
      { is: "b", field: { authority: "target" }, policy: cannot("source", "update") },
      "drift"
    ],
    ["one way under the target's authority", { is: "b", field: { authority: "target" }, policy: oneWay }, "drift"],
    ["a set in another order", { was: "p+q", other: "p+q", is: "q+p", field: { merge: "set" } }, "unchanged"],
    ["changed to a required reference that is missing", { is: "b", missing: "required" }, "wait for references"],
    ["changed to an optional reference that is missing", { is: "b", missing: "optional" }, "wait for references"],
    [
      "the same, and another field changed",
      { was: "a,x", other: "a,x", is: "b,y", missing: "optional" },
      "update target g=y"
    ],
    [
      "a missing reference that had not changed",
      { was: "a,x", other: "a,x", is: "a,y", missing: "required" },
      "update target g=y"
    ],

    // What the other side has is not known.
    ["cleared", { is: "null", other: null, toHere: "update ,y" }, "update source g=y, update target f=null"],

    // Writes under way.
    ["unchanged, a write towards here waits", { is: "a", toHere: "update c" }, "unchanged"],
    ["unchanged, a write towards the other waits", { is: "a", toOther: "update c" }, "unchanged"],
    ["changed again before it was sent", { was: "b", is: "c", toOther: "update b" }, "update target f=c"],
    ["changed back before it was sent", { was: "b", is: "a", toOther: "update b" }, "nothing"],
    ["one of two changed back", { was: "b,y", other: "a,x", is: "a,y", toOther: "update b,y" }, "update target g=y"],
    [
      "another field changed before it was sent",
      { was: "b,x", other: "a,x", is: "b,y", toOther: "update b" },
      "update target f=b g=y"
    ],
    [
      "another field than the one on its way here",
      { was: "a,x", other: "c,x", is: "a,y", toHere: "update c" },
      "update source f=c, update target g=y"
    ],
    ["changed to what is on its way here", { is: "c", other: "c", toHere: "update c" }, "nothing"],
    [
      "the same, and another field is on its way",
      { was: "a,x", other: "c,z", is: "c,x", toHere: "update c,z" },
      "update source g=z"
    ],
    ["a write here is sent", { is: "b", sentHere: "update c" }, "wait for source"],
    ["a write here is sent, nothing changed", { is: "a", sentHere: "update c" }, "wait for source"],
    ["a write here is sent, gone", { is: "gone", sentHere: "update c" }, "wait for source"],
    ["a create here is sent", { at: "target", is: "b", sentHere: "create a" }, "wait for target"],
    ["a delete here is sent", { is: "b", sentHere: "delete" }, "wait for source"],
    ["changed while a write is sent", { was: "b", is: "c", sentOther: "update b" }, "update target f=c"],
    ["changed back while a write is sent", { was: "b", is: "a", sentOther: "update b" }, "update target f=a"],
    ["unchanged while a write is sent", { was: "b", is: "b", sentOther: "update b" }, "unchanged"],
    [
      "changed, and changed back to what is sent",
      { was: "c", is: "b", sentOther: "update b", toOther: "update c" },
      "nothing"
    ],
    [
      "another field while a write is sent",
      { was: "b,x", other: "a,x", is: "b,y", sentOther: "update b" },
      "update target g=y"
    ],
    [
      "an edit under the authority of the other while that is on its way",
      { is: "b", other: "c", toHere: "update c", field: { authority: "target" } },
      "update source f=c, !f target"
    ],
    [
      "an edit with authority against one on its way",
      { is: "b", other: "c", toHere: "update c", field: { authority: "source" } },
      "update target f=b, !f source"
    ],

    // Matched by key, without a base.
    ["matched, and the other is not read yet", { was: null, other: null, is: "a" }, "unchanged"],
    ["matched and changed, the other is not read yet", { other: null, is: "b" }, "unchanged"],
    ["matched, the same", { was: null, is: "a" }, "agreed"],
    ["matched, empty here", { was: null, other: "a", is: "" }, "update source f=a"],
    ["matched, null here", { was: null, other: "a", is: "null" }, "update source f=a"],
    ["matched, empty there", { was: null, other: "", is: "b" }, "update target f=b"],
    [
      "matched, each has what the other lacks",
      { was: null, other: ",x", is: "b" },
      "update source g=x, update target f=b"
    ],
    [
      "matched one way, and the other is not read yet",
      { was: null, other: null, is: "a", policy: oneWay },
      "unchanged"
    ],
    ["changed one way, and the other is not read yet", { other: null, is: "b", policy: oneWay }, "update target f=b"],
    ["matched, an empty text here", { was: null, other: "a", is: "-" }, "update source f=a"],
    ["matched, an empty list here", { was: null, other: "p+q", is: "+" }, "update source f=p+q"],
    ["matched, empty in different ways", { was: null, other: "+", is: "-" }, "agreed"],
    ["matched, empty at both", { was: null, other: "null", is: "" }, "agreed"],
    ["matched one way, empty here", { was: null, other: "a", is: "", policy: oneWay }, "drift"],
    ["matched one way, empty there", { was: null, other: "", is: "b", policy: oneWay }, "update target f=b"],
    [
      "matched, empty there, which cannot update",
      { was: null, other: "", is: "b", policy: cannot("target", "update") },
      "cannot"
    ],
    [
      "matched and different, with an authority",
      { was: null, other: "c", is: "b", field: { authority: "target" } },
      "update source f=c, !f target"
    ],

    // A person is asked.
    ["asked, nothing changed", { was: "b", other: "c", is: "b", asked: { f: ["b", "c"] } }, "unchanged"],
    ["asked, and they agree now", { was: "b", other: "c", is: "c", asked: { f: ["b", "c"] } }, "nothing, resolves"],
    [
      "asked, and it is taken back",
      { was: "b", other: "c", is: "a", asked: { f: ["b", "c"] } },
      "update source f=c, resolves"
    ],
    ["asked, and changed again", { was: "b", other: "c", is: "d", asked: { f: ["b", "c"] } }, "ask f"],
    [
      "asked, another field changed",
      { was: "b,x", other: "c,x", is: "b,y", asked: { f: ["b", "c"] } },
      "ask f, hold update target g=y"
    ],
    [
      "asked, something withheld",
      { was: "b,x", other: "c,y", is: "b,x", asked: { f: ["b", "c"] }, withheldHere: "update ,y" },
      "unchanged"
    ],
    [
      "agreed, and what was withheld goes",
      { was: "b,x", other: "c,y", is: "c,x", asked: { f: ["b", "c"] }, withheldHere: "update ,y" },
      "update source g=y, resolves"
    ],
    [
      "asked, and what was sent came back",
      { was: "b,x", other: "c", is: "b,x", asked: { f: ["b", "c"] }, toOther: "update ,x" },
      "ask f, hold update target g=x"
    ],
    [
      "asked, and a write here is sent",
      { was: "b", other: "c", is: "c", asked: { f: ["b", "c"] }, sentHere: "update ,x" },
      "wait for source"
    ],
    [
      "asked about the record, gone here still",
      { was: null, other: "c", is: "gone", asked: { "": [null, "c"] }, withheldHere: "create c" },
      "unchanged"
    ],
    [
      "asked about the record, unchanged there",
      { at: "target", was: "c", other: null, is: "c", asked: { "": ["c", null] }, withheldOther: "create c" },
      "unchanged"
    ],
    [
      "asked about the record, now gone at both",
      { at: "target", was: "c", other: null, is: "gone", asked: { "": ["c", null] }, withheldOther: "create c" },
      "nothing, resolves"
    ],
    [
      "asked about the record, back as the other is",
      { was: null, other: "c", is: "c", asked: { "": [null, "c"] }, withheldHere: "create c" },
      "nothing, resolves"
    ]
  ])("%s", (_what, given, line) => assert.strictEqual(planOf(given), line))
})

const writesOf = (given: Given, strategy: Planner.Policy["strategy"]) => {
  const plan = Planner.plan(situationOf(given, strategy))
  return plan._tag === "Write" ? plan.writes : null
}

it("a change that is made again before it was sent keeps what was before the first", () =>
  assert.deepInclude(writesOf({ was: "b", is: "c", toOther: "update b" }, "merge")?.target?.changes["f"], {
    value: "c",
    was: "a",
    atMs: 5
  }))

it("a pending change that wins stays as it was decided", () =>
  assert.deepInclude(writesOf({ is: "b", other: "c", toHere: "update c" }, "target_wins")?.source?.changes["f"], {
    value: "c",
    was: "a",
    atMs: 3
  }))

it("a side that gives in to an open conflict is given the other's value, and when that was set", () =>
  assert.deepStrictEqual(
    writesOf({ was: "b", other: "c", is: "a", asked: { f: ["b", "c"] } }, "manual")?.source?.changes["f"],
    {
      value: "c",
      was: "a",
      atMs: 3,
      isEstimated: false
    }
  ))

it("while a field is contested, a value that is on its way to the other side is withheld", () =>
  assert.strictEqual(
    planOf({ is: "b", other: "c", toHere: "update m", toOther: "update m" }, "manual"),
    "ask f, hold update target f=m"
  ))

it("a withheld reference whose record is not there yet is held as it was read", () =>
  assert.strictEqual(
    planOf({ was: "a,x", is: "b,y", other: "a,z", toHere: "update ,z", missing: "required" }, "manual"),
    "ask g, hold update target f=b"
  ))
