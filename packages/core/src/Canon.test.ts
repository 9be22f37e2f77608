import { assert, it } from "@effect/vitest"
import * as Canon from "./Canon.ts"

it("order of keys, spelling of numbers and composition of characters make no difference", () => {
  assert.isTrue(Canon.isSame({ a: 1, b: 2 }, { b: 2, a: 1 }))
  assert.isTrue(Canon.isSame(-0, 0))
  assert.isTrue(Canon.isSame("\u00e9", "e\u0301"))
  assert.isFalse(Canon.isSame([1, 2], [2, 1]))
})

it("absent, null and the empty text are three values", () => {
  const values = [undefined, null, ""]
  for (const one of values) for (const other of values) assert.strictEqual(Canon.isSame(one, other), one === other)
})
