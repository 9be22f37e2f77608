import { assert, describe, it } from "@effect/vitest"
import * as OutboxEntry from "./OutboxEntry.ts"

const lawful = new Set(
  [
    "pending → in_flight failed dead superseded",
    "in_flight → pending in_doubt applied failed dead",
    "in_doubt → pending in_flight applied failed dead",
    "failed → pending dead superseded",
    "dead → pending superseded"
  ].flatMap((line) => {
    const [before, after = ""] = line.split(" → ")
    return after.split(" ").map((state) => `${before} → ${state}`)
  })
)

it("an entry makes the lawful moves and no other", () => {
  for (const before of OutboxEntry.State.literals)
    for (const after of OutboxEntry.State.literals)
      assert.strictEqual(OutboxEntry.mayMove(before, after), lawful.has(`${before} → ${after}`), `${before} → ${after}`)
})

const draft = (operation: OutboxEntry.Operation, f?: string, was = "a"): OutboxEntry.Draft =>
  OutboxEntry.draftOf(operation, f === undefined ? {} : { f: { value: f, was, atMs: 1, isEstimated: false } })

describe("two writes that were never sent", () => {
  it.each<[string, OutboxEntry.Draft | null, OutboxEntry.Draft | null, OutboxEntry.Draft | null]>([
    ["none", null, null, null],
    ["the later alone", null, draft("update", "b"), draft("update", "b")],
    ["the earlier alone", draft("update", "b"), null, draft("update", "b")],
    [
      "two updates: the later value, the earlier base",
      draft("update", "b"),
      draft("update", "c", "b"),
      draft("update", "c")
    ],
    ["a create stays a create", draft("create", "b"), draft("update", "c", "b"), draft("create", "c")],
    ["a create and a delete are nothing", draft("create", "b"), draft("delete"), null],
    ["an update and a delete are a delete", draft("update", "b"), draft("delete"), draft("delete")],
    ["a delete that was taken back", draft("delete"), draft("create", "b"), draft("create", "b")]
  ])("%s", (_what, earlier, later, both) => assert.deepStrictEqual(OutboxEntry.coalesce(earlier, later), both))
})
