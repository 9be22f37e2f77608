import { assert, describe, it } from "@effect/vitest"
import { exitCodeOf, isInForeground, shouldPassOn } from "./Foreground.mjs"

describe("a signal", () => {
  const first = { isInForeground: false, nowMs: 1_000, lastMs: undefined }

  it("goes on to the child when nobody else sends it there", () => {
    assert.isTrue(shouldPassOn("SIGINT", first))
    assert.isTrue(shouldPassOn("SIGTERM", first))
  })

  it("of the keyboard is left to the terminal, which has sent it to the child already", () => {
    assert.isFalse(shouldPassOn("SIGINT", { ...first, isInForeground: true }))
    assert.isTrue(shouldPassOn("SIGTERM", { ...first, isInForeground: true }))
  })

  it("that npm repeats goes on once; pressed again later, it goes on again", () => {
    assert.isFalse(shouldPassOn("SIGINT", { ...first, lastMs: 990 }))
    assert.isTrue(shouldPassOn("SIGINT", { ...first, lastMs: 100 }))
  })
})

it("a process is in the foreground when its group is the terminal's, whatever its name holds", () => {
  assert.isTrue(isInForeground("4321 (node (x) y) S 4320 4321 4300 34816 4321 4194304"))
  assert.isFalse(isInForeground("4321 (node) S 4320 4321 4300 34816 4300 4194304"))
  assert.isFalse(isInForeground("4321 (node) S 4320 4321 4300 0 -1 4194304"))
})

it("the exit code is the child's, or a shell's for its signal", () => {
  assert.strictEqual(exitCodeOf(3, null), 3)
  assert.strictEqual(exitCodeOf(null, "SIGINT"), 130)
  assert.strictEqual(exitCodeOf(null, "SIGKILL"), 137)
})
