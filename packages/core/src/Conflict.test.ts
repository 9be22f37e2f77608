import { assert, describe, it } from "@effect/vitest"
import { cannot, type Given, lineOf, situationOf } from "../test/Given.ts"
import type * as Conflict from "./Conflict.ts"
import * as Planner from "./Planner.ts"

const oneWay = { direction: "source_to_target" } as const
const oneWayBack = { direction: "target_to_source" } as const

const planOf = (given: Given, strategy: Conflict.Strategy) => lineOf(Planner.plan(situationOf(given, strategy)))

const columns = ["source_wins", "target_wins", "last_write_wins", "merge", "manual"] as const

/** By column, what each strategy plans. Here is the source, which changed at 5; the target changed at 3 where nothing else is said. */
const rows: ReadonlyArray<[string, Given, string]> = [
  [
    "both changed",
    { is: "b", other: "c", toHere: "update c" },
    "update target f=b, !f source | update source f=c, !f target | update target f=b, !f source | update target f=b, !f source | ask f"
  ],
  [
    "both changed, the target later",
    { is: "b", other: "c", toHere: "update c", times: [5, 7] },
    "update target f=b, !f source | update source f=c, !f target | update source f=c, !f target | update source f=c, !f target | ask f"
  ],
  [
    "both changed, read at the target",
    { at: "target", is: "c", other: "b", toHere: "update b" },
    "update target f=b, !f source | update source f=c, !f target | update source f=c, !f target | update source f=c, !f target | ask f"
  ],
  [
    "both changed at once",
    { is: "b", other: "c", toHere: "update c", times: [5, 5] },
    "update target f=b, !f source | update source f=c, !f target | update target f=b, !f source | update target f=b, !f source | ask f"
  ],
  [
    "both changed at once, and a person decides ties",
    { is: "b", other: "c", toHere: "update c", times: [5, 5], policy: { tie: "manual" } },
    "update target f=b, !f source | update source f=c, !f target | ask f | ask f | ask f"
  ],
  [
    "both changed within the clock's precision",
    { is: "b", other: "c", toHere: "update c", times: [1005, 1900], policy: { granularityMs: 1000 } },
    "update target f=b, !f source | update source f=c, !f target | update target f=b, !f source | update target f=b, !f source | ask f"
  ],
  [
    "both changed, and merge falls back on the target",
    { is: "b", other: "c", toHere: "update c", policy: { mergeFallback: "target_wins" } },
    "update target f=b, !f source | update source f=c, !f target | update target f=b, !f source | update source f=c, !f target | ask f"
  ],
  [
    "both changed, and merge falls back on a person",
    { is: "b", other: "c", toHere: "update c", policy: { mergeFallback: "manual" } },
    "update target f=b, !f source | update source f=c, !f target | update target f=b, !f source | ask f | ask f"
  ],
  [
    "both changed the same way",
    { is: "c", other: "c", toHere: "update c" },
    "nothing | nothing | nothing | nothing | nothing"
  ],
  [
    "one cleared it, the other changed it",
    { is: "null", other: "c", toHere: "update c" },
    "update target f=null, !f source | update source f=c, !f target | update target f=null, !f source | update target f=null, !f source | ask f"
  ],
  [
    "both changed a set",
    { was: "a", is: "a+p", other: "a+q", toHere: "update a+q", field: { merge: "set" } },
    "update target f=a+p, !f source | update source f=a+q, !f target | update target f=a+p, !f source | update target f=a+p, !f source | ask f"
  ],
  [
    "both changed f, the source also g",
    { was: "a,x", is: "b,y", other: "c,x", toHere: "update c" },
    "update target f=b g=y, !f source | update source f=c, update target g=y, !f target | update target f=b g=y, !f source | update target f=b g=y, !f source | ask f, hold update target g=y"
  ],
  [
    "both changed f, the target also g",
    { was: "a,x", is: "b,x", other: "c,z", toHere: "update c,z" },
    "update source g=z, update target f=b, !f source | update source f=c g=z, !f target | update source g=z, update target f=b, !f source | update source g=z, update target f=b, !f source | ask f, hold update source g=z"
  ],
  [
    "both changed both",
    { was: "a,x", is: "b,y", other: "c,z", toHere: "update c,z" },
    "update target f=b g=y, !f source, !g source | update source f=c g=z, !f target, !g target | update target f=b g=y, !f source, !g source | update target f=b g=y, !f source, !g source | ask f g"
  ],
  [
    "both changed, the target has authority",
    { is: "b", other: "c", toHere: "update c", field: { authority: "target" } },
    "update source f=c, !f target | update source f=c, !f target | update source f=c, !f target | update source f=c, !f target | update source f=c, !f target"
  ],
  [
    "both changed while an older write is sent",
    { was: "b", is: "d", other: "c", toHere: "update c", sentOther: "update ,y" },
    "update target f=d, !f source | update source f=c, !f target | update target f=d, !f source | update target f=d, !f source | ask f"
  ],
  [
    "matched and different",
    { was: null, is: "b", other: "c" },
    "update target f=b, !f source | update source f=c, !f target | update target f=b, !f source | update target f=b, !f source | ask f"
  ],
  [
    "matched, different, and g empty at the source",
    { was: null, is: "b", other: "c,z" },
    "update source g=z, update target f=b, !f source | update source f=c g=z, !f target | update source g=z, update target f=b, !f source | update source g=z, update target f=b, !f source | ask f, hold update source g=z"
  ],
  [
    "one way: both changed, read at the source",
    { is: "b", other: "c", toHere: "update c", policy: oneWay },
    "update target f=b, !f source | nothing, !f target | update target f=b, !f source | update target f=b, !f source | ask f"
  ],
  [
    "one way: the target drifted",
    { at: "target", is: "c", policy: oneWay },
    "update target f=a, !f source | drift | drift | drift | drift"
  ],
  [
    "one way back: the source drifted",
    { is: "c", policy: oneWayBack },
    "drift | update source f=a, !f target | drift | drift | drift"
  ],
  [
    "one way: the target drifted where the source has none",
    { at: "target", was: "", other: "", is: "c", policy: oneWay },
    "drift | drift | drift | drift | drift"
  ],
  [
    "one way: the source's edit is on its way, the target drifted later",
    { at: "target", is: "c", other: "b", toHere: "update b", policy: oneWay },
    "update target f=b, !f source | nothing, !f target | nothing, !f target | nothing, !f target | ask f"
  ],
  [
    "one way: matched and different",
    { was: null, is: "b", other: "c", policy: oneWay },
    "update target f=b, !f source | nothing, !f target | update target f=b, !f source | update target f=b, !f source | ask f"
  ],
  [
    "gone at the source, edited at the target before",
    { is: "gone", other: "c", toHere: "update c" },
    "delete target, !record source | create source f=c, !record target | delete target, !record source | create source f=c, !record target | ask record, hold create source f=c"
  ],
  [
    "gone at the source, edited at the target after",
    { is: "gone", other: "c", toHere: "update c", times: [5, 7] },
    "delete target, !record source | create source f=c, !record target | create source f=c, !record target | create source f=c, !record target | ask record, hold create source f=c"
  ],
  [
    "gone at the target, edited at the source before",
    { at: "target", is: "gone", other: "b", toHere: "update b" },
    "create target f=b, !record source | delete source, !record target | delete source, !record target | create target f=b, !record source | ask record, hold create target f=b"
  ],
  [
    "edited at the source, a delete waits",
    { is: "b", other: null, isDeleted: true, toHere: "delete" },
    "create target f=b, !record source | delete source, !record target | create target f=b, !record source | create target f=b, !record source | ask record, hold create target f=b"
  ],
  [
    "edited at the source before the delete that waits",
    { is: "b", other: null, isDeleted: true, toHere: "delete", times: [5, 7] },
    "create target f=b, !record source | delete source, !record target | delete source, !record target | create target f=b, !record source | ask record, hold create target f=b"
  ],
  [
    "edited at the target, a delete waits",
    { at: "target", is: "c", other: null, isDeleted: true, toHere: "delete" },
    "delete target, !record source | create source f=c, !record target | create source f=c, !record target | create source f=c, !record target | ask record, hold create source f=c"
  ],
  [
    "gone with an edit of its own on its way, edited at the target",
    { was: "a,y", is: "gone", other: "c,x", toHere: "update c", toOther: "update ,y" },
    "delete target, !record source | create source f=c g=y, update target g=y, !record target | delete target, !record source | create source f=c g=y, update target g=y, !record target | ask record, hold create source f=c g=y, hold update target g=y"
  ],
  [
    "gone while an edit of its own is sent, edited at the target",
    { was: "a,y", is: "gone", other: "c,x", toHere: "update c", sentOther: "update ,y" },
    "wait for target | wait for target | wait for target | wait for target | wait for target"
  ],
  [
    "gone, edited at the target, and the source cannot create",
    { is: "gone", other: "c", toHere: "update c", policy: cannot("source", "create") },
    "delete target, !record source | nothing, !record target | delete target, !record source | nothing, !record target | ask record"
  ],
  [
    "gone, edited at the target, which cannot delete",
    { is: "gone", other: "c", toHere: "update c", policy: cannot("target", "delete") },
    "nothing, !record source | create source f=c, !record target | nothing, !record source | create source f=c, !record target | ask record, hold create source f=c"
  ],
  [
    "edited where the other was deleted and this cannot be",
    { is: "b", other: null, isDeleted: true },
    "create target f=b, !record source | delete source, !record target | create target f=b, !record source | create target f=b, !record source | ask record, hold create target f=b"
  ],
  [
    "one way: gone at the target",
    { at: "target", is: "gone", policy: oneWay },
    "create target f=a, !record source | drift | drift | drift | drift"
  ],
  [
    "one way: gone at the target, edited at the source",
    { at: "target", is: "gone", other: "b", toHere: "update b", policy: oneWay },
    "create target f=b, !record source | nothing, !record target | nothing, !record target | create target f=b, !record source | ask record, hold create target f=b"
  ],
  [
    "asked about f, and now gone at the source",
    { was: "b", is: "gone", other: "c", asked: { f: ["b", "c"] } },
    "delete target, !record source, resolves | create source f=c, !record target, resolves | delete target, !record source, resolves | create source f=c, !record target, resolves | ask record, hold create source f=c"
  ],
  [
    "asked about f, and both changed g",
    { was: "b,x", is: "b,y", other: "c,z", asked: { f: ["b", "c"] }, withheldHere: "update ,z" },
    "ask f, hold update target g=y | unchanged | ask f, hold update target g=y | ask f, hold update target g=y | ask f g"
  ]
]

