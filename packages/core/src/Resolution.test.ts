import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { cannot, type Given, lineOf, situationOf } from "../test/Given.ts"
import * as Planner from "./Planner.ts"

const resolved = (given: Given, choices: Planner.Choices): string => {
  const { conflict, policy } = situationOf(given, "manual")
  if (conflict === null) return "no conflict"
  const result = Planner.resolve(conflict, choices, policy, 9)
  return Result.isSuccess(result) ? lineOf(result.success) : Object.values(result.failure.fields).join("; ")
}

const asked: Given = { is: "b", asked: { f: ["b", "c"] } }
const gone: Given = { is: "gone", asked: { "": [null, "c"] }, withheldHere: "create c", withheldOther: "update ,y" }

describe("a person chooses", () => {
  it.each<[string, Given, Planner.Choices, string]>([
    ["the source's value", asked, { f: "source" }, "update target f=b, !f source, resolves"],
    ["the target's value", asked, { f: "target" }, "update source f=c, !f target, resolves"],
    ["another value", asked, { f: { value: "d" } }, "update source f=d, update target f=d, !f merged, resolves"],
    [
      "a side, and what was withheld goes too",
      { ...asked, withheldHere: "update ,y" },
      { f: "source" },
      "update source g=y, update target f=b, !f source, resolves"
    ],
    [
      "a value that is withheld and not there yet",
      { ...asked, withheldOther: "update c" },
      { f: "target" },
      "update source f=c, update target f=c, !f target, resolves"
    ],
    [
      "against a value that is withheld",
      { ...asked, withheldOther: "update b" },
      { f: "target" },
      "update source f=c, update target f=c, !f target, resolves"
    ],
    [
      "one way, the source's value",
      { ...asked, policy: { direction: "source_to_target" } },
      { f: "source" },
      "update target f=b, !f source, resolves"
    ],
    [
      "one way, the target's value",
      { ...asked, policy: { direction: "source_to_target" } },
      { f: "target" },
      "nothing, !f target, resolves"
    ],
    ["the deletion", gone, { "": "source" }, "delete target, !record source, resolves"],
    ["the edit", gone, { "": "target" }, "create source f=c, update target g=y, !record target, resolves"],
    ["nothing", asked, {}, `needs a choice: "source", "target" or a value`],
    ["for a field that is not contested", asked, { f: "source", g: "source" }, "is not contested; leave it out"],
    ["a value for a record", gone, { "": { value: "c" } }, `needs "source" or "target": keep that side's act`],
    [
      "a deletion that cannot be",
      { ...gone, policy: cannot("target", "delete") },
      { "": "source" },
      `the target cannot delete; choose "target", or delete it there`
    ]
  ])("%s", (_what, given, choices, line) => assert.strictEqual(resolved(given, choices), line))
})
