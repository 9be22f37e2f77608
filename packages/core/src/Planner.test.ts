import { assert, describe, it } from "@effect/vitest"
import { cannot, type Given, lineOf, situationOf } from "../test/Given.ts"
import * as Planner from "./Planner.ts"

const planOf = (given: Given, strategy: Planner.Policy["strategy"] = "last_write_wins") =>
  lineOf(Planner.plan(situationOf(given, strategy)))

const oneWay = { direction: "source_to_target" } as const
const oneWayBack = { direction: "target_to_source" } as const
const ignored = { deletes: "ignore" } as const

describe("whatever the strategy", () => {
  it.each<[string, Given, string]>([
    // A record that was never met.
    ["new at the source", { isNew: true, is: "a" }, "create target f=a"],
    ["new at the target", { isNew: true, at: "target", is: "a" }, "create source f=a"],
    ["new with two fields", { isNew: true, is: "a,x" }, "create target f=a g=x"],
    ["new with a cleared field", { isNew: true, is: "a,null" }, "create target f=a g=null"],
    ["new and gone", { isNew: true, is: "gone" }, "never known"],
    ["new and gone, while a create is in doubt", { isNew: true, isDoubted: true, is: "gone" }, "never known"],
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
    ["a create towards here lost its reason", { was: null, is: "a", toHere: "create a" }, "nothing"],

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

const columns = ["source_wins", "target_wins", "last_write_wins", "merge", "manual"] as const

/** Here is the source, which changed at 5; the target changed at 3 where nothing else is said. */
const rows: ReadonlyArray<[string, Given, readonly [string, string, string, string, string]]> = [
  [
    "both changed",
    { is: "b", other: "c", toHere: "update c" },
    [
      "update target f=b, !f source",
      "update source f=c, !f target",
      "update target f=b, !f source",
      "update target f=b, !f source",
      "ask f"
    ]
  ],
  [
    "both changed, the target later",
    { is: "b", other: "c", toHere: "update c", times: [5, 7] },
    [
      "update target f=b, !f source",
      "update source f=c, !f target",
      "update source f=c, !f target",
      "update source f=c, !f target",
      "ask f"
    ]
  ],
  [
    "both changed, read at the target",
    { at: "target", is: "c", other: "b", toHere: "update b" },
    [
      "update target f=b, !f source",
      "update source f=c, !f target",
      "update source f=c, !f target",
      "update source f=c, !f target",
      "ask f"
    ]
  ],
  [
    "both changed at once",
    { is: "b", other: "c", toHere: "update c", times: [5, 5] },
    [
      "update target f=b, !f source",
      "update source f=c, !f target",
      "update target f=b, !f source",
      "update target f=b, !f source",
      "ask f"
    ]
  ],
  [
    "both changed at once, and a person decides ties",
    { is: "b", other: "c", toHere: "update c", times: [5, 5], policy: { tie: "manual" } },
    ["update target f=b, !f source", "update source f=c, !f target", "ask f", "ask f", "ask f"]
  ],
  [
    "both changed within the clock's precision",
    { is: "b", other: "c", toHere: "update c", times: [1005, 1900], policy: { granularityMs: 1000 } },
    [
      "update target f=b, !f source",
      "update source f=c, !f target",
      "update target f=b, !f source",
      "update target f=b, !f source",
      "ask f"
    ]
  ],
  [
    "both changed, and merge falls back on the target",
    { is: "b", other: "c", toHere: "update c", policy: { mergeFallback: "target_wins" } },
    [
      "update target f=b, !f source",
      "update source f=c, !f target",
      "update target f=b, !f source",
      "update source f=c, !f target",
      "ask f"
    ]
  ],
  [
    "both changed, and merge falls back on a person",
    { is: "b", other: "c", toHere: "update c", policy: { mergeFallback: "manual" } },
    ["update target f=b, !f source", "update source f=c, !f target", "update target f=b, !f source", "ask f", "ask f"]
  ],
  [
    "both changed the same way",
    { is: "c", other: "c", toHere: "update c" },
    ["nothing", "nothing", "nothing", "nothing", "nothing"]
  ],
  [
    "one cleared it, the other changed it",
    { is: "null", other: "c", toHere: "update c" },
    [
      "update target f=null, !f source",
      "update source f=c, !f target",
      "update target f=null, !f source",
      "update target f=null, !f source",
      "ask f"
    ]
  ],
  [
    "both changed a set",
    { was: "a", is: "a+p", other: "a+q", toHere: "update a+q", field: { merge: "set" } },
    [
      "update target f=a+p, !f source",
      "update source f=a+q, !f target",
      "update target f=a+p, !f source",
      "update target f=a+p, !f source",
      "ask f"
    ]
  ],
  [
    "both changed f, the source also g",
    { was: "a,x", is: "b,y", other: "c,x", toHere: "update c" },
    [
      "update target f=b g=y, !f source",
      "update source f=c, update target g=y, !f target",
      "update target f=b g=y, !f source",
      "update target f=b g=y, !f source",
      "ask f, hold update target g=y"
    ]
  ],
  [
    "both changed f, the target also g",
    { was: "a,x", is: "b,x", other: "c,z", toHere: "update c,z" },
    [
      "update source g=z, update target f=b, !f source",
      "update source f=c g=z, !f target",
      "update source g=z, update target f=b, !f source",
      "update source g=z, update target f=b, !f source",
      "ask f, hold update source g=z"
    ]
  ],
  [
    "both changed both",
    { was: "a,x", is: "b,y", other: "c,z", toHere: "update c,z" },
    [
      "update target f=b g=y, !f source, !g source",
      "update source f=c g=z, !f target, !g target",
      "update target f=b g=y, !f source, !g source",
      "update target f=b g=y, !f source, !g source",
      "ask f g"
    ]
  ],
  [
    "both changed, the target has authority",
    { is: "b", other: "c", toHere: "update c", field: { authority: "target" } },
    [
      "update source f=c, !f target",
      "update source f=c, !f target",
      "update source f=c, !f target",
      "update source f=c, !f target",
      "update source f=c, !f target"
    ]
  ],
  [
    "both changed while an older write is sent",
    { was: "b", is: "d", other: "c", toHere: "update c", sentOther: "update ,y" },
    [
      "update target f=d, !f source",
      "update source f=c, !f target",
      "update target f=d, !f source",
      "update target f=d, !f source",
      "ask f"
    ]
  ],
  [
    "matched and different",
    { was: null, is: "b", other: "c" },
    [
      "update target f=b, !f source",
      "update source f=c, !f target",
      "update target f=b, !f source",
      "update target f=b, !f source",
      "ask f"
    ]
  ],
  [
    "matched, different, and g empty at the source",
    { was: null, is: "b", other: "c,z" },
    [
      "update source g=z, update target f=b, !f source",
      "update source f=c g=z, !f target",
      "update source g=z, update target f=b, !f source",
      "update source g=z, update target f=b, !f source",
      "ask f, hold update source g=z"
    ]
  ],
  [
    "one way: both changed, read at the source",
    { is: "b", other: "c", toHere: "update c", policy: oneWay },
    [
      "update target f=b, !f source",
      "nothing, !f target",
      "update target f=b, !f source",
      "update target f=b, !f source",
      "ask f"
    ]
  ],
  [
    "one way: the target drifted",
    { at: "target", is: "c", policy: oneWay },
    ["update target f=a, !f source", "drift", "drift", "drift", "drift"]
  ],
  [
    "one way back: the source drifted",
    { is: "c", policy: oneWayBack },
    ["drift", "update source f=a, !f target", "drift", "drift", "drift"]
  ],
  [
    "one way: the target drifted where the source has none",
    { at: "target", was: "", other: "", is: "c", policy: oneWay },
    ["drift", "drift", "drift", "drift", "drift"]
  ],
  [
    "one way: the source's edit is on its way, the target drifted later",
    { at: "target", is: "c", other: "b", toHere: "update b", policy: oneWay },
    ["update target f=b, !f source", "nothing, !f target", "nothing, !f target", "nothing, !f target", "ask f"]
  ],
  [
    "one way: matched and different",
    { was: null, is: "b", other: "c", policy: oneWay },
    [
      "update target f=b, !f source",
      "nothing, !f target",
      "update target f=b, !f source",
      "update target f=b, !f source",
      "ask f"
    ]
  ],
  [
    "gone at the source, edited at the target before",
    { is: "gone", other: "c", toHere: "update c" },
    [
      "delete target, !record source",
      "create source f=c, !record target",
      "delete target, !record source",
      "create source f=c, !record target",
      "ask record, hold create source f=c"
    ]
  ],
  [
    "gone at the source, edited at the target after",
    { is: "gone", other: "c", toHere: "update c", times: [5, 7] },
    [
      "delete target, !record source",
      "create source f=c, !record target",
      "create source f=c, !record target",
      "create source f=c, !record target",
      "ask record, hold create source f=c"
    ]
  ],
  [
    "gone at the target, edited at the source before",
    { at: "target", is: "gone", other: "b", toHere: "update b" },
    [
      "create target f=b, !record source",
      "delete source, !record target",
      "delete source, !record target",
      "create target f=b, !record source",
      "ask record, hold create target f=b"
    ]
  ],
  [
    "edited at the source, a delete waits",
    { is: "b", other: null, isDeleted: true, toHere: "delete" },
    [
      "create target f=b, !record source",
      "delete source, !record target",
      "create target f=b, !record source",
      "create target f=b, !record source",
      "ask record, hold create target f=b"
    ]
  ],
  [
    "edited at the source before the delete that waits",
    { is: "b", other: null, isDeleted: true, toHere: "delete", times: [5, 7] },
    [
      "create target f=b, !record source",
      "delete source, !record target",
      "delete source, !record target",
      "create target f=b, !record source",
      "ask record, hold create target f=b"
    ]
  ],
  [
    "edited at the target, a delete waits",
    { at: "target", is: "c", other: null, isDeleted: true, toHere: "delete" },
    [
      "delete target, !record source",
      "create source f=c, !record target",
      "create source f=c, !record target",
      "create source f=c, !record target",
      "ask record, hold create source f=c"
    ]
  ],
  [
    "gone with an edit of its own on its way, edited at the target",
    { was: "a,y", is: "gone", other: "c,x", toHere: "update c", toOther: "update ,y" },
    [
      "delete target, !record source",
      "create source f=c g=y, update target g=y, !record target",
      "delete target, !record source",
      "create source f=c g=y, update target g=y, !record target",
      "ask record, hold create source f=c g=y, hold update target g=y"
    ]
  ],
  [
    "gone, edited at the target, and the source cannot create",
    { is: "gone", other: "c", toHere: "update c", policy: cannot("source", "create") },
    [
      "delete target, !record source",
      "nothing, !record target",
      "delete target, !record source",
      "nothing, !record target",
      "ask record"
    ]
  ],
  [
    "gone, edited at the target, which cannot delete",
    { is: "gone", other: "c", toHere: "update c", policy: cannot("target", "delete") },
    [
      "nothing, !record source",
      "create source f=c, !record target",
      "nothing, !record source",
      "create source f=c, !record target",
      "ask record, hold create source f=c"
    ]
  ],
  [
    "edited where the other was deleted and this cannot be",
    { is: "b", other: null, isDeleted: true },
    [
      "create target f=b, !record source",
      "delete source, !record target",
      "create target f=b, !record source",
      "create target f=b, !record source",
      "ask record, hold create target f=b"
    ]
  ],
  [
    "one way: gone at the target",
    { at: "target", is: "gone", policy: oneWay },
    ["create target f=a, !record source", "drift", "drift", "drift", "drift"]
  ],
  [
    "one way: gone at the target, edited at the source",
    { at: "target", is: "gone", other: "b", toHere: "update b", policy: oneWay },
    [
      "create target f=b, !record source",
      "nothing, !record target",
      "nothing, !record target",
      "create target f=b, !record source",
      "ask record, hold create target f=b"
    ]
  ],
  [
    "asked about f, and now gone at the source",
    { was: "b", is: "gone", other: "c", asked: { f: ["b", "c"] } },
    [
      "delete target, !record source, resolves",
      "create source f=c, !record target, resolves",
      "delete target, !record source, resolves",
      "create source f=c, !record target, resolves",
      "ask record, hold create source f=c"
    ]
  ],
  [
    "asked about f, and both changed g",
    { was: "b,x", is: "b,y", other: "c,z", asked: { f: ["b", "c"] }, withheldHere: "update ,z" },
    [
      "ask f, hold update target g=y",
      "unchanged",
      "ask f, hold update target g=y",
      "ask f, hold update target g=y",
      "ask f g"
    ]
  ]
]

describe.each(rows)("%s", (_what, given, lines) => {
  it.each(columns.map((strategy, column) => [strategy, lines[column] ?? ""] as const))("%s: %s", (strategy, line) =>
    assert.strictEqual(planOf(given, strategy), line)
  )
})
