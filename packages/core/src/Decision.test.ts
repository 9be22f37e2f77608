import { assert, describe, it } from "@effect/vitest"
import * as Decision from "./Decision.ts"
import * as Fingerprint from "./Fingerprint.ts"
import { RecordId } from "./Ids.ts"

const targetId = RecordId.make("row_1")
const same = Fingerprint.of({ name: "Ada" })
const changed = Fingerprint.of({ name: "Ada Lovelace" })

const live: Decision.KnownLink = { targetId, isDeleted: false, sourceFingerprint: same, observedAtMs: 100 }
const deleted: Decision.KnownLink = { ...live, isDeleted: true }
const unwritten: Decision.KnownLink = { ...live, targetId: null }
const uncompared: Decision.KnownLink = { ...live, sourceFingerprint: null }

const create: Decision.Decision = { _tag: "Create" }
const update: Decision.Decision = { _tag: "Update", targetId }
const restore: Decision.Decision = { _tag: "Restore", targetId }
const remove: Decision.Decision = { _tag: "Delete", targetId }
const skip = (why: Decision.WhySkipped): Decision.Decision => ({ _tag: "Skip", why })

describe("what was seen, what was known, when it was seen, what is done", () => {
  it.each<[string, string, number, Decision.Decision, Fingerprint.Fingerprint | null, Decision.KnownLink | null]>([
    ["a record", "nothing", 100, create, same, null],
    ["a record", "a link without target", 101, create, same, unwritten],
    ["a record", "a link without target", 99, skip("stale read"), same, unwritten],
    ["the same record", "the record", 101, skip("unchanged"), same, live],
    ["the same record", "the record", 100, skip("unchanged"), same, live],
    ["the same record", "the record", 99, skip("stale read"), same, live],
    ["another content", "the record", 101, update, changed, live],
    ["another content", "the record", 100, update, changed, live],
    ["another content", "the record", 99, skip("stale read"), changed, live],
    ["a record", "a link that was never compared", 101, update, same, uncompared],
    ["the same record", "its deletion", 101, restore, same, deleted],
    ["another content", "its deletion", 101, restore, changed, deleted],
    ["a record", "its deletion", 100, restore, changed, deleted],
    ["a record", "its deletion", 99, skip("stale read"), changed, deleted],
    ["a record", "its deletion before it had a target", 101, create, same, { ...unwritten, isDeleted: true }],
    ["its absence", "nothing", 100, skip("never known"), null, null],
    ["its absence", "a link without target", 101, skip("never known"), null, unwritten],
    ["its absence", "a link without target", 99, skip("stale read"), null, unwritten],
    ["its absence", "the record", 101, remove, null, live],
    ["its absence", "the record", 100, remove, null, live],
    ["its absence", "the record", 99, skip("stale read"), null, live],
    ["its absence", "its deletion", 101, skip("unchanged"), null, deleted],
    ["its absence", "its deletion", 100, skip("unchanged"), null, deleted],
    ["its absence", "its deletion", 99, skip("stale read"), null, deleted]
  ])("%s; %s; %i; %j", (_, __, observedAtMs, expected, fingerprint, link) =>
    assert.deepStrictEqual(Decision.decide({ fingerprint, link, observedAtMs }), expected)
  )
})
