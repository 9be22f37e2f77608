import { assert, it } from "@effect/vitest"
import * as Side from "./Side.ts"

it.prop("the other of the other side is the side itself, and never the side", [Side.Side], ([side]) => {
  assert.notStrictEqual(Side.other(side), side)
  assert.strictEqual(Side.other(Side.other(side)), side)
})