describe.each(rows)("%s", (_what, given, lines) => {
  it.each(columns.map((strategy, column) => [strategy, lines.split(" | ")[column] ?? ""] as const))(
    "%s: %s",
    (strategy, line) => assert.strictEqual(planOf(given, strategy), line)
  )
})

const bothChanged: Given = { is: "b", other: "c", toHere: "update c" }

const custom = (resolve: Conflict.CustomStrategy["resolve"]): Conflict.CustomStrategy => ({
  _tag: "Custom",
  name: "ours",
  resolve
})

const refused = 'refuse strategy "ours"'

describe("a custom strategy", () => {
  it.each<[string, Given, Conflict.CustomStrategy["resolve"], string]>([
    ["names a winner", bothChanged, () => ({ _tag: "Winner", side: "target" }), "update source f=c, !f target"],
    ["asks a person", bothChanged, () => ({ _tag: "Manual" }), "ask f"],
    [
      "gives a value of its own",
      bothChanged,
      () => ({ _tag: "Values", fields: { f: "d" } }),
      "update source f=d, update target f=d, !f merged"
    ],
    [
      "gives the source's value",
      bothChanged,
      () => ({ _tag: "Values", fields: { f: "b" } }),
      "update target f=b, !f source"
    ],
    [
      "rewrites what is pending",
      { was: "a,x", is: "b,x", other: "c,z", toHere: "update c,z" },
      () => ({ _tag: "Values", fields: { f: "b", g: "w" } }),
      "update source g=w, update target f=b g=w, !f source"
    ],
    [
      "decides about a deletion",
      { is: "gone", other: "c", toHere: "update c" },
      () => ({ _tag: "Winner", side: "source" }),
      "delete target, !record source"
    ],
    [
      "throws",
      bothChanged,
      () => {
        throw new TypeError("no such thing")
      },
      `${refused} threw "TypeError: no such thing"; mend it, then resync the record`
    ],
    [
      "gives no value",
      bothChanged,
      () => ({ _tag: "Values", fields: {} }),
      `${refused} gave no value for the contested field "f"; mend it, then resync the record`
    ],
    [
      "gives a field it was not given",
      bothChanged,
      () => ({ _tag: "Values", fields: { f: "d", h: "e" } }),
      `${refused} gave a value for "h", which is neither contested nor pending; mend it, then resync the record`
    ],
    [
      "gives values for a record",
      { is: "gone", other: "c", toHere: "update c" },
      () => ({ _tag: "Values", fields: { f: "d" } }),
      `${refused} gave values, but the record itself is contested: name a winner; mend it, then resync the record`
    ],
    [
      "gives what is no value",
      bothChanged,
      () => ({ _tag: "Values", fields: { f: Number.NaN } }),
      `${refused} gave no answer; it has to return Values, Winner or Manual, at once; mend it, then resync the record`
    ]
  ])("%s", (_what, given, resolve, line) => assert.strictEqual(planOf(given, custom(resolve)), line))

  it("sees both records, both bases and what is pending", () => {
    const questions: Array<Conflict.Question> = []
    planOf(
      { was: "a,x", is: "b,x", other: "c,z", toHere: "update c,z" },
      custom((question) => {
        questions.push(question)
        return { _tag: "Manual" }
      })
    )
    const [question] = questions
    assert.deepStrictEqual(question?.contested["f"]?.base, { source: "a", target: "a" })
    assert.deepStrictEqual(question?.source, { f: "b", g: "x" })
    assert.deepStrictEqual(question?.target, { f: "c", g: "z" })
    assert.deepStrictEqual(question?.base.source, { f: "a", g: "x" })
    assert.deepStrictEqual(Object.keys(question?.pending.source?.changes ?? {}), ["f", "g"])
  })

  it("sees of a record that is gone at one side what is left of it, and what each side had", () => {
    const questions: Array<Conflict.Question> = []
    planOf(
      { was: "a,x", is: "gone", other: "c,z", toHere: "update c" },
      custom((question) => {
        questions.push(question)
        return { _tag: "Manual" }
      })
    )
    const [question] = questions
    assert.isNull(question?.source)
    assert.deepStrictEqual(question?.target, { f: "c", g: "z" })
    assert.deepStrictEqual(question?.base, { source: { f: "a", g: "x" }, target: { f: "c", g: "z" } })
  })

  it.each([
    [5, 3],
    [3, 5]
  ] as const)("gives a value that is as late as the later change: %i, %i", (...times) => {
    const answer = custom(() => ({ _tag: "Values", fields: { f: "d" } }))
    const plan = Planner.plan(situationOf({ ...bothChanged, times }, answer))
    assert.strictEqual(plan._tag, "Write")
    if (plan._tag !== "Write") return
    assert.strictEqual(plan.writes.source?.changes["f"]?.atMs, 5)
    assert.strictEqual(plan.writes.target?.changes["f"]?.atMs, 5)
  })

  it("is not asked about what has an authority", () =>
    assert.strictEqual(
      planOf(
        { ...bothChanged, field: { authority: "source" } },
        custom(() => ({ _tag: "Manual" }))
      ),
      "update target f=b, !f source"
    ))
})
