import { EntryId, ExecutionId, OpKey, OutboxEntry, RecordKey } from "@syncline/core"
import type { StoredEntry } from "@syncline/store"
import { assert, describe, it } from "@effect/vitest"
import * as Consequence from "./Consequence.ts"

const key = RecordKey.make("k")
const execution = ExecutionId.make("e1")
const draft = OutboxEntry.draftOf("update", { name: { value: "Ada", was: null, atMs: 1, isEstimated: false } })

const entry = (state: OutboxEntry.State, of: ExecutionId): StoredEntry => ({
  ...draft,
  id: EntryId.make("o1"),
  key,
  side: "target",
  ord: 0,
  state,
  revision: 1,
  attempts: 0,
  batch: OpKey.make("b"),
  execution: of,
  lastError: null
})

const known = (...entries: ReadonlyArray<StoredEntry>): Consequence.Counted => ({
  execution,
  situation: { key, version: 1, link: null, entries, conflict: null, laneVersions: { source: 0, target: 1 } }
})

const writing = { ...Consequence.noWrites, writes: { source: null, target: draft } }
const others = ExecutionId.make("e0")

describe("a decided write counts as queued once, until it is settled", () => {
  it.each<[string, Consequence.Counted, number]>([
    ["the first of its record", known(), 1],
    ["in place of one that this execution had decided", known(entry("pending", execution)), 0],
    ["in place of one of an earlier execution", known(entry("pending", others)), 1],
    ["in place of one that was refused, which has counted as failed", known(entry("failed", execution)), 1],
    ["in place of one that is dead", known(entry("dead", execution)), 1]
  ])("%s", (_, counted, queued) => assert.strictEqual(Consequence.queued(counted, writing).queued, queued))

  it("and what is taken back is not, unless it was refused", () => {
    assert.strictEqual(Consequence.queued(known(entry("pending", execution)), Consequence.noWrites).queued, -1)
    assert.strictEqual(Consequence.queued(known(entry("failed", execution)), Consequence.noWrites).queued, 0)
    assert.strictEqual(Consequence.contested(known(entry("failed", execution))).queued, 0)
  })
})
