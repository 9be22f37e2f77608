import { assert, describe, it } from "@effect/vitest"
import * as Living from "./Living.ts"

describe("a process that others take for dead 15 s after it last said that it lives", () => {
  it.each<[string, number, boolean]>([
    ["has just said so", 0, true],
    ["has 2 s left, and a moment", 12_999, true],
    ["has 2 s left", 13_000, false],
    ["has stood still", 90_000, false],
    ["has had its clock set back, and does not know", -1, false]
  ])("%s", (_, agoMs, isAlive) => assert.strictEqual(Living.isAliveAt(1_000_000 + agoMs, 1_000_000, 15_000), isAlive))
})

describe("a heartbeat of such a process", () => {
  const life: Living.Life = { beatAtMs: 1_000_000, lapses: 2 }

  it.each<[string, Living.Life, number, number, Living.Life]>([
    ["is its first", Living.unheard, 1_000_000, 1_060_000, { beatAtMs: 1_000_000, lapses: 0 }],
    ["comes in time", life, 1_002_000, 1_002_010, { beatAtMs: 1_002_000, lapses: 2 }],
    ["comes after it has stood still", life, 1_090_000, 1_090_010, { beatAtMs: 1_090_000, lapses: 3 }],
    ["is asked for in time, and taken too late", life, 1_002_000, 1_013_000, { beatAtMs: 1_002_000, lapses: 3 }],
    ["comes after its clock was set back", life, 400_000, 400_010, { beatAtMs: 400_000, lapses: 3 }]
  ])("%s", (_, before, askedAtMs, nowMs, after) =>
    assert.deepStrictEqual(Living.beaten(before, askedAtMs, nowMs, 15_000), after)
  )
})
