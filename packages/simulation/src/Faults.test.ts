import { assert, describe, it } from "@effect/vitest"
import type { WireAnswer } from "./Fate.ts"
import * as Faults from "./Faults.ts"
import * as Seed from "./Seed.ts"
import * as Quirks from "./systems/Quirks.ts"

const own: WireAnswer = { status: 200, headers: {}, text: JSON.stringify({ items: [{ id: "a" }, { id: "b" }] }) }
const paths = [
  ["GET", "/contact/list?after=x"],
  ["GET", "/contact/records?ids=a"],
  ["POST", "/contact"],
  ["PATCH", "/contact/a"],
  ["DELETE", "/contact/a"]
] as const

describe("faults", () => {
  it("are more than 26 kinds, each of which happens sooner or later", () => {
    const tally = Faults.tally()
    for (let seed = 1; seed <= 60; seed += 1) {
      const faults = Faults.make({
        chance: Seed.stream(seed),
        tally,
        quirksOf: () => Quirks.calm,
        isComparing: () => true
      })
      for (let at = 0; at < 400; at += 1) {
        const [method, path] = paths[at % paths.length] ?? paths[0]
        const asked = { method, url: `https://crm.example${path}`, headers: {}, text: "" }
        const { kind, rewrite } = faults.request("one", asked, at)
        if (kind !== null) faults.struck(kind, "", at)
        rewrite?.(own)
        for (const sql of ["commit", "select 1"]) {
          const fate = faults.statement("one", sql, at)
          if (fate.kind !== null) faults.struck(fate.kind, sql, at)
        }
        const fate = faults.boundary({ process: "one", at: "before statement", what: "" }, at)
        if (fate._tag !== "Lives") faults.struck(fate.kind, "", at)
      }
      faults.connect("one", 0)
    }
    const others = Faults.kinds.filter(({ strikes }) => strikes !== "provider" && strikes !== "database")
    assert.isAbove(Faults.kinds.length, 26)
    assert.deepStrictEqual(
      others.filter(({ name }) => (tally.counts.get(name) ?? 0) === 0),
      []
    )
  })

  it("that are left out change nothing else", () => {
    const fatesOf = (without: ReadonlySet<string>) => {
      const faults = Faults.make({
        chance: Seed.stream(5),
        tally: Faults.tally(),
        quirksOf: () => Quirks.calm,
        without
      })
      return Array.from({ length: 300 }, (_, at) => faults.statement("one", "select 1", at).kind)
    }
    const all = fatesOf(new Set())
    const some = fatesOf(new Set(["deadlock"]))
    assert.deepStrictEqual(
      some.map((each) => each === null),
      all.map((each, at) => each === null || some[at] === null)
    )
  })

  it("end when the world heals", () => {
    const faults = Faults.make({ chance: Seed.stream(2), tally: Faults.tally(), quirksOf: () => Quirks.calm })
    faults.heal()
    for (let at = 0; at < 500; at += 1) {
      assert.isNull(faults.statement("one", "commit", at).kind)
      assert.strictEqual(faults.boundary({ process: "one", at: "before statement", what: "" }, at)._tag, "Lives")
    }
  })
})
