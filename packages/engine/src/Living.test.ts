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
