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
  it.each<[string, Fingerprint.Fingerprint | null, string, Decision.KnownLink | null, number, Decision.Decision]>([
    ["a record", same, "nothing", null, 100, create],
    ["a record", same, "a link without target", unwritten, 101, create],
    ["a record", same, "a link without target", unwritten, 99, skip("stale read")],
    ["the same record", same, "the record", live, 101, skip("unchanged")],
    ["the same record", same, "the record", live, 100, skip("unchanged")],
    ["the same record", same, "the record", live, 99, skip("stale read")],
    ["another content", changed, "the record", live, 101, update],
    ["another content", changed, "the record", live, 100, update],
    ["another content", changed, "the record", live, 99, skip("stale read")],
    ["a record", same, "a link that was never compared", uncompared, 101, update],
    ["the same record", same, "its deletion", deleted, 101, restore],
    ["another content", changed, "its deletion", deleted, 101, restore],
    ["a record", changed, "its deletion", deleted, 100, skip("stale read")],
    ["a record", changed, "its deletion", deleted, 99, skip("stale read")],
    ["a record", same, "its deletion before it had a target", { ...unwritten, isDeleted: true }, 101, create],
    ["its absence", null, "nothing", null, 100, skip("never known")],
    ["its absence", null, "a link without target", unwritten, 101, skip("never known")],
    ["its absence", null, "a link without target", unwritten, 99, skip("stale read")],
    ["its absence", null, "the record", live, 101, remove],
    ["its absence", null, "the record", live, 100, remove],
    ["its absence", null, "the record", live, 99, skip("stale read")],
    ["its absence", null, "its deletion", deleted, 101, skip("unchanged")],
    ["its absence", null, "its deletion", deleted, 100, skip("stale read")]
  ])("%s; %3$s; %5$i; %6$j", (_, fingerprint, __, link, observedAtMs, expected) =>
    assert.deepStrictEqual(Decision.decide({ fingerprint, link, observedAtMs }), expected))
})
