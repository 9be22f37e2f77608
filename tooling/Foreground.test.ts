import { assert, describe, it } from "@effect/vitest"
import { exitCodeOf, isGroups, isInForeground } from "./Foreground.mjs"

describe("a signal reaches the child without our passing it on", () => {
  const alone = { times: 1, isInForeground: false }

  it("when npm repeats it: then it was sent to the whole group", () => {
    assert.isFalse(isGroups("SIGINT", alone))
    assert.isTrue(isGroups("SIGINT", { ...alone, times: 2 }))
    assert.isTrue(isGroups("SIGTERM", { ...alone, times: 2 }))
  })

  it("when the terminal's keyboard sends it", () => {
    assert.isTrue(isGroups("SIGINT", { ...alone, isInForeground: true }))
    assert.isFalse(isGroups("SIGTERM", { ...alone, isInForeground: true }))
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
